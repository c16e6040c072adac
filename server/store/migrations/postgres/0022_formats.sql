-- How many pupils sign in with a password of each format: names that nobody has answer alike.
CREATE INDEX accounts_by_format ON accounts (school_id, password_format)
    WHERE status = 'active' AND password_format IS NOT NULL;
