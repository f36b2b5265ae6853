-- Exports as jobs: asked for, made in the background, fetched until they expire; who asked for what stays in the list.
create table export_job (
  -- systemMessageId
  job_id text primary key,
  -- counts (contract 6.3) or lines: a product of a closed count each
  kind text not null,
  -- csv or xlsx
  format text not null,
  -- What was asked for, as it was sent.
  filter jsonb not null,
  -- null: of all facilities that whoever asked may see
  facility_id text,
  file_name text not null,
  -- SmsgProduced, SmsgSending, SmsgSent, SmsgError
  status_id text not null,
  -- null: not made yet, or expired
  content bytea,
  bytes integer not null default 0,
  rows_done integer not null default 0,
  error_text text,
  created_by_id text not null references user_account,
  created_by text not null,
  created_at bigint not null,
  processed_at bigint,
  expires_at bigint,
  -- While it is at work it says so now and then; a job whose process died is taken up again.
  beat_at bigint
);
create index export_job_list on export_job (created_at);
