-- what closed settlements charge for a provider, by month: the ceiling of its contract is held against it
CREATE TABLE settled (
  provider bytes NOT NULL REFERENCES org (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  month i64 NOT NULL,
  fen i64 NOT NULL
)
--;
CREATE INDEX settled_provider ON settled (provider, cloud, month, fen)
--;
INSERT INTO settled (provider, cloud, month, fen) SELECT t.provider, t.cloud, t.month,
  SUM(t.total_fen) FROM statement t WHERE t.state = 'closed' AND t.provider IS NOT NULL
  GROUP BY t.settlement, t.provider, t.cloud, t.month
--;
-- when the hours of a clock in hours are over; its due day is the day of that instant
ALTER TABLE case_step ADD COLUMN due_at i64
