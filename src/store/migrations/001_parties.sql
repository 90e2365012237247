CREATE TABLE setting (
  name text NOT NULL PRIMARY KEY,
  value text NOT NULL
)
--;
CREATE TABLE org (
  id bytes NOT NULL PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  kind text NOT NULL,
  district text NOT NULL,
  sponsor bytes,
  outside i64 NOT NULL,
  in_budget i64 NOT NULL,
  chain text NOT NULL,
  countersign bytes,
  status text NOT NULL,
  created_at i64 NOT NULL,
  version i64 NOT NULL
)
--;
CREATE TABLE cloud (
  id bytes NOT NULL PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  level text NOT NULL,
  district text NOT NULL,
  parent bytes,
  created_at i64 NOT NULL
)
--;
CREATE TABLE cloud_body (
  cloud bytes NOT NULL REFERENCES cloud (id),
  role text NOT NULL,
  org bytes NOT NULL REFERENCES org (id),
  PRIMARY KEY (cloud, role, org)
)
--;
CREATE INDEX cloud_body_org ON cloud_body (org)
--;
CREATE TABLE person (
  id bytes NOT NULL PRIMARY KEY,
  login text NOT NULL UNIQUE,
  name text NOT NULL,
  secret text NOT NULL,
  must_change i64 NOT NULL,
  status text NOT NULL,
  failures i64 NOT NULL,
  locked_until i64 NOT NULL,
  secret_at i64 NOT NULL,
  created_at i64 NOT NULL,
  version i64 NOT NULL
)
--;
CREATE TABLE role_grant (
  id bytes NOT NULL PRIMARY KEY,
  person bytes NOT NULL REFERENCES person (id),
  role text NOT NULL,
  org bytes NOT NULL REFERENCES org (id),
  capacity text NOT NULL,
  first_day i64 NOT NULL,
  last_day i64,
  granted_by bytes,
  created_at i64 NOT NULL,
  ended_at i64
)
--;
CREATE INDEX role_grant_person ON role_grant (person)
--;
CREATE INDEX role_grant_org ON role_grant (org, role)
--;
CREATE TABLE delegation (
  id bytes NOT NULL PRIMARY KEY,
  giver bytes NOT NULL REFERENCES person (id),
  taker bytes NOT NULL REFERENCES person (id),
  role text NOT NULL,
  org bytes NOT NULL REFERENCES org (id),
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  reason text NOT NULL,
  created_at i64 NOT NULL,
  ended_at i64
)
--;
CREATE INDEX delegation_taker ON delegation (taker)
--;
CREATE TABLE token (
  digest bytes NOT NULL PRIMARY KEY,
  id bytes NOT NULL UNIQUE,
  person bytes NOT NULL REFERENCES person (id),
  kind text NOT NULL,
  csrf bytes,
  scopes text NOT NULL,
  label text NOT NULL,
  created_at i64 NOT NULL,
  expires_at i64 NOT NULL,
  used_at i64 NOT NULL,
  ended_at i64
)
--;
CREATE INDEX token_person ON token (person)
--;
CREATE TABLE idempotency (
  person bytes NOT NULL,
  name text NOT NULL,
  request bytes NOT NULL,
  status i64 NOT NULL,
  body text NOT NULL,
  etag text NOT NULL,
  location text NOT NULL,
  made_at i64 NOT NULL,
  PRIMARY KEY (person, name)
)
--;
CREATE INDEX idempotency_made ON idempotency (made_at)
