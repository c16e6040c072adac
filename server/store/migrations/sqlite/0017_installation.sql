-- What makes a database and its sealing keys one installation.

-- The installation's secret, sealed: a server whose keys don't open it does not start. One row.
CREATE TABLE installation (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    secret_sealed BLOB NOT NULL,
    created_at    TEXT NOT NULL
) STRICT;

-- The ids of the keys that secrets in this database may be sealed with.
CREATE TABLE sealing_keys (
    id            BLOB PRIMARY KEY,
    first_seen_at TEXT NOT NULL
) STRICT;
