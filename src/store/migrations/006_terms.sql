DROP INDEX reservation_live
--;
CREATE INDEX reservation_live_unit ON reservation (unit, dim, first_day, last_day, case_id, qty_milli) WHERE released_at IS NULL
--;
CREATE INDEX reservation_live_project ON reservation (project, dim, first_day, last_day, case_id, qty_milli) WHERE released_at IS NULL
--;
DROP INDEX case_step_case
--;
CREATE INDEX case_step_case ON case_step (case_id, id)
