DROP INDEX reservation_live
--;
CREATE INDEX reservation_live_unit ON reservation (unit, dim, first_day, last_day, case_id, qty_milli) WHERE released_at IS NULL
--;
CREATE INDEX reservation_live_project ON reservation (project, dim, first_day, last_day, case_id, qty_milli) WHERE released_at IS NULL
--;
DROP INDEX case_step_case
--;
CREATE INDEX case_step_case ON case_step (case_id, id)
--;
DROP INDEX quota_line_project
--;
CREATE INDEX quota_line_project ON quota_line (project, id)
--;
DROP INDEX quota_line_unit
--;
CREATE INDEX quota_line_unit ON quota_line (unit, id)
--;
DROP INDEX resource_project
--;
CREATE INDEX resource_project ON resource (project, id)
--;
DROP INDEX resource_unit
--;
CREATE INDEX resource_unit ON resource (unit, id)
