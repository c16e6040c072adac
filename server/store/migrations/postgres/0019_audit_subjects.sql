-- Whom something was done to, where it was to many at once: whose cards were printed. Who is purged
-- or erased is taken out with the account.
CREATE TABLE audit_subjects (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    audit_id   UUID NOT NULL REFERENCES audit (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, audit_id)
);

CREATE INDEX audit_subjects_of_audit ON audit_subjects (audit_id);
CREATE INDEX audit_of_subject ON audit (subject_id, at) WHERE subject_id IS NOT NULL;
