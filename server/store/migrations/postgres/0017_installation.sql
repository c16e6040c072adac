-- What makes a database and its sealing keys one installation.

-- The installation's secret, sealed: a server whose keys don't open it does not start. One row.
CREATE TABLE installation (
    id            BIGINT PRIMARY KEY CHECK (id = 1),
    secret_sealed BYTEA NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL
);

-- The ids of the keys that secrets in this database may be sealed with.
CREATE TABLE sealing_keys (
    id            BYTEA PRIMARY KEY,
    first_seen_at TIMESTAMPTZ NOT NULL
);
