-- what the watch found (Art. 25); about one resource, or (resource NULL) about a whole system
CREATE TABLE finding (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  rule text NOT NULL,
  article text NOT NULL,
  subject bytes NOT NULL,
  resource bytes REFERENCES resource (id),
  info_system bytes REFERENCES info_system (id),
  project bytes NOT NULL REFERENCES project (id),
  unit bytes NOT NULL REFERENCES org (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  state text NOT NULL,
  case_id bytes,
  pack bytes NOT NULL REFERENCES pack (digest),
  evidence text NOT NULL,
  evidence_digest bytes NOT NULL,
  advice text NOT NULL,
  found_at i64 NOT NULL,
  ended_at i64,
  ended_by bytes,
  reason text NOT NULL,
  version i64 NOT NULL,
  UNIQUE (rule, subject, first_day, last_day)
)
--;
CREATE INDEX finding_subject ON finding (subject, id)
--;
CREATE INDEX finding_unit ON finding (unit, id)
--;
CREATE INDEX finding_cloud ON finding (cloud, id)
--;
CREATE INDEX finding_case ON finding (case_id) WHERE case_id IS NOT NULL
--;
-- every resource a finding is about: one, or those of the system
CREATE TABLE finding_resource (
  finding bytes NOT NULL REFERENCES finding (id),
  resource bytes NOT NULL REFERENCES resource (id),
  PRIMARY KEY (finding, resource)
)
--;
CREATE INDEX finding_resource_resource ON finding_resource (resource)
--;
-- scope: what it was asked to look at; a scan with the same outcome as an earlier one is that one
CREATE TABLE watch_scan (
  id bytes NOT NULL PRIMARY KEY,
  cloud bytes REFERENCES cloud (id),
  unit bytes REFERENCES org (id),
  rule text NOT NULL,
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  pack bytes NOT NULL REFERENCES pack (digest),
  digest bytes NOT NULL,
  resources i64 NOT NULL,
  flagged i64 NOT NULL,
  fine i64 NOT NULL,
  unknown i64 NOT NULL,
  excepted i64 NOT NULL,
  person bytes,
  made_at i64 NOT NULL
)
--;
CREATE INDEX watch_scan_window ON watch_scan (first_day, last_day, id)
--;
-- the explained verdicts in order, a thousand lines a part, compressed
CREATE TABLE watch_result (
  scan bytes NOT NULL REFERENCES watch_scan (id),
  part i64 NOT NULL,
  body bytes NOT NULL,
  PRIMARY KEY (scan, part)
)
