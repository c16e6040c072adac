-- Since when nobody, the trash included, is in a class or subject group: after a year it goes.
ALTER TABLE classes ADD COLUMN empty_since TEXT;
