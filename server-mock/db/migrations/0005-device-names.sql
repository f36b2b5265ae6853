-- What people call the device that said what it had not sent: "iPad-2" tells more than an id.
alter table session_device add column device_name text;
-- Asked at every sign-in: which devices of a user still have something?
create index session_device_unsent on session_device (user_id) where unsent_scans > 0;
