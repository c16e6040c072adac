-- How often the night that is not over has been tried again, since XoD could not be read: not the
-- same as how often it was claimed, which counts servers that went in the middle too.
ALTER TABLE schedules ADD COLUMN retries BIGINT NOT NULL DEFAULT 0;
