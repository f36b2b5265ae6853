-- Which facilities the rows of an imported list name, sorted: the same file for another facility is another import, and
-- what became of it may be told to whoever imports there. null: from before they were noted, or a file nobody can read.
alter table import_job add column if not exists facility_ids text[];
-- Under whose sign-in the count of a row came, where it is not who is said to have counted, and their word for somebody
-- else is not enough: both have counted it, as far as recounts go.
alter table session_item add column if not exists sent_by text;
