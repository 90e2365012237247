-- files that the other side of the districts' link named with a case, by the id that each has here:
-- on their way (coming), here, or refused; far: its id there
CREATE TABLE link_file (
  id bytes NOT NULL PRIMARY KEY,
  cloud bytes NOT NULL REFERENCES cloud (id),
  case_id bytes NOT NULL REFERENCES case_file (id),
  far text NOT NULL,
  digest bytes NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  label text NOT NULL,
  size_bytes i64 NOT NULL,
  place text NOT NULL,
  by_name text NOT NULL,
  told_at i64 NOT NULL,
  state text NOT NULL,
  got_bytes i64 NOT NULL,
  since i64 NOT NULL,
  problem text NOT NULL,
  retry_at i64 NOT NULL
)
--;
CREATE INDEX link_file_coming ON link_file (cloud, told_at, id) WHERE state = 'coming'
--;
CREATE INDEX link_file_digest ON link_file (cloud, digest)
--;
CREATE INDEX link_file_case ON link_file (case_id, told_at, id)
