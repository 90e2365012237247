-- the first half of a one-time password, sealed, from when an act is asked for until it is answered
ALTER TABLE admin_act ADD COLUMN half text NOT NULL DEFAULT ''
