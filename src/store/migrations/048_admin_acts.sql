-- what administrators do in twos: one asks, another confirms or refuses
CREATE TABLE admin_act (
  id bytes NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  state text NOT NULL,
  person bytes REFERENCES person (id),
  taker bytes REFERENCES person (id),
  org bytes REFERENCES org (id),
  grant_id bytes REFERENCES role_grant (id),
  role text NOT NULL,
  capacity text NOT NULL,
  scope text NOT NULL,
  first_day i64,
  last_day i64,
  digest bytes,
  reason text NOT NULL,
  asked_by bytes NOT NULL REFERENCES person (id),
  asked_at i64 NOT NULL,
  until_at i64 NOT NULL,
  ended_by bytes REFERENCES person (id),
  ended_at i64,
  answer text NOT NULL,
  before_state text NOT NULL,
  after_state text NOT NULL
)
--;
CREATE INDEX admin_act_state ON admin_act (state, id)
--;
CREATE INDEX admin_act_person ON admin_act (person)
--;
-- a pack that was brought in is in force from then on; NULL: it waits for two persons
ALTER TABLE pack ADD COLUMN enacted_at i64
--;
UPDATE pack SET enacted_at = installed_at
