-- Accounts that end, accounts of programs, second factors, and where sessions are used from.
ALTER TABLE person ADD COLUMN kind text NOT NULL DEFAULT 'person'
--;
ALTER TABLE person ADD COLUMN owner bytes
--;
ALTER TABLE person ADD COLUMN last_day i64
--;
ALTER TABLE token ADD COLUMN source text NOT NULL DEFAULT ''
--;
ALTER TABLE token ADD COLUMN idle_us i64 NOT NULL DEFAULT 1800000000
--;
ALTER TABLE token ADD COLUMN proven i64 NOT NULL DEFAULT 0
--;
ALTER TABLE token ADD COLUMN nouns text NOT NULL DEFAULT ''
--;
CREATE TABLE former_secret (
  person bytes NOT NULL REFERENCES person (id),
  at i64 NOT NULL,
  secret text NOT NULL,
  PRIMARY KEY (person, at)
)
--;
-- one of each person; a code of a step is good while last_step is before it
CREATE TABLE second_factor (
  person bytes NOT NULL PRIMARY KEY REFERENCES person (id),
  kind text NOT NULL,
  secret text NOT NULL,
  made_at i64 NOT NULL,
  confirmed_at i64,
  last_step i64 NOT NULL
)
--;
CREATE TABLE recovery_code (
  person bytes NOT NULL REFERENCES person (id),
  digest bytes NOT NULL,
  made_at i64 NOT NULL,
  used_at i64,
  PRIMARY KEY (person, digest)
)
--;
CREATE INDEX person_owner ON person (owner) WHERE owner IS NOT NULL
