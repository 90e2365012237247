-- orders of lists: steps by the instants at which they are due (a clock in hours has its own), statements with
-- the last month first
DROP INDEX case_step_desk
--;
CREATE INDEX case_step_desk ON case_step (org, role, COALESCE(due_at, COALESCE(due_day, 84005) * 86400000000 + 57600000000), id) WHERE closed_at IS NULL
--;
DROP INDEX case_step_waiting
--;
CREATE INDEX case_step_waiting ON case_step (COALESCE(due_at, COALESCE(due_day, 84005) * 86400000000 + 57600000000), id) WHERE closed_at IS NULL
--;
CREATE INDEX statement_newest ON statement_kept (month DESC, no)
--;
-- who urges from a district has no account at the city, but a name
CREATE TABLE urging_anew (
  id bytes NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  case_id bytes NOT NULL REFERENCES case_file (id),
  step bytes NOT NULL REFERENCES case_step (id),
  desk bytes NOT NULL REFERENCES org (id),
  person bytes REFERENCES person (id),
  far_person text NOT NULL,
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
INSERT INTO urging_anew (id, kind, case_id, step, desk, person, far_person, org, role, reason, answer_by, made_at,
  answer, answered_at, answered_by) SELECT id, kind, case_id, step, desk, person, '', org, role, reason, answer_by,
  made_at, answer, answered_at, answered_by FROM urging
--;
DROP TABLE urging
--;
ALTER TABLE urging_anew RENAME TO urging
--;
CREATE INDEX urging_case ON urging (case_id, id)
--;
CREATE INDEX urging_step ON urging (step, org, id)
--;
CREATE INDEX urging_open ON urging (case_id, answer_by) WHERE kind = 'supervise' AND answered_at IS NULL
