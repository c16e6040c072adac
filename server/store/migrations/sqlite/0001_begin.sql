-- Schools, their accounts, and everything a sync keeps. Every table of a school carries the
-- school; every unique constraint does too. Times are UTC, rounded to milliseconds.

CREATE TABLE schools (
    id               BLOB PRIMARY KEY,
    estab            TEXT NOT NULL UNIQUE,
    slug             TEXT NOT NULL UNIQUE,
    name             TEXT NOT NULL,
    retention_months INTEGER NOT NULL DEFAULT 12,
    created_at       TEXT NOT NULL
) STRICT;

-- The answers of the wizard's steps; the draft is the settings. `version` grows with each save.
CREATE TABLE settings (
    school_id  BLOB PRIMARY KEY REFERENCES schools (id),
    version    INTEGER NOT NULL,
    settings   TEXT NOT NULL,
    answered   TEXT NOT NULL,
    changed_by TEXT,
    changed_at TEXT NOT NULL
) STRICT;

-- The last complete read of XoD; replaced by each full read.
CREATE TABLE rosters (
    school_id   BLOB PRIMARY KEY REFERENCES schools (id),
    read_at     TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    roster      TEXT NOT NULL
) STRICT;

-- How the last or current reading went: `reading`, `ready` or `failed`.
CREATE TABLE roster_reads (
    school_id  BLOB PRIMARY KEY REFERENCES schools (id),
    state      TEXT NOT NULL,
    doing      TEXT NOT NULL,
    title      TEXT NOT NULL,
    detail     TEXT NOT NULL,
    started_at TEXT NOT NULL
) STRICT;

-- Classes (registration groups) and subject groups (teaching groups).
CREATE TABLE classes (
    id              BLOB PRIMARY KEY,
    school_id       BLOB NOT NULL REFERENCES schools (id),
    kind            TEXT NOT NULL,
    name            TEXT NOT NULL,
    subject         TEXT,
    is_linked       INTEGER NOT NULL,
    mis             TEXT,
    mis_id          TEXT,
    mis_external_id TEXT,
    mis_xid         TEXT,
    created_at      TEXT NOT NULL
) STRICT;

CREATE INDEX classes_of_school ON classes (school_id, kind, name);

CREATE TABLE accounts (
    id              BLOB PRIMARY KEY,
    school_id       BLOB NOT NULL REFERENCES schools (id),
    role            TEXT NOT NULL,
    status          TEXT NOT NULL,
    forename        TEXT NOT NULL,
    surname         TEXT NOT NULL,
    -- Folded names, username and e-mail, to sort and search by.
    sort_name       TEXT NOT NULL,
    search          TEXT NOT NULL,
    legal_forename  TEXT,
    legal_surname   TEXT,
    username        TEXT NOT NULL,
    username_folded TEXT NOT NULL,
    email           TEXT,
    email_folded    TEXT,
    email_by_hand   INTEGER NOT NULL,
    year            INTEGER,
    class_id        BLOB REFERENCES classes (id),
    upn             TEXT,
    former_upn      TEXT,
    date_of_birth   TEXT,
    is_linked       INTEGER NOT NULL,
    mis             TEXT,
    mis_id          TEXT,
    mis_external_id TEXT,
    mis_xid         TEXT,
    -- Pupils: sealed, so that it can be printed again. Staff: an argon2id hash.
    password_sealed BLOB,
    password_format TEXT,
    password_hash   TEXT,
    created_at      TEXT NOT NULL,
    created_by_run  BLOB,
    activated_at    TEXT,
    last_sign_in_at TEXT,
    left_at         TEXT,
    purge_on        TEXT
) STRICT;

-- A username is never given twice in a school, the trash included.
CREATE UNIQUE INDEX accounts_username ON accounts (school_id, username_folded);
CREATE UNIQUE INDEX accounts_email ON accounts (school_id, email_folded) WHERE status = 'active';
CREATE INDEX accounts_listed ON accounts (school_id, status, role, sort_name);
CREATE INDEX accounts_of_class ON accounts (class_id);
CREATE INDEX accounts_of_run ON accounts (created_by_run);

-- Every username ever given, after a purge too.
CREATE TABLE reserved_usernames (
    school_id       BLOB NOT NULL REFERENCES schools (id),
    username_folded TEXT NOT NULL,
    PRIMARY KEY (school_id, username_folded)
) STRICT;

