-- Who changed what somebody may do, when and why. Written once, never changed; its length is the revision of a person.
create table person_change (
  user_id text not null references user_account on delete cascade,
  seq integer not null,
  at bigint not null,
  by_user text not null,
  reason text not null,
  -- {permissions, facilityIds, isDisabled}
  before jsonb not null,
  after jsonb not null,
  primary key (user_id, seq)
);
