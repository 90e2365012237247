ALTER TABLE org ADD COLUMN sector text NOT NULL DEFAULT ''
--;
-- who filed, where that is not the unit the case is about; NULL in cases from before
ALTER TABLE case_file ADD COLUMN filer_org bytes
--;
CREATE INDEX case_file_about ON case_file (about_case) WHERE about_case IS NOT NULL
--;
-- both cover the sums of an allocation, in the same order, so that neighbours stand on one page
CREATE INDEX resource_running ON resource (cloud, state, id, unit, lease_last)
--;
CREATE INDEX resource_size_open ON resource_size (resource, to_at, item, qty_milli) WHERE to_at IS NULL
--;
CREATE INDEX quota_line_case ON quota_line (case_id)
--;
CREATE INDEX org_countersign ON org (countersign) WHERE countersign IS NOT NULL
