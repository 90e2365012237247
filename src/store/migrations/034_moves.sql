CREATE TABLE tenure (
  resource bytes NOT NULL REFERENCES resource (id),
  until_at i64 NOT NULL,
  unit bytes NOT NULL REFERENCES org (id),
  provider bytes,
  case_id bytes NOT NULL REFERENCES case_file (id),
  PRIMARY KEY (resource, until_at)
) clustered
--;
CREATE TABLE project_past (
  project bytes NOT NULL REFERENCES project (id),
  until_at i64 NOT NULL,
  unit bytes NOT NULL REFERENCES org (id),
  code text NOT NULL,
  case_id bytes NOT NULL REFERENCES case_file (id),
  PRIMARY KEY (project, until_at)
)
--;
CREATE TABLE org_past (
  org bytes NOT NULL REFERENCES org (id),
  until_at i64 NOT NULL,
  name text NOT NULL,
  case_id bytes NOT NULL REFERENCES case_file (id),
  PRIMARY KEY (org, until_at)
)
--;
ALTER TABLE org ADD COLUMN successor bytes
--;
CREATE INDEX org_successor ON org (successor) WHERE successor IS NOT NULL
--;
CREATE TABLE reorg (
  case_id bytes NOT NULL PRIMARY KEY REFERENCES case_file (id),
  kind text NOT NULL,
  org bytes NOT NULL REFERENCES org (id),
  day i64 NOT NULL,
  state text NOT NULL,
  ended_at i64,
  fault text NOT NULL
)