-- Subject groups of everybody, classes of staff; a pupil's class is accounts.class_id.
CREATE TABLE memberships (
    school_id  BLOB NOT NULL REFERENCES schools (id),
    class_id   BLOB NOT NULL REFERENCES classes (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (class_id, account_id)
) STRICT;

CREATE INDEX memberships_of_account ON memberships (account_id);
CREATE INDEX memberships_of_school ON memberships (school_id);

-- Remembered answers to possible duplicates; no `same_as` means someone new.
CREATE TABLE resolutions (
    school_id       BLOB NOT NULL REFERENCES schools (id),
    kind            TEXT NOT NULL,
    mis             TEXT,
    mis_id          TEXT NOT NULL,
    mis_external_id TEXT,
    mis_xid         TEXT,
    same_as         BLOB REFERENCES accounts (id),
    decided_by      TEXT,
    decided_at      TEXT NOT NULL,
    PRIMARY KEY (school_id, kind, mis_id)
) STRICT;

CREATE TABLE connections (
    school_id     BLOB PRIMARY KEY REFERENCES schools (id),
    state         TEXT NOT NULL,
    authoriser    TEXT,
    invited_by    TEXT,
    invited_at    TEXT,
    asked         TEXT NOT NULL,
    granted       TEXT NOT NULL,
    secret_sealed BLOB,
    -- Set when the consent changed; cleared by a run whose roster was read since.
    is_narrowed   INTEGER NOT NULL,
    narrowed_at   TEXT,
    checked_at    TEXT,
    message       TEXT,
    updated_at    TEXT NOT NULL
) STRICT;

CREATE TABLE connection_events (
    id        BLOB PRIMARY KEY,
    school_id BLOB NOT NULL REFERENCES schools (id),
    at        TEXT NOT NULL,
    state     TEXT NOT NULL,
    cause     TEXT NOT NULL
) STRICT;

CREATE INDEX connection_events_of_school ON connection_events (school_id, at);

-- A plan, and what became of it.
CREATE TABLE runs (
    id             BLOB PRIMARY KEY,
    school_id      BLOB NOT NULL REFERENCES schools (id),
    status         TEXT NOT NULL,
    hash           TEXT NOT NULL,
    settings       TEXT NOT NULL,
    totals         TEXT NOT NULL,
    to_remember    TEXT NOT NULL,
    roster_read_at TEXT NOT NULL,
    created_by     TEXT,
    created_at     TEXT NOT NULL,
    queued_by      TEXT,
    queued_at      TEXT,
    started_at     TEXT,
    finished_at    TEXT,
    lease_until    TEXT,
    -- Grows with each claim: a worker that lost its lease can't write.
    fence          INTEGER NOT NULL,
    -- People of the plan who are changed, and how many of them are done.
    total          INTEGER NOT NULL,
    done           INTEGER NOT NULL,
    -- The place in the plan up to which it has been applied.
    next_seq       INTEGER NOT NULL,
    message        TEXT
) STRICT;

CREATE INDEX runs_of_school ON runs (school_id, created_at);
-- One run per school at a time.
CREATE UNIQUE INDEX runs_going ON runs (school_id) WHERE status IN ('queued', 'running');

CREATE TABLE run_people (
    run_id      BLOB NOT NULL REFERENCES runs (id),
    seq         INTEGER NOT NULL,
    list        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    has_warning INTEGER NOT NULL,
    has_action  INTEGER NOT NULL,
    search      TEXT NOT NULL,
    person      TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT;

CREATE INDEX run_people_listed ON run_people (run_id, list, kind, seq);

CREATE TABLE run_classes (
    run_id BLOB NOT NULL REFERENCES runs (id),
    seq    INTEGER NOT NULL,
    action TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT;

-- Messages to be sent; written in the same transaction as what they tell of.
CREATE TABLE outbox (
    id           BLOB PRIMARY KEY,
    school_id    BLOB NOT NULL REFERENCES schools (id),
    account_id   BLOB REFERENCES accounts (id),
    run_id       BLOB,
    kind         TEXT NOT NULL,
    -- Recipient, subject and body: sealed, for they hold addresses and links.
    mail_sealed  BLOB NOT NULL,
    created_at   TEXT NOT NULL,
    send_after   TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    sent_at      TEXT,
    withdrawn_at TEXT,
    last_error   TEXT
) STRICT;

CREATE INDEX outbox_waiting ON outbox (send_after) WHERE sent_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX outbox_of_run ON outbox (run_id);

-- Activation links: only the hash of the token.
CREATE TABLE activation_tokens (
    hash       BLOB PRIMARY KEY,
    school_id  BLOB NOT NULL REFERENCES schools (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at    TEXT
) STRICT;

CREATE INDEX activation_tokens_of_account ON activation_tokens (account_id);

CREATE TABLE sessions (
    hash       BLOB PRIMARY KEY,
    school_id  BLOB NOT NULL REFERENCES schools (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

CREATE INDEX sessions_of_account ON sessions (account_id);

CREATE TABLE sign_in_failures (
    school_id     BLOB NOT NULL REFERENCES schools (id),
    key           TEXT NOT NULL,
    failures      INTEGER NOT NULL,
    first_at      TEXT NOT NULL,
    blocked_until TEXT,
    PRIMARY KEY (school_id, key)
) STRICT;

CREATE TABLE audit (
    id         BLOB PRIMARY KEY,
    school_id  BLOB NOT NULL REFERENCES schools (id),
    at         TEXT NOT NULL,
    actor_id   BLOB,
    action     TEXT NOT NULL,
    subject_id BLOB,
    detail     TEXT
) STRICT;

CREATE INDEX audit_of_school ON audit (school_id, at);

-- What the last applied run was made from.
CREATE TABLE last_applied (
    school_id BLOB PRIMARY KEY REFERENCES schools (id),
    run_id    BLOB NOT NULL REFERENCES runs (id),
    applied   TEXT NOT NULL
) STRICT;
