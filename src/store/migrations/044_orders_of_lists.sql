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
