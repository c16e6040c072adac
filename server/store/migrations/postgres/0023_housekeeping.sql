-- What one server does for all of them, once a day.
CREATE TABLE housekeeping (
    id          BIGINT PRIMARY KEY,
    next_at     TIMESTAMPTZ NOT NULL,
    lease_until TIMESTAMPTZ
);

INSERT INTO housekeeping (id, next_at) VALUES (1, TIMESTAMPTZ '2026-01-01 00:00:00+00');

-- By what is swept.
CREATE INDEX sessions_expiring ON sessions (expires_at);
CREATE INDEX outbox_ended ON outbox (COALESCE(sent_at, withdrawn_at));

-- Runs of long ago go; those after them keep their numbers.
ALTER TABLE schools ADD COLUMN forgotten_runs BIGINT NOT NULL DEFAULT 0;

-- A run keeps whom it changes, and those with a problem, a doubt or a warning; all others are counted.
DELETE FROM run_people WHERE list IN ('unchanged', 'not_imported', 'unmatched')
    AND NOT has_action AND NOT has_warning AND NOT has_kept
    AND run_id IN (SELECT id FROM runs WHERE status NOT IN ('planned', 'queued', 'running'));
