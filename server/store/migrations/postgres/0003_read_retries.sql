-- A reading that failed for a reason that may pass is tried again by itself.

-- When; none where it is not.
ALTER TABLE roster_reads ADD COLUMN retry_at TIMESTAMPTZ;
-- How often that has been done since a person asked for the reading.
ALTER TABLE roster_reads ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
