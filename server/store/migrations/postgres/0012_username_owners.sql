-- Whom a username was given to: who had one before, as before a run was undone, can have it again.
-- Nobody is named once that account is purged or erased.
ALTER TABLE reserved_usernames ADD COLUMN account_id UUID;
UPDATE reserved_usernames SET account_id = (
    SELECT id FROM accounts
    WHERE accounts.school_id = reserved_usernames.school_id
        AND accounts.username_folded = reserved_usernames.username_folded
);
