-- The e-mails that admins caused within the hour, so that no address gets too many of them, whichever
-- server they asked. Of the address there is a hash.
CREATE TABLE mail_asked (
    school_id BLOB NOT NULL REFERENCES schools (id),
    recipient BLOB NOT NULL,
    at        TEXT NOT NULL,
    -- What was asked for together; where nothing came of it, it is taken back together.
    asking    BLOB NOT NULL
) STRICT;

CREATE INDEX mail_asked_of_school ON mail_asked (school_id, at);
