CREATE TABLE opening (
  case_id bytes NOT NULL PRIMARY KEY REFERENCES case_file (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  digest bytes NOT NULL UNIQUE,
  day i64 NOT NULL,
  units i64 NOT NULL,
  projects i64 NOT NULL,
  systems i64 NOT NULL,
  quotas i64 NOT NULL,
  resources i64 NOT NULL,
  entered_at i64 NOT NULL
)
