-- what runs, kept by whoever changes a size: what it changed by in a month (its first day), and in
-- the month -1 all of it, which is what runs now
CREATE TABLE allocated (
  project bytes NOT NULL REFERENCES project (id),
  month i64 NOT NULL,
  dim text NOT NULL,
  qty_milli i64 NOT NULL,
  PRIMARY KEY (project, month, dim)
) clustered
--;
-- of all intervals until now, what begins and what ends; the month of a day by the civil calendar,
-- as src/base/time.c reckons it, counted from a March on
INSERT INTO allocated (project, month, dim, qty_milli)
SELECT project, day - (doy - (153 * ((5 * doy + 2) / 153) + 2) / 5), dim, SUM(qty) FROM (
  SELECT project, dim, qty, day, doe - (365 * yoe + yoe / 4 - yoe / 100) AS doy FROM (
    SELECT project, dim, qty, day, doe, (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365 AS yoe FROM (
      SELECT project, dim, qty, day, (day + 719468) % 146097 AS doe FROM (
        SELECT r.project AS project, d.dim AS dim, z.qty_milli * d.qty_milli / 1000 AS qty,
          (z.from_at + 28800000000) / 86400000000 AS day
        FROM resource r JOIN resource_size z ON z.resource = r.id JOIN item_dim d ON d.item = z.item
        UNION ALL
        SELECT r.project, d.dim, 0 - z.qty_milli * d.qty_milli / 1000,
          (z.to_at + 28800000000) / 86400000000
        FROM resource r JOIN resource_size z ON z.resource = r.id JOIN item_dim d ON d.item = z.item
        WHERE z.to_at IS NOT NULL
      ) changes
    ) days
  ) years
) months GROUP BY 1, 2, 3
--;
INSERT INTO allocated (project, month, dim, qty_milli)
SELECT project, -1, dim, SUM(qty_milli) FROM allocated GROUP BY project, dim
--;
CREATE INDEX project_cloud ON project (cloud, unit, id)
--;
-- leases that end before a day to come
CREATE INDEX resource_leased ON resource (cloud, lease_last) WHERE lease_last IS NOT NULL
