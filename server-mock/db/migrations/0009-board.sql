-- The live board: which session changed in which transaction, and how many scans were made in which minute.

-- Numbers of transactions, not of changes: a reader that remembers the oldest one still running misses nothing that
-- commits later, and no writer waits for another to get a number.
create table session_change (
  session_id text primary key references count_session,
  changed_xid bigint not null
);
insert into session_change (session_id, changed_xid) select session_id, 0 from count_session;

-- Minutes since the epoch by the time of the scan, not of its arrival. Swept after a day.
create table session_pulse (
  session_id text not null references count_session,
  minute bigint not null,
  scans integer not null,
  -- of the newest of them, by the server's clock as the device knew it
  last_at bigint not null,
  primary key (session_id, minute)
);
create index session_pulse_minute on session_pulse (minute);

-- In the database, because every writer must do it and none may forget. Whoever writes to a session holds its row, so
-- this waits for nobody. Changes of items come by way of the session's own revision.
create function note_session_change() returns trigger language plpgsql as $$
begin
  insert into session_change (session_id, changed_xid) values (new.session_id, pg_current_xact_id()::text::bigint)
  on conflict (session_id) do update set changed_xid = excluded.changed_xid
    where session_change.changed_xid <> excluded.changed_xid;
  return null;
end $$;
create trigger count_session_noted after insert or update on count_session
  for each row execute function note_session_change();
create trigger session_lock_noted after insert or update on session_lock
  for each row execute function note_session_change();
create trigger session_device_noted after insert or update on session_device
  for each row execute function note_session_change();
create trigger session_pulse_noted after insert or update on session_pulse
  for each row execute function note_session_change();

-- A count that begins, or comes into a facility, brings its sessions along. Whoever changes a count holds it, and with
-- it all of its sessions.
create function note_sessions_of_count() returns trigger language plpgsql as $$
begin
  update session_change set changed_xid = pg_current_xact_id()::text::bigint
  where session_id in (select session_id from count_session where work_effort_id = new.work_effort_id);
  return null;
end $$;
create trigger cycle_count_noted after update on cycle_count for each row
  when (old.status_id is distinct from new.status_id or old.facility_id is distinct from new.facility_id)
  execute function note_sessions_of_count();

-- What is older than a day when it arrives tells nothing about now; an offset of more than a day is no clock's.
create function note_pulse() returns trigger language plpgsql as $$
begin
  insert into session_pulse (session_id, minute, scans, last_at)
  select session_id, made_at / 60000, count(*), max(made_at)
  from (
    select session_id, received_at, least(received_at, (event->>'at')::bigint + case
      when abs((event->>'serverOffsetMs')::numeric) <= 86400000 then round((event->>'serverOffsetMs')::numeric)::bigint
      else 0 end) as made_at
    from arrived where event->>'kind' = 'scan'
  ) scans
  where made_at > received_at - 86400000
  group by 1, 2
  on conflict (session_id, minute) do update set scans = session_pulse.scans + excluded.scans,
    last_at = greatest(session_pulse.last_at, excluded.last_at);
  return null;
end $$;
create trigger scan_event_pulse after insert on scan_event
  referencing new table as arrived for each statement execute function note_pulse();
