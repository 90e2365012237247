CREATE TABLE meter_token (
  digest bytes NOT NULL PRIMARY KEY,
  id bytes NOT NULL UNIQUE,
  kind text NOT NULL,
  about bytes NOT NULL,
  code text NOT NULL,
  label text NOT NULL,
  series_max i64 NOT NULL,
  backfill i64 NOT NULL,
  person bytes NOT NULL REFERENCES person (id),
  created_at i64 NOT NULL,
  expires_at i64 NOT NULL,
  ended_at i64
)
