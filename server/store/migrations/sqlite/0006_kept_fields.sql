-- What an admin changed by hand of a person, which a run leaves as it is.

-- The fields as a list in JSON; an e-mail given by hand was the only one there was before.
ALTER TABLE accounts ADD COLUMN kept_fields TEXT NOT NULL DEFAULT '[]';
UPDATE accounts SET kept_fields = '["email"]' WHERE email_by_hand;
ALTER TABLE accounts DROP COLUMN email_by_hand;
-- Whether the MIS says something else of such a field.
ALTER TABLE run_people ADD COLUMN has_kept INTEGER NOT NULL DEFAULT 0;
