-- Review: what the book says and how it moves, what counting it is worth, rules, decisions, recounts, waivers, audit.
-- Every key is led by the facility or the count. What any of it means is decided in server-mock/rules.

-- Each change of the book with the moment it took effect at the shelf. quantity_on_hand is the sum of all of them.
create table item_movement (
  facility_id text not null,
  movement_id text not null,
  product_id text not null,
  moved_at bigint not null,
  -- signed
  quantity numeric(20,6) not null,
  kind text not null,
  -- order, shipment, count: where it came from
  reference text,
  reason text,
  -- a count's own postings carry it
  work_effort_id text,
  posted_by text not null,
  posted_at bigint not null,
  primary key (facility_id, movement_id)
);
create index item_movement_product on item_movement (facility_id, product_id, moved_at);

create table product_valuation (
  facility_id text not null,
  product_id text not null,
  unit_cost numeric(18,4),
  currency text not null default 'EUR',
  -- A: most of the turnover; null: not classified
  abc_class text,
  primary key (facility_id, product_id)
);

-- Tolerances; `*` stands for every facility or class. The most particular row wins.
create table review_rule (
  facility_id text not null,
  abc_class text not null,
  units numeric(20,6) not null,
  percent numeric(9,4) not null,
  -- null: money is not looked at
  money numeric(18,4),
  changed_by text not null,
  changed_at bigint not null,
  primary key (facility_id, abc_class)
);
insert into review_rule (facility_id, abc_class, units, percent, money, changed_by, changed_at) values
  ('*', '*', 1, 2, 25, 'shelfcount', 0),
  ('*', 'A', 0, 0, 10, 'shelfcount', 0),
  ('*', 'C', 2, 5, 25, 'shelfcount', 0);

-- Grows with everything in a session that a review shows: a page says under which revision it was read.
alter table count_session add column rev bigint not null default 1;
-- null: an ordinary session; 1, 2 …: the session counts again what was sent to the nth recount, and is blind.
alter table count_session add column recount_round integer;

-- In the database, because every writer of items must do it and none may forget. The session's row is locked by whoever
-- writes its items, so this waits for nobody.
create function bump_session_rev() returns trigger language plpgsql as $$
begin
  update count_session set rev = rev + 1 where session_id in (select distinct session_id from touched);
  return null;
end $$;
create trigger session_item_inserted after insert on session_item
  referencing new table as touched for each statement execute function bump_session_rev();
create trigger session_item_updated after update on session_item
  referencing new table as touched for each statement execute function bump_session_rev();
create trigger session_item_deleted after delete on session_item
  referencing old table as touched for each statement execute function bump_session_rev();

create function bump_own_rev() returns trigger language plpgsql as $$
begin
  new.rev := old.rev + 1;
  return new;
end $$;
create trigger count_session_status before update on count_session for each row
  when (old.status_id is distinct from new.status_id) execute function bump_own_rev();

-- One row per count under review: whoever decides holds it. rev grows with every decision.
create table count_review (
  work_effort_id text primary key references cycle_count,
  rev bigint not null default 0,
  next_audit_seq integer not null default 1
);

-- InventoryVarDcsnRsn: one per product and count. A draft until it is posted.
create table review_decision (
  work_effort_id text not null references cycle_count,
  product_id text not null,
  facility_id text not null,
  -- APPLIED or SKIPPED
  outcome text not null,
  -- PARTIAL_SCOPE_POST, MANAGER_OVERRIDE, ...
  reason_id text not null,
  -- the book when the product was counted
  system_quantity numeric(20,6),
  -- null: skipped without a count
  counted_quantity numeric(20,6),
  variance_quantity numeric(20,6),
  -- what a person changed the count by, a row of its own beside the scans; null: as counted
  edit_delta numeric(20,6),
  -- which count it goes by: 0 the first, n the nth recount; null: nobody had counted
  round integer,
  counted_at bigint,
  -- why, in the decider's words
  reason text,
  note text,
  decided_by text not null,
  decided_at bigint not null,
  -- null: a draft
  posted_at bigint,
  primary key (work_effort_id, product_id)
);
create index review_decision_product on review_decision (facility_id, product_id, counted_at) where posted_at is not null;

-- What moved a closed count's total afterwards: corrections and late evidence.
create table review_adjustment (
  work_effort_id text not null references cycle_count,
  adjustment_id text not null,
  product_id text not null,
  -- correction or late-evidence
  kind text not null,
  delta numeric(20,6) not null,
  is_posted boolean not null,
  reason text not null,
  made_by text not null,
  made_at bigint not null,
  primary key (work_effort_id, adjustment_id)
);
create index review_adjustment_product on review_adjustment (work_effort_id, product_id);

create table recount (
  work_effort_id text not null references cycle_count,
  product_id text not null,
  round integer not null,
  session_id text not null references count_session,
  reason text not null,
  requested_by text not null,
  requested_at bigint not null,
  cancelled_at bigint,
  primary key (work_effort_id, product_id, round)
);
create index recount_session on recount (session_id);

-- What blocks an approval and was let pass: unsent scans of a device, scans nobody could match.
create table review_waiver (
  work_effort_id text not null references cycle_count,
  -- unsent:<session>:<device>:<user> or unmatched
  subject text not null,
  -- how much was waived; more than that blocks again
  amount numeric(20,6) not null,
  reason text not null,
  waived_by text not null,
  waived_at bigint not null,
  primary key (work_effort_id, subject)
);

-- Held evidence of settled sessions, once somebody has said what becomes of it.
create table late_evidence_verdict (
  work_effort_id text not null references cycle_count,
  session_id text not null references count_session,
  row_key text not null,
  -- everything up to this revision is settled
  rev bigint not null,
  -- accepted or refused
  verdict text not null,
  -- what acceptance added; zero when refused
  delta numeric(20,6) not null,
  reason text not null,
  decided_by text not null,
  decided_at bigint not null,
  primary key (work_effort_id, session_id, row_key, rev)
);

create table review_audit (
  work_effort_id text not null references cycle_count,
  seq integer not null,
  at bigint not null,
  by_user text not null,
  action text not null,
  product_id text,
  -- why, in words
  reason text,
  details jsonb not null,
  primary key (work_effort_id, seq)
);
create index review_audit_product on review_audit (work_effort_id, product_id, seq);
