-- What is counted of attempts to sign in: how full each line is, and what is being looked at now.
-- What was counted before in another way is forgotten.
DROP TABLE sign_in_failures;

CREATE TABLE sign_in_counts (
    school_id  BLOB NOT NULL REFERENCES schools (id),
    key        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    -- The name that was typed, as a hash.
    about      TEXT,
    level      REAL NOT NULL,
    at         TEXT NOT NULL,
    in_flight  REAL NOT NULL,
    began      TEXT NOT NULL,
    full_since TEXT,
    PRIMARY KEY (school_id, key)
) STRICT;

CREATE INDEX sign_in_counts_about ON sign_in_counts (school_id, about);

-- Who has signed in on which device before; the device's id is kept as a hash.
CREATE TABLE devices (
    school_id  BLOB NOT NULL REFERENCES schools (id),
    device     BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    seen_at    TEXT NOT NULL,
    PRIMARY KEY (school_id, device, account_id)
) STRICT;

CREATE INDEX devices_of_account ON devices (account_id);

-- The school's own networks: an address, or an IPv6 /64. One that an admin has removed is not
-- learnt again.
CREATE TABLE networks (
    school_id BLOB NOT NULL REFERENCES schools (id),
    network   TEXT NOT NULL,
    origin    TEXT NOT NULL CHECK (origin IN ('learnt', 'added', 'removed')),
    since     TEXT NOT NULL,
    seen_at   TEXT NOT NULL,
    PRIMARY KEY (school_id, network)
) STRICT;

-- Pupils who signed in lately at a network that is not known to be the school's: when enough have,
-- it is.
CREATE TABLE network_visits (
    school_id  BLOB NOT NULL REFERENCES schools (id),
    network    TEXT NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    at         TEXT NOT NULL,
    PRIMARY KEY (school_id, network, account_id)
) STRICT;

CREATE INDEX network_visits_of_account ON network_visits (account_id);

-- The key in the QR code of a pupil's login card: sealed to be printed again, hashed to be found.
CREATE TABLE card_keys (
    account_id BLOB PRIMARY KEY REFERENCES accounts (id),
    school_id  BLOB NOT NULL REFERENCES schools (id),
    hash       BLOB NOT NULL,
    key_sealed BLOB NOT NULL,
    made_at    TEXT NOT NULL,
    UNIQUE (school_id, hash)
) STRICT;
