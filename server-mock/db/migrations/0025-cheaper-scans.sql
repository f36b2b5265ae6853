-- What a push and its evidence cost the database: less for each row, with the same rows at the end.

-- The table is written anew, however large it is.
set local statement_timeout = 0;

-- The stamp of a row changes with each write, and an index on it made every write of a row a new entry in all four indexes
-- of the table. The ten minutes that it falls into change seldom: within them only the row itself is written.
drop index session_item_changes;
alter table session_item add column changed_window bigint generated always as (last_updated_at / 600000) stored;
create index session_item_changes on session_item (session_id, changed_window);
-- Room for the next version of a row beside it.
alter table session_item set (fillfactor = 70);

-- Whoever writes these holds the session's row, so each row need not look for it again; a session is never deleted.
alter table scan_event drop constraint if exists scan_event_session_id_fkey;
alter table item_evidence drop constraint if exists item_evidence_session_id_fkey;
