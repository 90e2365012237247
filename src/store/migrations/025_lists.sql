-- lists of cases by what tables are narrowed and sorted by
CREATE INDEX case_file_state ON case_file (state, id)
--;
CREATE INDEX case_file_procedure ON case_file (procedure_name, id)
--;
DROP INDEX case_file_project
--;
CREATE INDEX case_file_project ON case_file (project, id)
--;
CREATE INDEX case_step_waiting ON case_step (COALESCE(due_day, 84005), id) WHERE closed_at IS NULL
--;
CREATE INDEX case_file_filer ON case_file (filer_org, id)
--;
CREATE INDEX case_file_provider ON case_file (provider, id) WHERE subject IS NOT NULL
--;
-- what a search finds by the end of a number, and by the beginning of a resource's name
CREATE INDEX case_file_tail ON case_file (substr(no, length(no) - 5))
--;
CREATE INDEX resource_tail ON resource (substr(no, length(no) - 5))
--;
CREATE INDEX resource_name ON resource (lower(name))
