ALTER TABLE item ADD COLUMN package_milli i64 NOT NULL DEFAULT 0
--;
ALTER TABLE item ADD COLUMN metric text NOT NULL DEFAULT ''
--;
ALTER TABLE item ADD COLUMN metric_as text NOT NULL DEFAULT ''
--;
ALTER TABLE item ADD COLUMN metric_per i64 NOT NULL DEFAULT 0
--;
CREATE TABLE settlement (
  id bytes NOT NULL PRIMARY KEY,
  cloud bytes NOT NULL REFERENCES cloud (id),
  month i64 NOT NULL,
  number i64 NOT NULL,
  no text NOT NULL UNIQUE,
  state text NOT NULL,
  pack bytes NOT NULL,
  as_of i64 NOT NULL,
  case_id bytes,
  digest bytes,
  statements i64 NOT NULL,
  stopped i64 NOT NULL,
  lines i64 NOT NULL,
  total_fen i64 NOT NULL,
  made_at i64 NOT NULL,
  closed_at i64,
  version i64 NOT NULL,
  UNIQUE (cloud, month, number)
)
--;
CREATE TABLE statement (
  id bytes NOT NULL PRIMARY KEY,
  settlement bytes NOT NULL REFERENCES settlement (id),
  no text NOT NULL UNIQUE,
  cloud bytes NOT NULL REFERENCES cloud (id),
  month i64 NOT NULL,
  unit bytes NOT NULL REFERENCES org (id),
  project bytes NOT NULL REFERENCES project (id),
  provider bytes,
  payer bytes,
  state text NOT NULL,
  fault text,
  lines i64 NOT NULL,
  total_fen i64 NOT NULL,
  paid_fen i64 NOT NULL,
  digest bytes,
  signature bytes,
  key_id text,
  closed_at i64,
  version i64 NOT NULL
)
--;
CREATE INDEX statement_settlement ON statement (settlement)
--;
CREATE INDEX statement_unit ON statement (unit, month)
--;
CREATE TABLE statement_line (
  statement bytes NOT NULL REFERENCES statement (id),
  line i64 NOT NULL,
  kind text NOT NULL,
  resource_kind text NOT NULL,
  billed i64 NOT NULL,
  item bytes NOT NULL REFERENCES item (id),
  code text NOT NULL,
  resources i64 NOT NULL,
  intervals i64 NOT NULL,
  usage text NOT NULL,
  list_fen i64 NOT NULL,
  factor_e6 i64 NOT NULL,
  factor bytes,
  amount_fen i64 NOT NULL,
  corrects bytes,
  corrects_line i64,
  reason text NOT NULL,
  case_id bytes,
  PRIMARY KEY (statement, line)
)
--;
CREATE TABLE usage_input (
  settlement bytes NOT NULL REFERENCES settlement (id),
  resource bytes NOT NULL REFERENCES resource (id),
  code text NOT NULL,
  from_at i64 NOT NULL,
  to_at i64 NOT NULL,
  qty_milli i64 NOT NULL,
  coverage_milli i64 NOT NULL,
  PRIMARY KEY (settlement, resource, code, from_at)
)
--;
CREATE TABLE usage_adjustment (
  id bytes NOT NULL PRIMARY KEY,
  resource bytes NOT NULL REFERENCES resource (id),
  code text NOT NULL,
  from_at i64 NOT NULL,
  to_at i64 NOT NULL,
  qty_milli i64 NOT NULL,
  reason text NOT NULL,
  case_id bytes NOT NULL,
  made_at i64 NOT NULL
)
--;
CREATE INDEX usage_adjustment_resource ON usage_adjustment (resource)
--;
CREATE TABLE correction_due (
  id bytes NOT NULL PRIMARY KEY,
  statement bytes NOT NULL REFERENCES statement (id),
  reason text NOT NULL,
  case_id bytes,
  made_at i64 NOT NULL,
  settlement bytes
)
--;
CREATE INDEX correction_due_open ON correction_due (statement) WHERE settlement IS NULL
--;
CREATE TABLE payment (
  id bytes NOT NULL PRIMARY KEY,
  statement bytes NOT NULL REFERENCES statement (id),
  day i64 NOT NULL,
  fen i64 NOT NULL,
  reference text NOT NULL,
  note text NOT NULL,
  person bytes NOT NULL,
  made_at i64 NOT NULL
)
--;
CREATE INDEX payment_statement ON payment (statement)
--;
CREATE TABLE provider_factor (
  id bytes NOT NULL PRIMARY KEY,
  provider bytes NOT NULL REFERENCES org (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  from_month i64 NOT NULL,
  factor_e6 i64 NOT NULL,
  evaluation bytes,
  case_id bytes,
  made_at i64 NOT NULL
)
--;
CREATE INDEX provider_factor_provider ON provider_factor (provider, cloud, from_month)
