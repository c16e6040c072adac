-- An answer to a possible duplicate is about a person, not about a number that may be given again.

-- Of the answers until now nobody knows about whom they were: they are asked for again where they
-- still matter.
DELETE FROM resolutions;
-- What the MIS said of the person when the answer was given.
ALTER TABLE resolutions ADD COLUMN forename TEXT NOT NULL DEFAULT '';
ALTER TABLE resolutions ADD COLUMN surname TEXT NOT NULL DEFAULT '';
ALTER TABLE resolutions ADD COLUMN upn TEXT;
ALTER TABLE resolutions ADD COLUMN date_of_birth TEXT;
-- The run that stored the link the answer was for, which ends it; an undo of that run revives it.
ALTER TABLE resolutions ADD COLUMN ended_by_run BLOB;
