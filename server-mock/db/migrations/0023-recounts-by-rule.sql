-- Whether the rules ask for recounts themselves at a facility: the newest line counts, and without any they do not.
-- Written once, never changed.
create table recount_rule (
  facility_id text not null references facility,
  seq integer not null,
  is_on boolean not null,
  at bigint not null,
  by_user text not null,
  primary key (facility_id, seq)
);

-- What the rules have yet to judge. Written in the transaction that made it necessary, worked off in steps, gone when it
-- is done: whatever dies in between, the next step begins where the last one ended.
create table judging (
  judging_id bigint generated always as identity primary key,
  work_effort_id text not null references cycle_count,
  -- null: all sessions of the count
  session_id text references count_session,
  -- null: all products of the session
  product_ids text[],
  -- the last product that is done, in the order of their ids
  after text not null default '',
  asked_at bigint not null,
  -- not before; each attempt that fails puts it off
  due_at bigint not null,
  attempts integer not null default 0
);
create index judging_due on judging (due_at);
