-- Pages of a large school are found in an index, without reading the rows of everybody else.

-- An index holds no text of any length; nobody's names are longer than this.
UPDATE run_people SET search = substr(search, 1, 500) WHERE length(search) > 500;
DROP INDEX run_people_listed;
CREATE INDEX run_people_listed ON run_people (run_id, list, kind, seq, has_warning, has_kept, search);

-- The active people of a class.
DROP INDEX accounts_of_class;
CREATE INDEX accounts_of_class ON accounts (class_id, status, role);

-- The account of somebody of the MIS.
CREATE INDEX accounts_of_mis ON accounts (school_id, mis_id);
