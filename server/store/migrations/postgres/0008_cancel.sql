-- A run that an admin stops: since when it is to stop, and who asked for that.

ALTER TABLE runs ADD COLUMN cancel_asked_at TIMESTAMPTZ;
ALTER TABLE runs ADD COLUMN cancel_asked_by TEXT;
