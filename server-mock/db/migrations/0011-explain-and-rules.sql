-- Products whose names begin alike, bytewise: who explains a variance looks for them without reading all products.
create index product_name_start on product (lower(product_name) text_pattern_ops);

-- Who set, changed or removed which tolerance when. Written once, never changed.
create table review_rule_change (
  facility_id text not null,
  abc_class text not null,
  seq integer not null,
  at bigint not null,
  by_user text not null,
  -- {units, percent, money}; null: there was none, or there is none any more
  before jsonb,
  after jsonb,
  primary key (facility_id, abc_class, seq)
);
create index review_rule_change_newest on review_rule_change (facility_id, at);
