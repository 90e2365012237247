-- logins that nobody signs in by and that were tried in vain: held off as accounts are. `name` is a digest that only
-- the field key makes
CREATE TABLE stranger (
  name bytes NOT NULL PRIMARY KEY,
  failures i64 NOT NULL,
  locked_until i64 NOT NULL,
  tried_at i64 NOT NULL
)
--;
CREATE INDEX stranger_by_time ON stranger (tried_at)
