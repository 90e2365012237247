CREATE TABLE agent (
  id bytes NOT NULL PRIMARY KEY,
  resource bytes NOT NULL REFERENCES resource (id),
  secret bytes NOT NULL,
  host text NOT NULL,
  version text NOT NULL,
  interval_s i64 NOT NULL,
  binary_ok bytes NOT NULL,
  config_ok bytes NOT NULL,
  binary_seen bytes NOT NULL,
  config_seen bytes NOT NULL,
  enrolled_at i64 NOT NULL,
  enrolled_by bytes NOT NULL REFERENCES person (id),
  revoked_at i64,
  revoked_as text NOT NULL,
  changed_at i64 NOT NULL
)
--;
CREATE INDEX agent_resource ON agent (resource)
--;
CREATE INDEX agent_changed ON agent (changed_at)
--;
CREATE TABLE agent_code (
  digest bytes NOT NULL PRIMARY KEY,
  resource bytes NOT NULL REFERENCES resource (id),
  made_by bytes NOT NULL REFERENCES person (id),
  made_at i64 NOT NULL,
  expires_at i64 NOT NULL,
  used_at i64,
  request bytes,
  agent bytes
)
--;
CREATE INDEX agent_code_resource ON agent_code (resource)
--;
CREATE TABLE observation (
  id bytes NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  resource bytes NOT NULL REFERENCES resource (id),
  agent bytes NOT NULL REFERENCES agent (id),
  from_at i64 NOT NULL,
  to_at i64,
  noticed_at i64 NOT NULL,
  evidence text NOT NULL,
  evidence_digest bytes NOT NULL,
  closing text NOT NULL
)
--;
CREATE INDEX observation_resource ON observation (resource, id)
--;
CREATE UNIQUE INDEX observation_open ON observation (agent, kind) WHERE to_at IS NULL
--;
CREATE INDEX resource_destroyed ON resource (destroyed_at)
