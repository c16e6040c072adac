-- Which fields a read of a MIS asked for: the same night after night, so a read names its list. Reads
-- of before have it themselves.
CREATE TABLE field_lists (
    id     TEXT PRIMARY KEY NOT NULL,
    fields TEXT NOT NULL
) STRICT;

ALTER TABLE mis_reads ADD COLUMN field_list TEXT REFERENCES field_lists (id);
