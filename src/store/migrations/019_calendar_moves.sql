-- how often the due day of a step moved and when last; the day last told, while there is none
ALTER TABLE case_step ADD COLUMN due_moves i64 NOT NULL DEFAULT 0
--;
ALTER TABLE case_step ADD COLUMN due_moved_at i64
--;
ALTER TABLE case_step ADD COLUMN due_before i64
--;
CREATE INDEX case_step_closed ON case_step (org, role, closed_at) WHERE closed_at IS NOT NULL
