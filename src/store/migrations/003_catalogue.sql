CREATE TABLE edition (
  id bytes NOT NULL PRIMARY KEY,
  cloud bytes NOT NULL REFERENCES cloud (id),
  number i64 NOT NULL,
  title text NOT NULL,
  state text NOT NULL,
  derived_from bytes,
  effective_day i64,
  digest bytes,
  case_id bytes,
  created_at i64 NOT NULL,
  version i64 NOT NULL,
  UNIQUE (cloud, number)
)
--;
CREATE TABLE item (
  id bytes NOT NULL PRIMARY KEY,
  edition bytes NOT NULL REFERENCES edition (id),
  code text NOT NULL,
  class text NOT NULL,
  category text NOT NULL,
  name text NOT NULL,
  content text NOT NULL,
  per text NOT NULL,
  measure text NOT NULL,
  mode text NOT NULL,
  free_milli i64 NOT NULL,
  minimum_e6 i64 NOT NULL,
  step_milli i64 NOT NULL,
  tags text NOT NULL,
  trusted i64 NOT NULL,
  exposed i64 NOT NULL,
  UNIQUE (edition, code)
)
--;
CREATE TABLE item_tier (
  item bytes NOT NULL REFERENCES item (id),
  from_milli i64 NOT NULL,
  price_e6 i64 NOT NULL,
  PRIMARY KEY (item, from_milli)
)
--;
CREATE TABLE item_dim (
  item bytes NOT NULL REFERENCES item (id),
  dim text NOT NULL,
  qty_milli i64 NOT NULL,
  PRIMARY KEY (item, dim)
)
