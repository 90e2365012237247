-- what a cloud has is compared with what the register says: each comparison, and what differed
CREATE TABLE cloud_check (
  id bytes NOT NULL PRIMARY KEY,
  cloud bytes NOT NULL REFERENCES cloud (id),
  -- who asked for it; NULL: the system, daily
  person bytes REFERENCES person (id),
  asked_at i64 NOT NULL,
  begun_at i64,
  ended_at i64,
  machines i64 NOT NULL,
  resources i64 NOT NULL,
  found i64 NOT NULL,
  standing i64 NOT NULL,
  closed i64 NOT NULL,
  fault text NOT NULL,
  figures text NOT NULL
)
--;
CREATE INDEX cloud_check_cloud ON cloud_check (cloud, id)
--;
CREATE TABLE cloud_difference (
  id bytes NOT NULL PRIMARY KEY,
  cloud bytes NOT NULL REFERENCES cloud (id),
  kind text NOT NULL,
  -- the resource's number, or the machine's identifier there
  subject text NOT NULL,
  resource bytes REFERENCES resource (id),
  ref text NOT NULL,
  name text NOT NULL,
  tag_no text NOT NULL,
  tag_case text NOT NULL,
  dims text NOT NULL,
  registered text NOT NULL,
  running i64 NOT NULL,
  found_at i64 NOT NULL,
  closed_at i64
)
--;
CREATE INDEX cloud_difference_cloud ON cloud_difference (cloud, id)
--;
CREATE UNIQUE INDEX cloud_difference_standing ON cloud_difference (cloud, kind, subject) WHERE closed_at IS NULL
