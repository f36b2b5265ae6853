-- Which facilities the rows of an imported list name, sorted: the same file for another facility is another import, and
-- what became of it may be told to whoever imports there. null: from before they were noted, or a file nobody can read.
alter table import_job add column facility_ids text[];
