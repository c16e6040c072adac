-- When an admin blocked somebody's sign-in; nobody else's has a time here.
ALTER TABLE accounts ADD COLUMN blocked_at TIMESTAMPTZ;
