-- how often the due day of a step moved and when last; the day last told, while there is none
ALTER TABLE case_step ADD COLUMN due_moves i64 NOT NULL DEFAULT 0
--;
ALTER TABLE case_step ADD COLUMN due_moved_at i64
--;
ALTER TABLE case_step ADD COLUMN due_before i64
--;
CREATE INDEX case_step_closed ON case_step (org, role, closed_at) WHERE closed_at IS NOT NULL
--;
-- a scan that somebody asked for: what of, how far it has come, what came of it
CREATE TABLE watch_ask (
  id bytes NOT NULL PRIMARY KEY,
  person bytes NOT NULL REFERENCES person (id),
  cloud bytes REFERENCES cloud (id),
  unit bytes REFERENCES org (id),
  sees text NOT NULL,
  rule text NOT NULL,
  first_day i64 NOT NULL,
  last_day i64 NOT NULL,
  source text NOT NULL,
  asked_at i64 NOT NULL,
  begun_at i64,
  ended_at i64,
  steps i64 NOT NULL,
  steps_done i64 NOT NULL,
  scan bytes REFERENCES watch_scan (id),
  fault text NOT NULL,
  figures text NOT NULL
)
--;
CREATE INDEX watch_ask_person ON watch_ask (person, id)
--;
CREATE INDEX watch_ask_ended ON watch_ask (ended_at) WHERE ended_at IS NOT NULL
--;
-- the monthly scan is one standing job from now on
DELETE FROM job WHERE kind = 'watch.scan'
