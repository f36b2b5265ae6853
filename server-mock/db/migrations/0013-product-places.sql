-- What a plan finds products by: category, tags, suppliers, places at the facility, and when each was last counted.

-- null: in no category
alter table product add column category text;
-- In the order in which people look at matches, so that a page of them is read and no more.
create index product_by_name on product (product_name, product_id) where not deleted;
create index product_by_category on product (category, product_name, product_id) where not deleted;

-- Products are marked as gone and never deleted: as with their stock, nothing here follows them.
create table product_tag (
  product_id text not null,
  tag text not null,
  primary key (product_id, tag)
);
create index product_tag_products on product_tag (tag, product_id);

create table product_supplier (
  product_id text not null,
  supplier text not null,
  primary key (product_id, supplier)
);
create index product_supplier_products on product_supplier (supplier, product_id);

-- Where a facility keeps a product; it may lie in several bins.
create table product_place (
  facility_id text not null,
  product_id text not null,
  aisle text not null,
  bin text not null,
  primary key (facility_id, product_id, bin)
);
create index product_place_products on product_place (facility_id, aisle, bin, product_id);

-- When it was counted in a count that is approved; 0: never. One number per product, so that what is due is a range of
-- an index and not a walk through all decisions.
alter table product_valuation add column last_counted_at bigint not null default 0;
create index product_valuation_due on product_valuation (facility_id, abc_class, last_counted_at, product_id);

-- In the database, because a count is closed in two profiles and none may forget: S3.51, only approved counts feed it.
create function note_counted_products(count_id text) returns void language sql as $$
  insert into product_valuation (facility_id, product_id, last_counted_at, currency)
  select d.facility_id, d.product_id, d.counted_at,
    -- A row without a cost: its currency is what the facility's are in.
    coalesce((select v.currency from product_valuation v where v.facility_id = d.facility_id limit 1), 'EUR')
  from review_decision d
  where d.work_effort_id = count_id and d.posted_at is not null and d.counted_at is not null
  order by d.facility_id, d.product_id
  on conflict (facility_id, product_id) do update set last_counted_at = excluded.last_counted_at
    where product_valuation.last_counted_at < excluded.last_counted_at
$$;
create function note_closed_count() returns trigger language plpgsql as $$
begin
  perform note_counted_products(new.work_effort_id);
  return null;
end $$;
create trigger cycle_count_closed after update on cycle_count for each row
  when (old.status_id is distinct from new.status_id and new.status_id = 'CYCLE_CNT_CLOSED')
  execute function note_closed_count();
select note_counted_products(work_effort_id) from cycle_count where status_id = 'CYCLE_CNT_CLOSED';
