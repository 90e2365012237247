ALTER TABLE job ADD COLUMN failed_at i64
--;
ALTER TABLE job ADD COLUMN figures text NOT NULL DEFAULT ''
--;
DROP INDEX job_due
--;
DROP INDEX job_ref
--;
CREATE INDEX job_due ON job (due_at, id) WHERE done_at IS NULL
--;
CREATE INDEX job_ref ON job (ref, due_at, id) WHERE done_at IS NULL
--;
CREATE INDEX job_kind ON job (kind, due_at, id) WHERE done_at IS NULL
--;
CREATE INDEX job_failing ON job (due_at, id) WHERE done_at IS NULL AND tries > 0
--;
CREATE INDEX job_done ON job (done_at, id) WHERE done_at IS NOT NULL
--;
DELETE FROM job WHERE kind = 'agent.scan'
