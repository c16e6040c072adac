-- The nightly sync of a school; a school without a row has it off.
CREATE TABLE schedules (
    school_id      UUID PRIMARY KEY REFERENCES schools (id),
    is_on          BOOLEAN NOT NULL,
    -- The time of day in minutes, UK time.
    minutes        BIGINT NOT NULL,
    digest         TEXT NOT NULL,
    changed_by     TEXT,
    changed_at     TIMESTAMPTZ NOT NULL,
    paused_at      TIMESTAMPTZ,
    paused_because TEXT,
    -- When it is made next, or tried again; none while off or paused.
    next_at        TIMESTAMPTZ,
    -- Of a night that is not over: when it was due.
    due_at         TIMESTAMPTZ,
    -- As long as a server is at it. The fence grows with each claim: a server that lost its claim
    -- can't write.
    lease_until    TIMESTAMPTZ,
    fence          BIGINT NOT NULL,
    -- How often the night that is not over has been claimed.
    attempts       BIGINT NOT NULL,
    -- What came of the last night, and a mark of what a person had to look at then.
    last_at        TIMESTAMPTZ,
    last_outcome   TEXT,
    last_message   TEXT,
    last_run       UUID REFERENCES runs (id),
    last_needs     TEXT
);

CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
