-- 1: found by a rule whose findings are listed behind all others
ALTER TABLE finding ADD COLUMN minor i64 NOT NULL DEFAULT 0
--;
CREATE INDEX finding_order ON finding (minor, id DESC)
--;
-- how many there are by rule is counted here alone
CREATE INDEX finding_tally ON finding (rule, minor, state, cloud, unit, project)
