-- each extension or correction is a further row; at most one row of a resource has not ended
CREATE TABLE lease (
  id bytes NOT NULL PRIMARY KEY,
  resource bytes NOT NULL REFERENCES resource (id),
  seq i64 NOT NULL,
  extensions i64 NOT NULL,
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  case_id bytes NOT NULL,
  made_at i64 NOT NULL,
  told i64 NOT NULL,
  lapse_told i64 NOT NULL,
  hold_case bytes,
  ended_at i64,
  ended_as text NOT NULL,
  UNIQUE (resource, seq)
)
--;
CREATE UNIQUE INDEX lease_live ON lease (resource) WHERE ended_at IS NULL
--;
CREATE INDEX lease_ends ON lease (last_day, resource) WHERE ended_at IS NULL
--;
CREATE INDEX lease_hold ON lease (hold_case) WHERE hold_case IS NOT NULL
--;
-- what econ_info allowed for one resource ends with that resource's use, whatever its lease says
ALTER TABLE quota_line ADD COLUMN resource bytes
--;
CREATE INDEX quota_line_resource ON quota_line (resource) WHERE resource IS NOT NULL
--;
-- the kind of resources that will be opened from it, where their share of the quota is limited
ALTER TABLE reservation ADD COLUMN kind text NOT NULL DEFAULT ''
