-- a numbered document of a body, from a template of the pack: its words are fixed when it is issued;
-- it is served when it is printed, sealed and lies with its recipient
CREATE TABLE paper (
  id bytes NOT NULL PRIMARY KEY,
  no text NOT NULL,
  template text NOT NULL,
  title_zh text NOT NULL,
  title_en text NOT NULL,
  heading_zh text NOT NULL,
  heading_en text NOT NULL,
  body_zh text NOT NULL,
  body_en text NOT NULL,
  article text NOT NULL,
  case_id bytes NOT NULL REFERENCES case_file (id),
  step text NOT NULL,
  issuer bytes NOT NULL REFERENCES org (id),
  recipient bytes NOT NULL REFERENCES org (id),
  recipient_role text NOT NULL,
  person bytes REFERENCES person (id),
  issued_at i64 NOT NULL,
  document bytes REFERENCES document (id),
  signature bytes,
  key_id text NOT NULL,
  served_at i64,
  opened_at i64,
  opened_by bytes REFERENCES person (id),
  acknowledged_at i64,
  acknowledged_by bytes REFERENCES person (id),
  revoked_at i64,
  revoking_case bytes REFERENCES case_file (id),
  UNIQUE (issuer, no)
)
--;
CREATE INDEX paper_case ON paper (case_id, id)
--;
CREATE INDEX paper_recipient ON paper (recipient, id)
--;
CREATE INDEX paper_unserved ON paper (id) WHERE served_at IS NULL
--;
CREATE INDEX paper_document ON paper (document) WHERE document IS NOT NULL
