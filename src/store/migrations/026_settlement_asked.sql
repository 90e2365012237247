-- a month that somebody asked to be reckoned: how far it has come, what came of it; the draft may go
-- again, and then its name here means nothing
CREATE TABLE settlement_ask (
  id bytes NOT NULL PRIMARY KEY,
  person bytes NOT NULL REFERENCES person (id),
  cloud bytes NOT NULL REFERENCES cloud (id),
  month i64 NOT NULL,
  source text NOT NULL,
  asked_at i64 NOT NULL,
  begun_at i64,
  ended_at i64,
  steps i64 NOT NULL,
  steps_done i64 NOT NULL,
  settlement bytes,
  fault text NOT NULL,
  figures text NOT NULL
)
--;
CREATE INDEX settlement_ask_open ON settlement_ask (cloud, month) WHERE ended_at IS NULL
--;
CREATE INDEX settlement_ask_ended ON settlement_ask (ended_at) WHERE ended_at IS NOT NULL
