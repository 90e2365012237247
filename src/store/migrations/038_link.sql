-- the other sides of the districts' link
CREATE TABLE link_peer (
  id bytes NOT NULL PRIMARY KEY,
  city i64 NOT NULL,
  district text NOT NULL,
  cloud bytes NOT NULL REFERENCES cloud (id),
  home bytes NOT NULL REFERENCES cloud (id),
  org bytes,
  url text NOT NULL,
  point bytes NOT NULL,
  state text NOT NULL,
  enrolled_at i64 NOT NULL,
  enrolled_by bytes REFERENCES person (id),
  ended_at i64,
  ended_why text NOT NULL,
  heard_at i64 NOT NULL,
  sent_at i64 NOT NULL,
  skew_ms i64 NOT NULL,
  version text NOT NULL,
  fault text NOT NULL,
  fault_figures text NOT NULL,
  failing_since i64
)
--;
CREATE UNIQUE INDEX link_peer_active ON link_peer (district) WHERE state = 'active'
--;
CREATE TABLE link_code (
  digest bytes NOT NULL PRIMARY KEY,
  district text NOT NULL,
  cloud bytes NOT NULL REFERENCES cloud (id),
  made_by bytes NOT NULL REFERENCES person (id),
  made_at i64 NOT NULL,
  expires_at i64 NOT NULL,
  used_at i64,
  request bytes,
  peer bytes
)
--;
-- how far each stream has come: sent (sends = 1) or received
CREATE TABLE link_stream (
  peer bytes NOT NULL REFERENCES link_peer (id),
  stream text NOT NULL,
  sends i64 NOT NULL,
  epoch bytes NOT NULL,
  seq i64 NOT NULL,
  chain bytes NOT NULL,
  acked i64 NOT NULL,
  acked_chain bytes NOT NULL,
  head i64 NOT NULL,
  oldest_at i64,
  refill text,
  refill_why text NOT NULL,
  due_at i64 NOT NULL,
  state text NOT NULL,
  since i64 NOT NULL,
  fault text NOT NULL,
  fault_field text NOT NULL,
  fault_figures text NOT NULL,
  fault_seq i64 NOT NULL,
  fault_key text NOT NULL,
  fault_digest bytes,
  retry_at i64 NOT NULL,
  resync i64 NOT NULL,
  compare_at i64 NOT NULL,
  compared_at i64,
  compared_docs i64 NOT NULL,
  compared_root bytes,
  total i64 NOT NULL,
  healed i64 NOT NULL,
  skipped i64 NOT NULL,
  PRIMARY KEY (peer, stream, sends)
)
--;
CREATE TABLE link_outbox (
  peer bytes NOT NULL,
  stream text NOT NULL,
  seq i64 NOT NULL,
  doc_key text NOT NULL,
  body text,
  chain bytes NOT NULL,
  made_at i64 NOT NULL,
  PRIMARY KEY (peer, stream, seq)
) clustered
--;
-- the digest of each document as it was last sent (sends = 1) or as it is held
CREATE TABLE link_doc (
  peer bytes NOT NULL,
  stream text NOT NULL,
  sends i64 NOT NULL,
  doc_key text NOT NULL,
  bucket i64 NOT NULL,
  digest bytes NOT NULL,
  PRIMARY KEY (peer, stream, sends, doc_key)
) clustered
--;
CREATE INDEX link_doc_bucket ON link_doc (peer, stream, sends, bucket, doc_key)
--;
-- who gathers and delivers, until when, and up to which sealed event was gathered
CREATE TABLE link_worker (
  id i64 NOT NULL PRIMARY KEY,
  holder bytes NOT NULL,
  until_at i64 NOT NULL,
  mark i64 NOT NULL
)
