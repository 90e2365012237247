-- what the city bills a district's units for its own resources, as it told over the link
CREATE TABLE link_statement (
  no text NOT NULL PRIMARY KEY,
  cloud bytes NOT NULL REFERENCES cloud (id),
  unit bytes NOT NULL REFERENCES org (id),
  month i64 NOT NULL,
  use_fen i64 NOT NULL,
  total_fen i64 NOT NULL,
  digest bytes NOT NULL,
  told_at i64 NOT NULL
)
--;
CREATE INDEX link_statement_month ON link_statement (cloud, month, unit)
