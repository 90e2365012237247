CREATE TABLE calendar_feed (
  person bytes NOT NULL PRIMARY KEY REFERENCES person (id),
  digest bytes NOT NULL UNIQUE,
  made_at i64 NOT NULL
)
