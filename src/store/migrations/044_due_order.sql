-- steps in the order of the instants at which they are due: a clock in hours has its own
DROP INDEX case_step_desk
--;
CREATE INDEX case_step_desk ON case_step (org, role, COALESCE(due_at, COALESCE(due_day, 84005) * 86400000000 + 57600000000), id) WHERE closed_at IS NULL
--;
DROP INDEX case_step_waiting
--;
CREATE INDEX case_step_waiting ON case_step (COALESCE(due_at, COALESCE(due_day, 84005) * 86400000000 + 57600000000), id) WHERE closed_at IS NULL
