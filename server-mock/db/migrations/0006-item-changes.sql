-- The rows of a session that changed since a moment, without reading the others.
create index session_item_changes on session_item (session_id, last_updated_at);
