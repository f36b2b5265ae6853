-- The names that every installation has: statuses, purposes, reasons, kinds of identifiers (contract 2).

insert into status_item (status_id, status_type_id, description, sequence_num) values
  ('CYCLE_CNT_CREATED', 'CYCLE_CNT_STATUS', 'Assigned', 1),
  ('CYCLE_CNT_IN_PRGS', 'CYCLE_CNT_STATUS', 'In progress', 2),
  ('CYCLE_CNT_CMPLTD', 'CYCLE_CNT_STATUS', 'Pending review', 3),
  ('CYCLE_CNT_CLOSED', 'CYCLE_CNT_STATUS', 'Closed', 4),
  ('CYCLE_CNT_CNCL', 'CYCLE_CNT_STATUS', 'Cancelled', 5),
  ('SESSION_CREATED', 'INV_COUNT_SESSION', 'Created', 1),
  ('SESSION_ASSIGNED', 'INV_COUNT_SESSION', 'In progress', 2),
  ('SESSION_SUBMITTED', 'INV_COUNT_SESSION', 'Submitted', 3),
  ('SESSION_APPROVED', 'INV_COUNT_SESSION', 'Approved', 4),
  ('SESSION_VOIDED', 'INV_COUNT_SESSION', 'Voided', 5);

insert into enumeration (enum_id, enum_type_id, description, sequence_num) values
  ('DIRECTED_COUNT', 'CYCLE_CNT_PURPOSE', 'Directed count', 1),
  ('HARD_COUNT', 'CYCLE_CNT_PURPOSE', 'Hard count', 2),
  ('APPLIED', 'INV_VAR_DECISION_OUTCOME', 'Accepted', 1),
  ('SKIPPED', 'INV_VAR_DECISION_OUTCOME', 'Rejected', 2),
  ('PARTIAL_SCOPE_POST', 'INV_VAR_DECISION_RSN', 'Review of a part', 1),
  ('MANAGER_OVERRIDE', 'INV_VAR_DECISION_RSN', 'Manager override', 2),
  ('ANNUAL_COUNT_ADJUSTMENT', 'INV_VAR_DECISION_RSN', 'Annual count adjustment', 3),
  ('CORRECTION_AFTER_REVIEW', 'INV_VAR_DECISION_RSN', 'Correction after review', 4),
  ('CYCLE_COUNT', 'IID_REASON', 'Cycle count', 1),
  ('VAR_FOUND', 'IID_REASON', 'Found', 2),
  ('VAR_LOST', 'IID_REASON', 'Lost', 3),
  ('VAR_DAMAGED', 'IID_REASON', 'Damaged', 4),
  ('VAR_STOLEN', 'IID_REASON', 'Stolen', 5),
  ('VAR_SAMPLE', 'IID_REASON', 'Sample given away', 6),
  ('VAR_INTEGR', 'IID_REASON', 'Integration', 7),
  ('VAR_MANUAL', 'IID_REASON', 'Manual', 8),
  ('VAR_MISSHIP_ORDERED', 'IID_REASON', 'Mis-shipped: the ordered item', 9),
  ('VAR_MISSHIP_SHIPPED', 'IID_REASON', 'Mis-shipped: the shipped item', 10);

insert into good_identification_type (good_identification_type_id, parent_type_id, description) values
  ('SKU', 'HC_GOOD_ID_TYPE', 'SKU'),
  ('UPCA', 'HC_GOOD_ID_TYPE', 'UPC-A'),
  ('EAN', 'HC_GOOD_ID_TYPE', 'EAN-13'),
  ('EAN8', 'HC_GOOD_ID_TYPE', 'EAN-8'),
  ('GTIN', 'HC_GOOD_ID_TYPE', 'GTIN-14 (case)');
