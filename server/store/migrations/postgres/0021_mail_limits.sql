-- The e-mails that admins caused within the hour, so that no address gets too many of them, whichever
-- server they asked. Of the address there is a hash.
CREATE TABLE mail_asked (
    school_id UUID NOT NULL REFERENCES schools (id),
    recipient BYTEA NOT NULL,
    at        TIMESTAMPTZ NOT NULL,
    -- What was asked for together; where nothing came of it, it is taken back together.
    asking    UUID NOT NULL
);

CREATE INDEX mail_asked_of_school ON mail_asked (school_id, at);
