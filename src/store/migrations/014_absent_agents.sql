CREATE TABLE observation_of_any (
  id bytes NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  resource bytes NOT NULL REFERENCES resource (id),
  agent bytes REFERENCES agent (id),
  from_at i64 NOT NULL,
  to_at i64,
  noticed_at i64 NOT NULL,
  evidence text NOT NULL,
  evidence_digest bytes NOT NULL,
  closing text NOT NULL
)
--;
INSERT INTO observation_of_any (id, kind, resource, agent, from_at, to_at, noticed_at, evidence, evidence_digest, closing)
  SELECT id, kind, resource, agent, from_at, to_at, noticed_at, evidence, evidence_digest, closing FROM observation
--;
DROP TABLE observation
--;
ALTER TABLE observation_of_any RENAME TO observation
--;
CREATE INDEX observation_resource ON observation (resource, id)
--;
CREATE UNIQUE INDEX observation_open ON observation (agent, kind) WHERE to_at IS NULL
--;
CREATE UNIQUE INDEX observation_open_absent ON observation (resource, kind) WHERE to_at IS NULL AND agent IS NULL
