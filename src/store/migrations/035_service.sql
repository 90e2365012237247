-- the day on which a paper counts as served though nobody opened it; when that was recorded
ALTER TABLE paper ADD COLUMN deemed_day i64
--;
-- the period after its sending by which that day is reckoned; empty: never deemed
ALTER TABLE paper ADD COLUMN deemed_after text NOT NULL DEFAULT ''
--;
ALTER TABLE paper ADD COLUMN deemed_at i64
--;
-- when what it says last changed; NULL: when it was laid
ALTER TABLE duty ADD COLUMN changed_at i64
--;
-- who waits for a step urges its desk; the authority supervises a case, and wants an answer by a day
CREATE TABLE urging (
  id bytes NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  case_id bytes NOT NULL REFERENCES case_file (id),
  step bytes NOT NULL REFERENCES case_step (id),
  desk bytes NOT NULL REFERENCES org (id),
  person bytes NOT NULL REFERENCES person (id),
  org bytes NOT NULL REFERENCES org (id),
  role text NOT NULL,
  reason text NOT NULL,
  answer_by i64,
  made_at i64 NOT NULL,
  answer text NOT NULL DEFAULT '',
  answered_at i64,
  answered_by bytes REFERENCES person (id)
)
--;
CREATE INDEX urging_case ON urging (case_id, id)
--;
CREATE INDEX urging_step ON urging (step, org, id)
--;
CREATE INDEX urging_open ON urging (case_id, answer_by) WHERE kind = 'supervise' AND answered_at IS NULL
--;
-- what came from outside about a case; its document, where there is one, belongs to the case
CREATE TABLE letter (
  id bytes NOT NULL PRIMARY KEY,
  case_id bytes NOT NULL REFERENCES case_file (id),
  sender text NOT NULL,
  number text NOT NULL,
  day i64 NOT NULL,
  subject text NOT NULL,
  document bytes REFERENCES document (id),
  person bytes NOT NULL REFERENCES person (id),
  org bytes NOT NULL REFERENCES org (id),
  registered_at i64 NOT NULL
)
--;
CREATE INDEX letter_case ON letter (case_id, id)
--;
CREATE INDEX letter_number ON letter (number)
--;
ALTER TABLE org ADD COLUMN paper_prefix text NOT NULL DEFAULT ''
