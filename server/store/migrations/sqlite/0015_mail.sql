-- Messages that could not be delivered, and a mail server that takes nothing at all.

-- Of a message that was given up: `address_refused`, or `given_up` where it could not be sent for
-- too long.
ALTER TABLE outbox ADD COLUMN undelivered TEXT;
-- Before this was written down nobody was told of a message that was given up.
UPDATE outbox SET undelivered = 'given_up'
    WHERE withdrawn_at IS NOT NULL AND sent_at IS NULL AND last_error IS NOT NULL;

CREATE INDEX outbox_of_account ON outbox (account_id, created_at);

-- While the mail server takes nothing: since when, why, how often it has been tried, and when it is
-- tried again. One row at the most.
CREATE TABLE mail_stop (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    since     TEXT NOT NULL,
    why       TEXT NOT NULL,
    tries     INTEGER NOT NULL,
    try_again TEXT NOT NULL
) STRICT;
