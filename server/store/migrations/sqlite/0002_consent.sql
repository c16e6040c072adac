-- What a school consented to, and what was read of it.

ALTER TABLE connections ADD COLUMN answered_at TEXT;
ALTER TABLE connections ADD COLUMN answered_by TEXT;
-- When the connection was last ended from our side: what was read before is not kept.
ALTER TABLE connections ADD COLUMN disconnected_at TEXT;

-- A consent that was told of before this was written down counts as answered when it was last seen.
UPDATE connections SET answered_at = checked_at WHERE granted <> '' AND invited_at IS NOT NULL;

-- Each consent as it was from `at` to `ended_at`. `source`: the school's answer (`callback`), a look
-- that found the consent changed (`look`), or a secret given by hand (`by_hand`).
CREATE TABLE consents (
    id          BLOB PRIMARY KEY,
    school_id   BLOB NOT NULL REFERENCES schools (id),
    at          TEXT NOT NULL,
    source      TEXT NOT NULL,
    -- The address of whoever approved it, where XoD told us.
    approved_by TEXT,
    asked       TEXT NOT NULL,
    granted     TEXT NOT NULL,
    ended_at    TEXT
) STRICT;

CREATE INDEX consents_of_school ON consents (school_id, at);

-- Every complete read of a school's MIS: which fields were asked for, and how many people came.
CREATE TABLE mis_reads (
    id          BLOB PRIMARY KEY,
    school_id   BLOB NOT NULL REFERENCES schools (id),
    at          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    scopes      TEXT NOT NULL,
    fields      TEXT NOT NULL,
    pupils      INTEGER NOT NULL,
    staff       INTEGER NOT NULL,
    group_count INTEGER NOT NULL,
    withheld    INTEGER NOT NULL
) STRICT;

CREATE INDEX mis_reads_of_school ON mis_reads (school_id, at);
