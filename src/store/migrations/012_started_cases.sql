-- the trigger that began a case that nobody filed
ALTER TABLE case_file ADD COLUMN started_by text NOT NULL DEFAULT ''
--;
CREATE UNIQUE INDEX backup_note_case ON backup_note (case_id, resource)
