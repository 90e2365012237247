CREATE TABLE project (
  id bytes NOT NULL PRIMARY KEY,
  code text NOT NULL UNIQUE,
  unit bytes NOT NULL REFERENCES org (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  name text NOT NULL,
  state text NOT NULL,
  created_at i64 NOT NULL,
  version i64 NOT NULL
)
--;
CREATE INDEX project_unit ON project (unit)
--;
CREATE TABLE info_system (
  id bytes NOT NULL PRIMARY KEY,
  project bytes NOT NULL REFERENCES project (id),
  code text NOT NULL,
  name text NOT NULL,
  mlps_level i64 NOT NULL,
  classified i64 NOT NULL,
  case_id bytes NOT NULL,
  created_at i64 NOT NULL,
  UNIQUE (project, code)
)
--;
CREATE TABLE quota_line (
  id bytes NOT NULL PRIMARY KEY,
  unit bytes NOT NULL REFERENCES org (id),
  project bytes NOT NULL REFERENCES project (id),
  kind text NOT NULL,
  dim text NOT NULL,
  qty_milli i64 NOT NULL,
  first_day i64 NOT NULL,
  last_day i64,
  rrule text,
  span_days i64 NOT NULL,
  case_id bytes NOT NULL,
  created_at i64 NOT NULL
)
--;
CREATE INDEX quota_line_project ON quota_line (project)
--;
CREATE INDEX quota_line_unit ON quota_line (unit)
--;
CREATE TABLE reservation (
  id bytes NOT NULL PRIMARY KEY,
  case_id bytes NOT NULL,
  unit bytes NOT NULL REFERENCES org (id),
  project bytes NOT NULL REFERENCES project (id),
  dim text NOT NULL,
  qty_milli i64 NOT NULL,
  first_day i64 NOT NULL,
  last_day i64,
  made_at i64 NOT NULL,
  released_at i64,
  released_as text
)
--;
CREATE INDEX reservation_case ON reservation (case_id)
--;
CREATE INDEX reservation_live ON reservation (unit) WHERE released_at IS NULL
--;
CREATE TABLE resource (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  unit bytes NOT NULL REFERENCES org (id),
  project bytes NOT NULL REFERENCES project (id),
  info_system bytes,
  cloud bytes NOT NULL REFERENCES cloud (id),
  kind text NOT NULL,
  state text NOT NULL,
  name text NOT NULL,
  item bytes NOT NULL REFERENCES item (id),
  provider bytes,
  provider_ref text,
  case_id bytes NOT NULL,
  lease_last i64,
  created_at i64 NOT NULL,
  opened_at i64,
  formal_at i64,
  stopped_at i64,
  destroyed_at i64,
  version i64 NOT NULL
)
--;
CREATE INDEX resource_unit ON resource (unit)
--;
CREATE INDEX resource_project ON resource (project)
--;
CREATE TABLE resource_size (
  resource bytes NOT NULL REFERENCES resource (id),
  from_at i64 NOT NULL,
  to_at i64,
  item bytes NOT NULL REFERENCES item (id),
  qty_milli i64 NOT NULL,
  case_id bytes NOT NULL,
  PRIMARY KEY (resource, from_at)
)
--;
CREATE TABLE backup_note (
  id bytes NOT NULL PRIMARY KEY,
  case_id bytes NOT NULL,
  resource bytes NOT NULL REFERENCES resource (id),
  choice text NOT NULL,
  note text NOT NULL,
  person bytes NOT NULL,
  made_at i64 NOT NULL
)
