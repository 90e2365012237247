-- the keys that fields are sealed under; they themselves are not here
CREATE TABLE field_key (
  id text NOT NULL PRIMARY KEY,
  made_at i64 NOT NULL,
  retired_at i64
)
