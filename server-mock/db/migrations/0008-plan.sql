-- Planning: whose session it is meant to be, and lists that are imported as jobs (system messages of the base contract).

-- Sign-in name; null: whoever comes first. It holds nothing up: the lock alone decides who counts.
alter table count_session add column assigned_to text;

create table import_job (
  -- systemMessageId
  job_id text primary key,
  file_name text not null,
  -- SmsgReceived, SmsgConsuming, SmsgConsumed, SmsgCancelled, SmsgError
  status_id text not null,
  -- The CSV as it came.
  content text not null,
  -- sha-256 of the content, hex: the same file twice
  content_hash text not null,
  rows_total integer not null default 0,
  rows_done integer not null default 0,
  -- What it made: [{workEffortId, name, items}]
  made jsonb not null default '[]',
  created_by_id text not null references user_account,
  created_by text not null,
  created_at bigint not null,
  processed_at bigint,
  -- While it is at work it says so now and then; a job whose process died is taken up again.
  beat_at bigint
);
create index import_job_list on import_job (created_by_id, created_at);
create index import_job_hash on import_job (content_hash);

create table import_error (
  job_id text not null references import_job on delete cascade,
  seq integer not null,
  -- Of the file that the person has; null: of the file as a whole
  line integer,
  column_name text,
  value text,
  message text not null,
  primary key (job_id, seq)
);
