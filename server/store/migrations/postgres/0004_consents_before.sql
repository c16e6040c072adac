-- A consent that went on when consents began to be written down has its record too.
INSERT INTO consents (id, school_id, at, source, approved_by, asked, granted)
SELECT gen_random_uuid(), c.school_id, COALESCE(c.answered_at, c.updated_at), 'look', c.answered_by, c.asked,
    c.granted
FROM connections c
WHERE c.secret_sealed IS NOT NULL AND c.granted <> ''
    AND c.state IN ('paused', 'authorised', 'installation_pending', 'ready', 'rejected')
    AND NOT EXISTS (SELECT 1 FROM consents o
        WHERE o.school_id = c.school_id AND o.ended_at IS NULL);
