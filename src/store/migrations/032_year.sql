-- the key that an officer signs with: a second one ends the first
CREATE TABLE officer_key (
  id bytes NOT NULL PRIMARY KEY,
  key_id text NOT NULL UNIQUE,
  person bytes NOT NULL REFERENCES person (id),
  public_key text NOT NULL,
  made_at i64 NOT NULL,
  ended_at i64
)
--;
CREATE INDEX officer_key_person ON officer_key (person, made_at)
--;
-- what a closed month or year of a cloud came to, as it was sealed; a correction is another edition
CREATE TABLE report (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  cloud bytes NOT NULL REFERENCES cloud (id),
  kind text NOT NULL,
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  edition i64 NOT NULL,
  body text NOT NULL,
  reason text NOT NULL,
  digest bytes NOT NULL,
  signature bytes NOT NULL,
  key_id text NOT NULL,
  person bytes REFERENCES person (id),
  made_at i64 NOT NULL,
  UNIQUE (cloud, kind, first_day, edition)
)
--;
-- years in which nothing more is entered
CREATE TABLE closed_year (
  cloud bytes NOT NULL REFERENCES cloud (id),
  year i64 NOT NULL,
  case_id bytes NOT NULL REFERENCES case_file (id),
  closed_at i64 NOT NULL,
  PRIMARY KEY (cloud, year)
)
