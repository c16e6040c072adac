-- The nightly sync of a school; a school without a row has it off.
CREATE TABLE schedules (
    school_id      BLOB PRIMARY KEY REFERENCES schools (id),
    is_on          INTEGER NOT NULL,
    -- The time of day in minutes, UK time.
    minutes        INTEGER NOT NULL,
    digest         TEXT NOT NULL,
    changed_by     TEXT,
    changed_at     TEXT NOT NULL,
    paused_at      TEXT,
    paused_because TEXT,
    -- When it is made next, or tried again; none while off or paused.
    next_at        TEXT,
    -- Of a night that is not over: when it was due.
    due_at         TEXT,
    -- As long as a server is at it. The fence grows with each claim: a server that lost its claim
    -- can't write.
    lease_until    TEXT,
    fence          INTEGER NOT NULL,
    -- How often the night that is not over has been claimed.
    attempts       INTEGER NOT NULL,
    -- What came of the last night, and a mark of what a person had to look at then.
    last_at        TEXT,
    last_outcome   TEXT,
    last_message   TEXT,
    last_run       BLOB REFERENCES runs (id),
    last_needs     TEXT
) STRICT;

CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
