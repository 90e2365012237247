ALTER TABLE item ADD COLUMN package_milli i64 NOT NULL DEFAULT 0
--;
ALTER TABLE item ADD COLUMN metric text NOT NULL DEFAULT ''
--;
ALTER TABLE item ADD COLUMN metric_as text NOT NULL DEFAULT ''
--;
ALTER TABLE item ADD COLUMN metric_per i64 NOT NULL DEFAULT 0
--;
-- what it was before formal_at; in packs from before, a procedure is named as the kind it opens
ALTER TABLE resource ADD COLUMN former_kind text NOT NULL DEFAULT ''
--;
UPDATE resource SET former_kind = coalesce((SELECT c.procedure_name FROM case_file c
  WHERE c.id = resource.case_id), '') WHERE formal_at > opened_at
--;
CREATE INDEX resource_settle ON resource
  (cloud, id, unit, project, provider, kind, former_kind, formal_at, stopped_at)
--;
-- a month is reckoned from the sizes of all resources, in the order of this key
CREATE TABLE resource_size_by_key (
  resource bytes NOT NULL REFERENCES resource (id),
  from_at i64 NOT NULL,
  to_at i64,
  item bytes NOT NULL REFERENCES item (id),
  qty_milli i64 NOT NULL,
  case_id bytes NOT NULL,
  PRIMARY KEY (resource, from_at)
) clustered
--;
INSERT INTO resource_size_by_key (resource, from_at, to_at, item, qty_milli, case_id)
  SELECT resource, from_at, to_at, item, qty_milli, case_id FROM resource_size
  ORDER BY resource, from_at
--;
DROP TABLE resource_size
--;
ALTER TABLE resource_size_by_key RENAME TO resource_size
--;
CREATE INDEX resource_size_open ON resource_size (resource, to_at, item, qty_milli) WHERE to_at IS NULL
--;
-- a run that writes, or one whose rows are to be taken away again: until_at 0
CREATE TABLE reckoning (
  id bytes NOT NULL PRIMARY KEY,
  cloud bytes NOT NULL REFERENCES cloud (id),
  month i64 NOT NULL,
  as_of i64 NOT NULL,
  until_at i64 NOT NULL
)
--;
CREATE TABLE settlement (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  cloud bytes NOT NULL REFERENCES cloud (id),
  month i64 NOT NULL,
  number i64 NOT NULL,
  state text NOT NULL,
  reckoning bytes NOT NULL,
  pack bytes NOT NULL,
  as_of i64 NOT NULL,
  case_id bytes,
  digest bytes NOT NULL,
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
-- rows of every reckoning; only those of a settlement's present one are seen, in the view below
CREATE TABLE statement_kept (
  id bytes NOT NULL PRIMARY KEY,
  settlement bytes NOT NULL,
  reckoning bytes NOT NULL,
  no text NOT NULL,
  cloud bytes NOT NULL REFERENCES cloud (id),
  month i64 NOT NULL,
  unit bytes NOT NULL REFERENCES org (id),
  project bytes NOT NULL REFERENCES project (id),
  provider bytes,
  payer bytes,
  fault text,
  lines i64 NOT NULL,
  total_fen i64 NOT NULL,
  paid_fen i64 NOT NULL,
  digest bytes,
  signature bytes,
  key_id text,
  version i64 NOT NULL,
  UNIQUE (reckoning, no)
) clustered
--;
CREATE INDEX statement_no ON statement_kept (no)
--;
CREATE INDEX statement_unit ON statement_kept (unit, month)
--;
CREATE INDEX statement_payer ON statement_kept (payer, month)
--;
CREATE INDEX statement_provider ON statement_kept (provider, month)
--;
CREATE VIEW statement AS SELECT t.id, t.settlement, t.no, t.cloud, t.month, t.unit, t.project,
  t.provider, t.payer, CASE WHEN t.fault IS NOT NULL THEN 'stopped' WHEN s.state = 'closed' THEN
  'closed' ELSE 'draft' END AS state, t.fault, t.lines, t.total_fen, t.paid_fen, t.digest,
  t.signature, t.key_id, s.closed_at, t.version, t.reckoning FROM statement_kept t JOIN settlement s
  ON s.id = t.settlement AND s.reckoning = t.reckoning
--;
CREATE TABLE statement_line (
  statement bytes NOT NULL REFERENCES statement_kept (id),
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
) clustered
--;
CREATE INDEX statement_line_corrects ON statement_line (corrects) WHERE corrects IS NOT NULL
--;
CREATE TABLE usage_kept (
  reckoning bytes NOT NULL,
  resource bytes NOT NULL REFERENCES resource (id),
  code text NOT NULL,
  from_at i64 NOT NULL,
  to_at i64 NOT NULL,
  qty_milli i64 NOT NULL,
  coverage_milli i64 NOT NULL,
  PRIMARY KEY (reckoning, resource, code, from_at)
) clustered
--;
CREATE VIEW usage_input AS SELECT s.id AS settlement, u.resource, u.code, u.from_at, u.to_at,
  u.qty_milli, u.coverage_milli FROM usage_kept u JOIN settlement s ON s.reckoning = u.reckoning
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
CREATE INDEX usage_adjustment_time ON usage_adjustment (to_at)
--;
CREATE TABLE correction_due (
  id bytes NOT NULL PRIMARY KEY,
  statement bytes NOT NULL REFERENCES statement_kept (id),
  reason text NOT NULL,
  case_id bytes,
  made_at i64 NOT NULL,
  settlement bytes
)
--;
CREATE INDEX correction_due_statement ON correction_due (statement)
--;
CREATE INDEX correction_due_open ON correction_due (statement) WHERE settlement IS NULL
--;
CREATE TABLE payment (
  id bytes NOT NULL PRIMARY KEY,
  statement bytes NOT NULL REFERENCES statement_kept (id),
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
--;
-- public keys that signed statements, so that any server, and anybody later, can verify them
CREATE TABLE signing_key (
  id text NOT NULL PRIMARY KEY,
  public_pem text NOT NULL,
  made_at i64 NOT NULL
)
