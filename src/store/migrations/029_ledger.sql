-- a record of a register of the pack: its content is the form of the cases that made it
CREATE TABLE ledger (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  register text NOT NULL,
  state text NOT NULL,
  final i64 NOT NULL,
  title text NOT NULL,
  cloud bytes NOT NULL REFERENCES cloud (id),
  org bytes REFERENCES org (id),
  provider bytes REFERENCES org (id),
  project bytes REFERENCES project (id),
  info_system bytes REFERENCES info_system (id),
  resource bytes REFERENCES resource (id),
  parent bytes REFERENCES ledger (id),
  about_case bytes REFERENCES case_file (id),
  filer_org bytes NOT NULL REFERENCES org (id),
  case_id bytes NOT NULL REFERENCES case_file (id),
  from_day i64,
  until_day i64,
  content text NOT NULL,
  figures text NOT NULL,
  lines text NOT NULL,
  entered_at i64 NOT NULL,
  changed_at i64 NOT NULL,
  version i64 NOT NULL
)
--;
CREATE INDEX ledger_register ON ledger (register, id)
--;
CREATE INDEX ledger_cloud ON ledger (cloud, register, final)
--;
CREATE INDEX ledger_org ON ledger (org, register) WHERE org IS NOT NULL
--;
CREATE INDEX ledger_provider ON ledger (provider, register) WHERE provider IS NOT NULL
--;
CREATE INDEX ledger_project ON ledger (project, register) WHERE project IS NOT NULL
--;
CREATE INDEX ledger_system ON ledger (info_system, register) WHERE info_system IS NOT NULL
--;
CREATE INDEX ledger_parent ON ledger (parent, id) WHERE parent IS NOT NULL
--;
CREATE INDEX ledger_case ON ledger (case_id, id)
--;
CREATE INDEX ledger_filer ON ledger (filer_org, register)
--;
-- what of it is summed: figures and quantities, in thousandths
CREATE TABLE ledger_figure (
  record bytes NOT NULL REFERENCES ledger (id),
  figure text NOT NULL,
  value_milli i64 NOT NULL,
  PRIMARY KEY (record, figure)
)
--;
CREATE TABLE ledger_line (
  record bytes NOT NULL REFERENCES ledger (id),
  line text NOT NULL,
  dimension text NOT NULL,
  qty_milli i64 NOT NULL,
  PRIMARY KEY (record, line, dimension)
)
--;
-- how it came to be what it is: one row a change, with the case that made it
CREATE TABLE ledger_version (
  record bytes NOT NULL REFERENCES ledger (id),
  version i64 NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  case_id bytes NOT NULL REFERENCES case_file (id),
  from_day i64,
  until_day i64,
  content text NOT NULL,
  made_at i64 NOT NULL,
  PRIMARY KEY (record, version)
)
--;
-- what somebody owes by a day, with an article; subject: what it is about, whatever that is
CREATE TABLE duty (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  kind text NOT NULL,
  article text NOT NULL,
  what text NOT NULL,
  state text NOT NULL,
  owner_role text NOT NULL,
  owner bytes NOT NULL REFERENCES org (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  org bytes REFERENCES org (id),
  project bytes REFERENCES project (id),
  info_system bytes REFERENCES info_system (id),
  record bytes REFERENCES ledger (id),
  subject bytes NOT NULL,
  laid_by bytes REFERENCES case_file (id),
  done_by bytes REFERENCES case_file (id),
  from_day i64 NOT NULL,
  due_day i64 NOT NULL,
  remind_day i64,
  told_overdue i64 NOT NULL,
  reason text NOT NULL,
  laid_at i64 NOT NULL,
  ended_at i64,
  version i64 NOT NULL
)
--;
CREATE INDEX duty_open ON duty (due_day, id) WHERE ended_at IS NULL
--;
CREATE INDEX duty_remind ON duty (remind_day) WHERE remind_day IS NOT NULL
--;
CREATE INDEX duty_owner ON duty (owner, due_day, id)
--;
CREATE INDEX duty_cloud ON duty (cloud, due_day, id)
--;
CREATE INDEX duty_subject ON duty (kind, subject, due_day)
--;
CREATE INDEX duty_laid ON duty (laid_by) WHERE laid_by IS NOT NULL
