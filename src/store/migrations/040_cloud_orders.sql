-- what is to be done on clouds for resources: by a machine, step by step, or by the provider's people
CREATE TABLE cloud_order (
  id bytes NOT NULL PRIMARY KEY,
  cloud bytes NOT NULL REFERENCES cloud (id),
  case_id bytes NOT NULL REFERENCES case_file (id),
  -- the fulfilled step that it is part of; NULL: an order of its own, after the books were changed
  step bytes REFERENCES case_step (id),
  resource bytes NOT NULL REFERENCES resource (id),
  org bytes NOT NULL REFERENCES org (id),
  act text NOT NULL,
  state text NOT NULL,
  dims text NOT NULL,
  before text NOT NULL,
  snapshot i64 NOT NULL,
  -- how many of the driver's steps are done, or are still to be undone; the one at hand
  steps_done i64 NOT NULL,
  at_step text NOT NULL,
  ref text NOT NULL,
  refused i64 NOT NULL,
  attempts i64 NOT NULL,
  slug text NOT NULL,
  figures text NOT NULL,
  failed_at i64,
  created_at i64 NOT NULL,
  begun_at i64,
  ended_at i64,
  -- NULL until its step is closed, or it is over by itself; have the books what it asks?
  booked i64,
  -- whose calls to the cloud may be under way, and until when at the longest
  holder bytes,
  held_until i64
)
--;
CREATE UNIQUE INDEX cloud_order_step ON cloud_order (step, resource, act) WHERE step IS NOT NULL
--;
CREATE INDEX cloud_order_cloud ON cloud_order (cloud, state, id)
--;
CREATE INDEX cloud_order_case ON cloud_order (case_id, id)
--;
CREATE INDEX cloud_order_resource ON cloud_order (resource, id)
--;
CREATE INDEX cloud_order_open ON cloud_order (id) WHERE booked IS NULL
--;
-- when a cloud last answered, and what went wrong when it did not
CREATE TABLE cloud_contact (
  cloud bytes NOT NULL PRIMARY KEY REFERENCES cloud (id),
  tried_at i64 NOT NULL,
  contact_at i64,
  slug text NOT NULL,
  figures text NOT NULL
)
--;
-- steps that were open before there were orders: theirs are written by a job
INSERT INTO job (id, kind, ref, due_at, tries, fault)
SELECT id, 'order.plan', id, opened_at, 0, '' FROM case_step WHERE kind = 'fulfil' AND closed_at IS NULL
