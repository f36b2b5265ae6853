// What is hashed: each entry of a count's chain as one text, the same for whoever writes and whoever checks.

/** Of a row of `review_audit`. PostgreSQL writes jsonb in one form only: keys in a fixed order, numbers as they are. */
export const AUDIT_TEXT = `jsonb_build_object('at', at, 'by', by_user, 'count', work_effort_id, 'seq', seq, 'action', action,
  'product', product_id, 'reason', reason, 'details', details)::text`

/** Named one by one: a column that is added some day is not part of what was sealed before. */
function textOf(alias: string, columns: string): string {
  const pairs = columns.split(' ').map((it) => `'${it}', ${alias}.${it}`)
  return `jsonb_build_object(${pairs.join(', ')})::text`
}

const STATUS = 'entity_id changed_at status_id change_by fence'
const SCAN = 'session_id event_id log_id seq item_key quantity device_id user_id event received_at'
const ROW = `session_id item_seq uuid log_id product_identifier quantity standing rev product_id is_requested system_quantity
 match_rev counted_by created_by created_at last_scan_at is_deleted`.replaceAll('\n', '')
const SENT = `session_id row_key rev match_rev fingerprint verdict quantity standing product_id product_identifier log_id
 device_id user_id fence received_at`.replaceAll('\n', '')
const RECOUNT = 'product_id round session_id reason requested_by requested_at cancelled_at'
const DECISION = `product_id facility_id outcome reason_id system_quantity counted_quantity variance_quantity edit_delta round
 counted_at reason note decided_by decided_at posted_at`.replaceAll('\n', '')
const MOVEMENT = 'facility_id movement_id product_id moved_at quantity kind reference reason work_effort_id posted_by posted_at'

/** Everything that a count of `$1` rests on: `place` and `key` give the order, `entry` is the row’s text. */
export const EVIDENCE = `
  select 1 as place, 'status' as kind, jsonb_build_array(h.entity_id, h.changed_at, h.status_id)::text as key,
    ${textOf('h', STATUS)} as entry
  from status_history h
  where h.entity_id = $1 or h.entity_id in (select session_id from count_session where work_effort_id = $1)
  union all
  select 2, 'scan', jsonb_build_array(e.session_id, e.event_id)::text, ${textOf('e', SCAN)}
  from count_session s join scan_event e on e.session_id = s.session_id where s.work_effort_id = $1
  union all
  select 3, 'row', jsonb_build_array(i.session_id, i.item_seq)::text, ${textOf('i', ROW)}
  from count_session s join session_item i on i.session_id = s.session_id where s.work_effort_id = $1
  union all
  select 4, 'sent', jsonb_build_array(e.session_id, e.row_key, e.rev, e.match_rev, e.fingerprint)::text, ${textOf('e', SENT)}
  from count_session s join item_evidence e on e.session_id = s.session_id where s.work_effort_id = $1
  union all
  select 5, 'recount', jsonb_build_array(r.product_id, r.round)::text, ${textOf('r', RECOUNT)}
  from recount r where r.work_effort_id = $1
  union all
  select 6, 'decision', jsonb_build_array(d.product_id)::text, ${textOf('d', DECISION)}
  from review_decision d where d.work_effort_id = $1
  union all
  select 7, 'movement', jsonb_build_array(m.facility_id, m.movement_id)::text, ${textOf('m', MOVEMENT)}
  from item_movement m where m.work_effort_id = $1`
