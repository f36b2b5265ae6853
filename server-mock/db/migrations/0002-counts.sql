-- Cycle counts, sessions, items, locks, evidence. Every key is led by the session, so that a session's work stays on one node.
-- Times are epoch milliseconds (bigint), quantities numeric(20,6). What a write means is decided in server-mock/rules.

create table cycle_count (
  work_effort_id text primary key,
  name text not null,
  -- DIRECTED_COUNT or HARD_COUNT
  purpose_id text not null,
  status_id text not null,
  -- null: not assigned to a facility yet
  facility_id text,
  is_blind boolean not null default false,
  created_at bigint not null,
  created_by text,
  estimated_start_at bigint,
  -- the due date
  estimated_completion_at bigint,
  actual_start_at bigint,
  actual_completion_at bigint
);
create index cycle_count_list on cycle_count (facility_id, status_id, created_at);

create table count_session (
  session_id text primary key,
  work_effort_id text not null references cycle_count,
  name text not null,
  area text,
  status_id text not null,
  created_by text,
  created_at bigint not null,
  due_at bigint,
  -- where a cloned session came from
  parent_session_id text,
  -- the next importItemSeqId; allocated while the session row is locked, never given twice
  next_item_seq integer not null default 1
);
create index count_session_list on count_session (work_effort_id, created_at, session_id);

create table session_item (
  session_id text not null references count_session,
  -- importItemSeqId as a number: orders and pages
  item_seq integer not null,
  -- the client's identity; null on rows that came without one
  uuid text,
  -- the writer log that owns the row; null on the server's own (requested) rows
  log_id text,
  product_identifier text,
  -- count half, joined by rev; quantity null: uncounted
  quantity numeric(20,6),
  standing bigint,
  rev bigint not null default 0,
  -- identification half, joined by match_rev
  product_id text,
  is_requested boolean,
  system_quantity numeric(20,6),
  match_rev bigint not null default 0,
  counted_by text,
  created_by text,
  created_at bigint not null,
  last_scan_at bigint,
  last_updated_at bigint not null,
  -- a tombstone: out of all totals and lists, revived by a higher rev only
  is_deleted boolean not null default false,
  primary key (session_id, item_seq)
);
create unique index session_item_uuid on session_item (session_id, uuid) where uuid is not null;
create index session_item_product on session_item (session_id, product_id);

-- What was sent and what became of it: accepted, held and conflicting revisions. Written once, never changed.
create table item_evidence (
  session_id text not null references count_session,
  -- uuid, or seq:00001 for a row without one
  row_key text not null,
  rev bigint not null,
  match_rev bigint not null,
  -- the payload in canonical form: two contents under one revision are two rows
  fingerprint text not null,
  verdict text not null,
  quantity numeric(20,6),
  standing bigint,
  product_id text,
  product_identifier text,
  log_id text,
  device_id text,
  user_id text not null,
  fence bigint,
  received_at bigint not null,
  primary key (session_id, row_key, rev, match_rev, fingerprint)
);

create table session_lock (
  session_id text not null references count_session,
  from_date bigint not null,
  thru_date bigint,
  user_id text not null,
  device_id text,
  lease_seconds integer,
  last_heartbeat_at bigint,
  override_by_user_id text,
  -- null: granted by the base profile
  fence bigint,
  -- given back, and not merely run out
  released_at bigint,
  primary key (session_id, from_date)
);

-- The fence outlives every lock row: it only grows.
create table session_fence (
  session_id text primary key references count_session,
  fence bigint not null
);

-- What each device said it had not sent yet, when it was last heard of.
create table session_device (
  session_id text not null references count_session,
  device_id text not null,
  user_id text not null,
  unsent_scans bigint not null,
  last_heard_at bigint not null,
  primary key (session_id, device_id, user_id)
);

-- Requests that must happen once: the answer is given again to a repetition.
create table request_log (
  user_id text not null,
  request_id text not null,
  kind text not null,
  answer jsonb not null,
  received_at bigint not null,
  primary key (user_id, request_id, kind)
);

create table scan_event (
  session_id text not null references count_session,
  event_id text not null,
  log_id text not null,
  seq bigint not null,
  item_key text not null,
  quantity numeric(20,6) not null,
  device_id text,
  user_id text not null,
  -- the event as it was sent
  event jsonb not null,
  received_at bigint not null,
  primary key (session_id, event_id)
);
create index scan_event_log on scan_event (session_id, log_id, seq);

-- Who changed which status when (WorkEffortStatus, InvCountImportStatus).
create table status_history (
  entity_id text not null,
  changed_at bigint not null,
  status_id text not null,
  change_by text not null,
  fence bigint,
  primary key (entity_id, changed_at, status_id)
);
