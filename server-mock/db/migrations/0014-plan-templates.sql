-- Plans that are made again: templates and how often each class is counted, per facility; a count's own tolerances.

create table plan_template (
  facility_id text not null references facility on delete cascade,
  template_id text not null,
  name text not null,
  -- {countType, isBlind, products, split, parts, tolerance, dueAfterDays} as the wire has it
  plan jsonb not null,
  made_by text not null,
  made_at bigint not null,
  last_used_at bigint,
  -- Deleted, and back with one call.
  deleted_at bigint,
  primary key (facility_id, template_id)
);
create unique index plan_template_name on plan_template (facility_id, lower(name)) where deleted_at is null;

create table count_frequency (
  facility_id text not null references facility on delete cascade,
  -- A, B, C
  abc_class text not null,
  every_days integer not null check (every_days between 1 and 3650),
  primary key (facility_id, abc_class)
);

-- Who changed what of a facility's templates and schedule. Written once, never changed.
create table plan_change (
  facility_id text not null references facility on delete cascade,
  seq integer not null,
  at bigint not null,
  by_user text not null,
  -- template-made, template-changed, template-deleted, template-restored, template-used, schedule-changed
  action text not null,
  -- null: the schedule
  template_id text,
  details jsonb not null,
  primary key (facility_id, seq)
);

-- Instead of the facility's rules, for every product of the count.
create table count_tolerance (
  work_effort_id text primary key references cycle_count,
  units numeric(20,6) not null,
  percent numeric(9,4) not null,
  -- null: money is not looked at
  money numeric(18,4)
);
