-- a sign-in that was begun and goes on at an issuer: by the digest of the browser's cookie, which
-- all else of it is derived from; taken away when the browser is back
CREATE TABLE issuer_flow (
  cookie bytes NOT NULL PRIMARY KEY,
  issuer text NOT NULL,
  person bytes REFERENCES person (id),
  created_at i64 NOT NULL,
  expires_at i64 NOT NULL
)
--;
CREATE INDEX issuer_flow_expires ON issuer_flow (expires_at)
--;
-- whom an issuer means by a subject
CREATE TABLE issuer_subject (
  id bytes NOT NULL PRIMARY KEY,
  person bytes NOT NULL REFERENCES person (id),
  issuer text NOT NULL,
  subject text NOT NULL,
  created_at i64 NOT NULL,
  created_by bytes NOT NULL,
  used_at i64 NOT NULL,
  UNIQUE (issuer, subject)
)
--;
CREATE INDEX issuer_subject_person ON issuer_subject (person)
--;
-- accounts whose password opens nothing
CREATE TABLE issuer_only (
  person bytes NOT NULL PRIMARY KEY REFERENCES person (id),
  since i64 NOT NULL
)
--;
-- sessions that an issuer may end
CREATE TABLE issuer_session (
  token bytes NOT NULL PRIMARY KEY,
  issuer text NOT NULL,
  subject text NOT NULL,
  sid text NOT NULL,
  created_at i64 NOT NULL
)
--;
CREATE INDEX issuer_session_subject ON issuer_session (issuer, subject)
--;
-- tokens that ended sessions, so that none does so twice
CREATE TABLE issuer_logout (
  digest bytes NOT NULL PRIMARY KEY,
  expires_at i64 NOT NULL
)
