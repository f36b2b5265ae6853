-- Users, facilities, products, stock, settings. Times are epoch milliseconds (bigint), quantities numeric(20,6).

create table server_meta (
  name text primary key,
  value text not null
);

create table user_account (
  user_id text primary key,
  user_name text not null,
  full_name text not null,
  party_id text not null unique,
  time_zone text not null default 'UTC',
  -- scrypt$N$r$p$salt$hash, base64url
  password_hash text not null,
  disabled boolean not null default false
);
create unique index user_account_name on user_account (lower(user_name));

create table user_permission (
  user_id text not null references user_account on delete cascade,
  permission_id text not null,
  primary key (user_id, permission_id)
);

create table token (
  -- sha-256 of the token, hex: a stolen table signs nobody in
  token_hash text primary key,
  user_id text not null references user_account on delete cascade,
  created_at bigint not null,
  expires_at bigint not null
);
create index token_user on token (user_id, created_at);
create index token_expiry on token (expires_at);

-- Failed sign-ins per user name and address, shared by all server processes.
create table sign_in_failure (
  subject text primary key,
  failures integer not null,
  window_ends_at bigint not null
);

create table preference (
  user_id text not null references user_account on delete cascade,
  preference_key text not null,
  preference_value text,
  primary key (user_id, preference_key)
);

create table facility (
  facility_id text primary key,
  facility_name text not null,
  facility_time_zone text not null default 'UTC',
  facility_type_id text not null default 'WAREHOUSE',
  parent_type_id text not null default 'DISTRIBUTION_CENTER'
);

create table user_facility (
  user_id text not null references user_account on delete cascade,
  facility_id text not null references facility on delete cascade,
  from_date bigint not null default 0,
  thru_date bigint,
  primary key (user_id, facility_id)
);

create table product_store (
  product_store_id text primary key,
  store_name text not null
);

create table facility_product_store (
  facility_id text not null references facility on delete cascade,
  product_store_id text not null references product_store on delete cascade,
  thru_date bigint,
  primary key (facility_id, product_store_id)
);

create table product_store_setting (
  product_store_id text not null references product_store on delete cascade,
  setting_type_enum_id text not null,
  setting_value text,
  primary key (product_store_id, setting_type_enum_id)
);

create table enumeration (
  enum_id text primary key,
  enum_type_id text not null,
  description text not null,
  sequence_num integer not null default 0
);
create index enumeration_type on enumeration (enum_type_id, sequence_num);

create table status_item (
  status_id text primary key,
  status_type_id text not null,
  description text not null,
  sequence_num integer not null default 0
);
create index status_item_type on status_item (status_type_id, sequence_num);

create table good_identification_type (
  good_identification_type_id text primary key,
  parent_type_id text not null,
  description text not null
);

-- change_seq is given inside the transaction that holds the product_change row lock, so that it follows commit order:
-- a reader that has seen n never finds a later commit at or below n.
create table product_change (
  only_row boolean primary key default true check (only_row),
  last_seq bigint not null default 0
);
insert into product_change default values;

create table product (
  product_id text primary key,
  product_name text not null,
  deleted boolean not null default false,
  change_seq bigint not null
);
create unique index product_change_seq on product (change_seq);

create table product_identifier (
  product_id text not null references product on delete cascade,
  type text not null,
  value text not null,
  pack_size integer not null default 1 check (pack_size >= 1),
  primary key (product_id, type, value)
);
-- A value may belong to several products: nobody guesses.
create index product_identifier_value on product_identifier (value, type);

create table product_facility (
  facility_id text not null,
  product_id text not null,
  quantity_on_hand numeric(20,6) not null default 0,
  available_to_promise numeric(20,6) not null default 0,
  primary key (facility_id, product_id)
);
