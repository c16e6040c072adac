-- When an account or a class was changed last, by a run or by hand; nothing where that was before this
-- was added.
ALTER TABLE classes ADD COLUMN updated_at TIMESTAMPTZ;
-- In one go, since the table is rewritten for the second: a pupil, or one of the staff, whatever their
-- role.
ALTER TABLE accounts ADD COLUMN updated_at TIMESTAMPTZ,
    ADD COLUMN kind TEXT
        GENERATED ALWAYS AS (CASE role WHEN 'pupil' THEN 'pupil' ELSE 'staff' END) STORED;
