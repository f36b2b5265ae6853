-- Barcodes that somebody has matched to a product for all counts to come. Written once; taking one back fills the two last
-- columns, so that who said what and when stays. The product's identifiers of the type REMEMBERED are made from it.
create table remembered_barcode (
  -- given by the device: the same wish sent twice is one
  wish_id text primary key,
  item_key text not null,
  value text not null,
  product_id text not null references product,
  pack_size integer not null check (pack_size >= 1),
  -- where it was matched
  session_id text not null references count_session,
  user_id text not null,
  device_id text,
  remembered_at bigint not null,
  taken_back_at bigint,
  taken_back_by text
);
-- The first wins: a barcode is remembered for one product at a time.
create unique index remembered_barcode_current on remembered_barcode (item_key) where taken_back_at is null;
create index remembered_barcode_product on remembered_barcode (product_id) where taken_back_at is null;
create index remembered_barcode_newest on remembered_barcode (remembered_at, wish_id);
