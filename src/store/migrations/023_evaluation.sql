-- a version of a scheme of evaluation (Art. 33); once enacted it never changes
CREATE TABLE scheme (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  cloud bytes NOT NULL REFERENCES cloud (id),
  code text NOT NULL,
  number i64 NOT NULL,
  subject text NOT NULL,
  title text NOT NULL,
  state text NOT NULL,
  definition text NOT NULL,
  digest bytes NOT NULL,
  from_day i64,
  case_id bytes,
  made_by bytes NOT NULL REFERENCES person (id),
  made_at i64 NOT NULL,
  version i64 NOT NULL,
  UNIQUE (cloud, code, number)
)
--;
CREATE TABLE evaluation (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  scheme bytes NOT NULL REFERENCES scheme (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  code text NOT NULL,
  subject text NOT NULL,
  period text NOT NULL,
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  state text NOT NULL,
  pack bytes NOT NULL REFERENCES pack (digest),
  as_of i64 NOT NULL,
  digest bytes NOT NULL,
  subjects i64 NOT NULL,
  case_id bytes,
  made_by bytes NOT NULL REFERENCES person (id),
  made_at i64 NOT NULL,
  objection_last i64,
  published_at i64,
  version i64 NOT NULL,
  UNIQUE (cloud, code, period)
)
--;
-- of one unit or provider
CREATE TABLE eval_result (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  evaluation bytes NOT NULL REFERENCES evaluation (id),
  org bytes NOT NULL REFERENCES org (id),
  withheld i64 NOT NULL,
  known_e2 i64 NOT NULL,
  score_e2 i64 NOT NULL,
  grade i64 NOT NULL,
  factor_e6 i64 NOT NULL,
  rectify i64 NOT NULL,
  case_id bytes,
  digest bytes NOT NULL,
  version i64 NOT NULL,
  UNIQUE (evaluation, org)
)
--;
CREATE INDEX eval_result_org ON eval_result (org, id)
--;
CREATE TABLE eval_score (
  result bytes NOT NULL REFERENCES eval_result (id),
  indicator i64 NOT NULL,
  code text NOT NULL,
  kind text NOT NULL,
  known i64 NOT NULL,
  num i64 NOT NULL,
  den i64 NOT NULL,
  score_e2 i64 NOT NULL,
  weight_e2 i64 NOT NULL,
  facts i64 NOT NULL,
  digest bytes NOT NULL,
  evidence text NOT NULL,
  reference text NOT NULL,
  scorer bytes,
  case_id bytes,
  made_at i64 NOT NULL,
  PRIMARY KEY (result, indicator)
)
--;
-- what was said by hand, which outlives a new reckoning of the draft
CREATE TABLE eval_hand (
  evaluation bytes NOT NULL REFERENCES evaluation (id),
  org bytes NOT NULL REFERENCES org (id),
  code text NOT NULL,
  kind text NOT NULL,
  known i64 NOT NULL,
  num i64 NOT NULL,
  den i64 NOT NULL,
  evidence text NOT NULL,
  reference text NOT NULL,
  scorer bytes NOT NULL REFERENCES person (id),
  case_id bytes,
  made_at i64 NOT NULL,
  PRIMARY KEY (evaluation, org, code)
)
--;
-- the facts behind a score in order, a thousand lines a part, compressed
CREATE TABLE eval_trace (
  result bytes NOT NULL REFERENCES eval_result (id),
  indicator i64 NOT NULL,
  part i64 NOT NULL,
  body bytes NOT NULL,
  PRIMARY KEY (result, indicator, part)
)
--;
CREATE INDEX case_step_fulfil ON case_step (due_day) WHERE kind = 'fulfil'
--;
CREATE INDEX event_order ON event (at, org) WHERE kind = 'order.issued'
--;
CREATE INDEX finding_found ON finding (cloud, found_at)
--;
CREATE INDEX lease_last ON lease (last_day)
--;
-- what a unit thinks of a catalogue item it uses (Art. 16), once a quarter
CREATE TABLE item_rating (
  unit bytes NOT NULL REFERENCES org (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  code text NOT NULL,
  quarter i64 NOT NULL,
  score i64 NOT NULL,
  comment text NOT NULL,
  person bytes NOT NULL REFERENCES person (id),
  made_at i64 NOT NULL,
  PRIMARY KEY (cloud, code, quarter, unit)
)
--;
-- figures of a catalogue's use as they were when they were put on record
CREATE TABLE experience (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL UNIQUE,
  cloud bytes NOT NULL REFERENCES cloud (id),
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  body text NOT NULL,
  digest bytes NOT NULL,
  made_by bytes NOT NULL REFERENCES person (id),
  made_at i64 NOT NULL
)
