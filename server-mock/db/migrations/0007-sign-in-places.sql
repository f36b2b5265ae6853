-- Where a user has signed in before: guesses from elsewhere do not lock them out there.
create table sign_in_place (
  user_id text not null references user_account on delete cascade,
  -- an address, or a network of IPv6
  place text not null,
  last_at bigint not null,
  primary key (user_id, place)
);
create index sign_in_failure_end on sign_in_failure (window_ends_at);
-- What is over a limit of age is looked for by age.
create index request_log_age on request_log (received_at);
