CREATE TABLE counter (
  name text NOT NULL PRIMARY KEY,
  value i64 NOT NULL
)
--;
CREATE TABLE case_file (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  procedure_name text NOT NULL,
  pack bytes NOT NULL REFERENCES pack (digest),
  cloud bytes NOT NULL REFERENCES cloud (id),
  unit bytes NOT NULL REFERENCES org (id),
  filer bytes NOT NULL REFERENCES person (id),
  filer_role text NOT NULL,
  project bytes,
  edition bytes,
  provider bytes,
  about_case bytes,
  title text NOT NULL,
  state text NOT NULL,
  form text NOT NULL,
  filed_at i64 NOT NULL,
  returned_times i64 NOT NULL,
  effected i64 NOT NULL,
  answer_due i64,
  ended_at i64,
  changed_at i64 NOT NULL,
  version i64 NOT NULL
)
--;
CREATE INDEX case_file_unit ON case_file (unit, id)
--;
CREATE INDEX case_file_cloud ON case_file (cloud, id)
--;
CREATE INDEX case_file_project ON case_file (project)
--;
CREATE TABLE case_resource (
  case_id bytes NOT NULL REFERENCES case_file (id),
  resource bytes NOT NULL REFERENCES resource (id),
  PRIMARY KEY (case_id, resource)
)
--;
CREATE INDEX case_resource_resource ON case_resource (resource)
--;
CREATE TABLE case_step (
  id bytes NOT NULL PRIMARY KEY,
  case_id bytes NOT NULL REFERENCES case_file (id),
  step text NOT NULL,
  kind text NOT NULL,
  role text NOT NULL,
  org bytes,
  opened_at i64 NOT NULL,
  period text NOT NULL,
  start_day i64,
  due_day i64,
  due_provisional i64 NOT NULL,
  soft i64 NOT NULL,
  article text NOT NULL,
  calendar bytes,
  closed_at i64,
  outcome text NOT NULL,
  closed_by bytes,
  reason text NOT NULL
)
--;
CREATE INDEX case_step_case ON case_step (case_id)
--;
CREATE INDEX case_step_desk ON case_step (org, role, COALESCE(due_day, 84005), id) WHERE closed_at IS NULL
--;
CREATE INDEX case_step_due ON case_step (due_day) WHERE closed_at IS NULL
--;
CREATE TABLE case_pause (
  case_id bytes NOT NULL REFERENCES case_file (id),
  from_day i64 NOT NULL,
  from_at i64 NOT NULL,
  to_day i64,
  cause text NOT NULL,
  PRIMARY KEY (case_id, from_at)
)
--;
CREATE TABLE opinion (
  id bytes NOT NULL PRIMARY KEY,
  step_id bytes NOT NULL REFERENCES case_step (id),
  person bytes NOT NULL REFERENCES person (id),
  org bytes NOT NULL,
  stage text NOT NULL,
  outcome text NOT NULL,
  reason text NOT NULL,
  made_at i64 NOT NULL
)
--;
CREATE INDEX opinion_step ON opinion (step_id)
--;
CREATE TABLE case_actor (
  case_id bytes NOT NULL REFERENCES case_file (id),
  person bytes NOT NULL REFERENCES person (id),
  side text NOT NULL,
  PRIMARY KEY (case_id, person, side)
)
--;
CREATE TABLE event (
  id bytes NOT NULL PRIMARY KEY,
  pos i64 UNIQUE,
  at i64 NOT NULL,
  kind text NOT NULL,
  case_id bytes,
  object_kind text NOT NULL,
  object_id bytes,
  person bytes,
  role text NOT NULL,
  org bytes,
  article text NOT NULL,
  outcome text NOT NULL,
  reason text NOT NULL,
  before_state text NOT NULL,
  after_state text NOT NULL,
  source text NOT NULL,
  payload text NOT NULL,
  payload_digest bytes NOT NULL,
  record_digest bytes,
  chain bytes
)
--;
CREATE INDEX event_case ON event (case_id, id)
--;
CREATE INDEX event_unsealed ON event (id) WHERE pos IS NULL
--;
CREATE TABLE audit_checkpoint (
  pos i64 NOT NULL PRIMARY KEY,
  chain bytes NOT NULL,
  at i64 NOT NULL,
  signer bytes NOT NULL,
  signature bytes NOT NULL
)
--;
CREATE TABLE notice (
  id bytes NOT NULL PRIMARY KEY,
  org bytes NOT NULL REFERENCES org (id),
  role text NOT NULL,
  case_id bytes,
  slug text NOT NULL,
  figures text NOT NULL,
  made_at i64 NOT NULL,
  read_at i64
)
--;
CREATE INDEX notice_org ON notice (org, role, id)
--;
CREATE TABLE job (
  id bytes NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  ref bytes,
  due_at i64 NOT NULL,
  tries i64 NOT NULL,
  done_at i64,
  fault text NOT NULL
)
--;
CREATE INDEX job_due ON job (due_at) WHERE done_at IS NULL
--;
CREATE INDEX job_ref ON job (ref)
--;
CREATE TABLE lease_holder (
  name text NOT NULL PRIMARY KEY,
  holder bytes NOT NULL,
  until_at i64 NOT NULL
)
