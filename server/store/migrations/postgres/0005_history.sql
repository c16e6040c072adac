-- What a run is, who or what asked for it, and what undoing it has to put back.

-- `sync`, `undo`, or `one_person` (one person brought up to date).
ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'sync';
-- `admin`, `schedule` or `command_line`.
ALTER TABLE runs ADD COLUMN cause TEXT NOT NULL DEFAULT 'admin';
UPDATE runs SET cause = 'command_line' WHERE created_by IS NULL;
-- Of an undo: the run it undoes.
ALTER TABLE runs ADD COLUMN undoes UUID REFERENCES runs (id);
-- Of a run that was undone: when.
ALTER TABLE runs ADD COLUMN undone_at TIMESTAMPTZ;
-- Of a run that was applied: what was remembered until then.
ALTER TABLE runs ADD COLUMN remembered_before TEXT;

CREATE INDEX runs_undoing ON runs (undoes) WHERE undoes IS NOT NULL;
