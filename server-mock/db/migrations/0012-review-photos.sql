-- What a decision above the money limit shows: a picture of the shelf, scaled down on the device.
create table review_photo (
  work_effort_id text not null references cycle_count,
  -- sha-256 of the bytes, hex: the same picture twice is one
  photo_id text not null,
  product_id text not null,
  -- as the bytes say, never as the sender says
  content_type text not null,
  bytes bytea not null,
  taken_by text not null,
  taken_at bigint not null,
  primary key (work_effort_id, product_id, photo_id)
);

alter table review_decision add column photo_id text;
