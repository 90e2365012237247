-- a grant to look and do nothing else: the kinds of things that may be looked at; '' for any other
ALTER TABLE role_grant ADD COLUMN scope text NOT NULL DEFAULT ''
