-- The hash chain of a count: each entry of its audit, and all of its evidence at the approval, carries a hash of itself and
-- of the one before. How an entry is written is in server-mock/review/chain-text.ts, how to check it in docs/audit.md.

-- SHA-256 over the hash before, as bytes, and the entry's text in UTF-8. The first has none before.
create function chain_step(before bytea, head bytea, entry text) returns bytea language sql immutable
  return sha256(coalesce(before, head) || convert_to(entry, 'UTF8'));
create aggregate chain_hash(bytea, text) (sfunc = chain_step, stype = bytea);

alter table review_audit add column hash text;
alter table count_review add column audit_head text;
-- What was written before is chained as it is.
with chained as (
  select work_effort_id, seq, encode(chain_hash(''::bytea, jsonb_build_object('at', at, 'by', by_user, 'count', work_effort_id,
    'seq', seq, 'action', action, 'product', product_id, 'reason', reason, 'details', details)::text)
    over (partition by work_effort_id order by seq rows unbounded preceding), 'hex') as hash
  from review_audit)
update review_audit a set hash = c.hash from chained c where c.work_effort_id = a.work_effort_id and c.seq = a.seq;
update count_review r set audit_head = (
  select hash from review_audit a where a.work_effort_id = r.work_effort_id order by seq desc limit 1);
alter table review_audit alter column hash set not null;

-- One row per piece of evidence, in the order of the chain.
create table evidence_seal (
  work_effort_id text not null references cycle_count,
  seq integer not null,
  -- status, scan, row, sent, recount, decision, movement
  kind text not null,
  -- The key of the row that it seals, as a JSON list.
  entry_key text not null,
  hash text not null,
  primary key (work_effort_id, seq)
);
create unique index evidence_seal_entry on evidence_seal (work_effort_id, kind, entry_key);
