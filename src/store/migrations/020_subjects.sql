-- one record that a case is about: a catalogue edition, a finding, a settlement, a statement …;
-- the procedure says of which kind
ALTER TABLE case_file ADD COLUMN subject bytes
--;
UPDATE case_file SET subject = COALESCE(finding, edition)
--;
CREATE INDEX case_file_subject ON case_file (subject) WHERE subject IS NOT NULL
--;
DROP INDEX case_file_finding
--;
ALTER TABLE case_file DROP COLUMN finding
--;
ALTER TABLE case_file DROP COLUMN edition
