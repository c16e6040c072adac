-- Accounts of pupils whom the MIS has not admitted yet.

-- Whether nobody signs in with it yet.
ALTER TABLE accounts ADD COLUMN is_waiting BOOLEAN NOT NULL DEFAULT FALSE;
-- The day from which that is over; none where only the MIS will say so.
ALTER TABLE accounts ADD COLUMN starts_on DATE;
