CREATE TABLE webhook (
  id bytes NOT NULL PRIMARY KEY,
  org bytes NOT NULL REFERENCES org (id),
  role text NOT NULL,
  cloud bytes REFERENCES cloud (id),
  label text NOT NULL,
  url text NOT NULL,
  categories text NOT NULL,
  algorithm text NOT NULL,
  key_id bytes NOT NULL,
  secret bytes NOT NULL,
  old_secret bytes,
  old_until i64,
  state text NOT NULL,
  next_pos i64 NOT NULL,
  fails i64 NOT NULL,
  failing_since i64,
  fault text NOT NULL,
  next_at i64 NOT NULL,
  lease_by bytes,
  lease_until i64 NOT NULL,
  created_by bytes NOT NULL REFERENCES person (id),
  created_at i64 NOT NULL,
  changed_at i64 NOT NULL,
  ended_at i64
)
--;
CREATE INDEX webhook_org ON webhook (org, role) WHERE ended_at IS NULL
--;
CREATE INDEX webhook_cloud ON webhook (cloud) WHERE ended_at IS NULL AND cloud IS NOT NULL
--;
CREATE INDEX webhook_live ON webhook (next_at, id) WHERE ended_at IS NULL
