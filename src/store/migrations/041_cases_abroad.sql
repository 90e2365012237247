-- cases that a district's unit files at its own server and the city decides: 0 decided here, 1 still
-- with the district, 2 at the city, which tells how it stands
ALTER TABLE case_file ADD COLUMN abroad i64 NOT NULL DEFAULT 0
--;
-- the city's id of a step that it told of; NULL: a step of this server
ALTER TABLE case_step ADD COLUMN told bytes
--;
-- what the two sides of the link know of one case, by the number that it has on both. At the city:
-- the district it came from, and why it was turned away. At the district: what the city told last.
-- acts: made here (district) or dealt with (city); acts_done: of those made here, dealt with there
CREATE TABLE case_link (
  no text NOT NULL PRIMARY KEY,
  peer bytes,
  case_id bytes REFERENCES case_file (id),
  filed_here i64 NOT NULL,
  acts i64 NOT NULL,
  acts_done i64 NOT NULL,
  priors i64 NOT NULL,
  at i64 NOT NULL,
  problem text NOT NULL,
  told text NOT NULL,
  carried_at i64 NOT NULL,
  form text NOT NULL
)
--;
CREATE INDEX case_link_case ON case_link (case_id)
--;
CREATE INDEX case_link_peer ON case_link (peer, no)
--;
-- what the district's people did in a case that lives at the city, and what was wrong with it
CREATE TABLE case_act (
  doc_key text NOT NULL PRIMARY KEY,
  no text NOT NULL,
  seq i64 NOT NULL,
  body text NOT NULL,
  problem text NOT NULL,
  at i64 NOT NULL
) clustered
--;
CREATE INDEX case_act_no ON case_act (no, seq)
