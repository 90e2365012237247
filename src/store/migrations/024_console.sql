-- lists as a person keeps them in the console, and what the person prefers there
CREATE TABLE person_view (
  person bytes NOT NULL REFERENCES person (id),
  page text NOT NULL,
  name text NOT NULL,
  value text NOT NULL,
  changed_at i64 NOT NULL,
  PRIMARY KEY (person, page, name)
)
--;
-- the working days that a closed step took; -1: nobody decided it; NULL: not counted yet
ALTER TABLE case_step ADD COLUMN used_wd i64
--;
CREATE INDEX case_step_uncounted ON case_step (id) WHERE closed_at IS NOT NULL AND used_wd IS NULL
--;
-- decided steps by the month (its first day) they were decided in and the working days they took
CREATE TABLE step_sum (
  month i64 NOT NULL,
  org bytes NOT NULL,
  cloud bytes NOT NULL,
  procedure_name text NOT NULL,
  step text NOT NULL,
  used_wd i64 NOT NULL,
  on_time i64 NOT NULL,
  late i64 NOT NULL,
  unclocked i64 NOT NULL,
  PRIMARY KEY (month, org, cloud, procedure_name, step, used_wd)
) clustered
--;
-- both cover the sums of what is open
CREATE INDEX case_file_open ON case_file (id, procedure_name, cloud) WHERE ended_at IS NULL
--;
CREATE INDEX case_step_open ON case_step (org, step, due_day, case_id) WHERE closed_at IS NULL
