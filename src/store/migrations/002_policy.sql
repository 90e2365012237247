CREATE TABLE pack (
  digest bytes NOT NULL PRIMARY KEY,
  name text NOT NULL,
  valid_from i64 NOT NULL,
  valid_to i64,
  files text NOT NULL,
  installed_at i64 NOT NULL
)
--;
CREATE TABLE calendar_year (
  year i64 NOT NULL,
  revision i64 NOT NULL,
  source text NOT NULL,
  body text NOT NULL,
  installed_at i64 NOT NULL,
  PRIMARY KEY (year, revision)
)
--;
CREATE TABLE suspension (
  id bytes NOT NULL PRIMARY KEY,
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  reason text NOT NULL,
  case_id bytes,
  created_at i64 NOT NULL
)
