-- A list of 50,000 rows is written in many small transactions, so that nobody waits for it, and is there at one moment:
-- its rows come first, and the sessions that hold them with the counts in the last transaction. Until then no call finds
-- them, for each asks by session. So a row cannot ask for its session to be there; everybody else holds the session's row.
alter table session_item drop constraint if exists session_item_session_id_fkey;

-- Sessions whose rows are being written, or were left behind by somebody who died: they are taken away by this list.
alter table import_job add column if not exists staged text[] not null default '{}';
alter table import_job add column if not exists rows_written integer not null default 0;
-- Grows with every process that takes the job up: whoever was taken for dead and is not writes nothing more.
alter table import_job add column if not exists attempt integer not null default 0;
create index if not exists import_job_staged on import_job (job_id) where staged <> '{}';
