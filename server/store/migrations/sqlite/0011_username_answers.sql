-- Remembered answers to usernames proposed to people whose name has changed.
CREATE TABLE username_answers (
    account_id BLOB PRIMARY KEY REFERENCES accounts (id),
    school_id  BLOB NOT NULL REFERENCES schools (id),
    username   TEXT NOT NULL,
    -- 'rename' or 'keep'
    answer     TEXT NOT NULL,
    decided_by TEXT,
    decided_at TEXT NOT NULL
) STRICT;

CREATE INDEX username_answers_of_school ON username_answers (school_id);
