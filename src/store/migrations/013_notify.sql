-- a notice is given to the persons' channels once, by whoever sets this; the inbox shows it anyway
ALTER TABLE notice ADD COLUMN fanned_at i64
--;
UPDATE notice SET fanned_at = made_at
--;
CREATE INDEX notice_new ON notice (id) WHERE fanned_at IS NULL
--;
CREATE INDEX delegation_org ON delegation (org, role)
--;
CREATE TABLE notify_person (
  person bytes NOT NULL PRIMARY KEY REFERENCES person (id),
  mail text NOT NULL,
  verified_at i64,
  pending text NOT NULL,
  code text NOT NULL,
  code_at i64,
  code_tries i64 NOT NULL,
  codes i64 NOT NULL,
  codes_from i64 NOT NULL,
  lang text NOT NULL,
  digest i64 NOT NULL
)
--;
CREATE TABLE notify_choice (
  person bytes NOT NULL REFERENCES person (id),
  category text NOT NULL,
  channel text NOT NULL,
  chosen i64 NOT NULL,
  PRIMARY KEY (person, category, channel)
)
--;
CREATE TABLE delivery (
  id bytes NOT NULL PRIMARY KEY,
  channel text NOT NULL,
  kind text NOT NULL,
  notice bytes,
  person bytes,
  webhook bytes,
  pos i64,
  target text NOT NULL,
  batch bytes,
  state text NOT NULL,
  tries i64 NOT NULL,
  next_at i64 NOT NULL,
  lease_by bytes,
  lease_until i64 NOT NULL,
  made_at i64 NOT NULL,
  done_at i64,
  code i64 NOT NULL,
  fault text NOT NULL,
  detail text NOT NULL
)
--;
CREATE INDEX delivery_mail ON delivery (next_at, id) WHERE state = 'waiting' AND channel = 'mail'
--;
CREATE INDEX delivery_batch ON delivery (batch) WHERE batch IS NOT NULL
--;
CREATE INDEX delivery_person ON delivery (person, id) WHERE person IS NOT NULL
--;
CREATE INDEX delivery_webhook ON delivery (webhook, id) WHERE webhook IS NOT NULL
--;
CREATE INDEX delivery_next ON delivery (webhook, pos, id) WHERE state = 'waiting' AND channel = 'webhook'
--;
CREATE INDEX delivery_made ON delivery (made_at)
