-- what was found and is dealt with in the case (Art. 25)
ALTER TABLE case_file ADD COLUMN finding bytes
--;
CREATE INDEX case_file_finding ON case_file (finding) WHERE finding IS NOT NULL
--;
-- nothing more is issued to a system from then on, by which case
ALTER TABLE info_system ADD COLUMN supply_stopped_at i64
--;
ALTER TABLE info_system ADD COLUMN supply_case bytes
--;
CREATE INDEX resource_system ON resource (info_system, id) WHERE info_system IS NOT NULL
