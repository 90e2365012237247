-- what endangers the platform, until a person has taken note of it
CREATE TABLE security_event (
  id bytes NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  subject text NOT NULL,
  person bytes REFERENCES person (id),
  source text NOT NULL,
  detail text NOT NULL,
  n i64 NOT NULL,
  first_at i64 NOT NULL,
  last_at i64 NOT NULL,
  noted_by bytes REFERENCES person (id),
  noted_at i64,
  note text NOT NULL
)
--;
CREATE INDEX security_event_open ON security_event (noted_at, kind, subject)
--;
-- runs of the verification: is the record intact, and the table of rights with it?
CREATE TABLE audit_check (
  id bytes NOT NULL PRIMARY KEY,
  asked_by bytes REFERENCES person (id),
  asked_at i64 NOT NULL,
  ended_at i64,
  state text NOT NULL,
  records i64 NOT NULL,
  unsealed i64 NOT NULL,
  grants i64 NOT NULL,
  pos i64 NOT NULL,
  chain bytes,
  what text NOT NULL,
  broken_pos i64 NOT NULL,
  broken_kind text NOT NULL,
  broken_id bytes
)
--;
-- how far the record was sent to a collector
CREATE TABLE audit_export (
  name text NOT NULL PRIMARY KEY,
  pos i64 NOT NULL,
  at i64 NOT NULL
)
