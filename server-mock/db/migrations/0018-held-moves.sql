-- Held evidence that its counter moved into another session: a third verdict, `moved`, whose delta stands there as a row.
alter table late_evidence_verdict add column moved_to text references count_session;
-- its uuid in that session
alter table late_evidence_verdict add column moved_row text;
