ALTER TABLE org ADD COLUMN sector text NOT NULL DEFAULT ''
--;
-- who filed, where that is not the unit the case is about; NULL in cases from before
ALTER TABLE case_file ADD COLUMN filer_org bytes
--;
CREATE INDEX case_file_about ON case_file (about_case) WHERE about_case IS NOT NULL
--;
CREATE INDEX resource_running ON resource (cloud, unit, lease_last, id) WHERE state = 'running'
--;
CREATE INDEX resource_size_open ON resource_size (resource, item, qty_milli) WHERE to_at IS NULL
--;
CREATE INDEX quota_line_case ON quota_line (case_id)
--;
CREATE INDEX org_countersign ON org (countersign) WHERE countersign IS NOT NULL
