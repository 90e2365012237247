-- what held a lease, from when until when (open: lease.hold_case says the same). Of what was refused
-- before this table nothing is left to tell it; a late one that was granted held nothing: one filed
-- after the last day, or of which it was already told that it ran on
CREATE TABLE lease_held (
  lease bytes NOT NULL REFERENCES lease (id),
  from_at i64 NOT NULL,
  until_at i64,
  case_id bytes NOT NULL,
  PRIMARY KEY (lease, from_at)
)
--;
INSERT INTO lease_held (lease, from_at, until_at, case_id)
  SELECT l.id, c.filed_at, NULL, l.hold_case FROM lease l JOIN case_file c ON c.id = l.hold_case
    WHERE l.ended_at IS NULL
--;
INSERT INTO lease_held (lease, from_at, until_at, case_id)
  SELECT l.id, c.filed_at, l.ended_at, n.case_id FROM lease l JOIN lease n ON n.resource = l.resource
    AND n.seq = l.seq + 1 JOIN case_file c ON c.id = n.case_id WHERE l.ended_as = 'extended'
    AND c.filed_at < l.ended_at AND c.filed_at < (l.last_day + 1) * 86400000000 - 28800000000
    AND l.lapse_told = 0
--;
-- whose a step was, and when it was due, until an instant: only of what changed while it was open
CREATE TABLE case_step_past (
  step bytes NOT NULL REFERENCES case_step (id),
  until_at i64 NOT NULL,
  org bytes,
  due_day i64,
  PRIMARY KEY (step, until_at)
)
--;
CREATE INDEX case_step_past_due ON case_step_past (due_day) WHERE due_day IS NOT NULL
