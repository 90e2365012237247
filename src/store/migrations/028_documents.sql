-- what somebody handed in: the bytes lie in a file named by their digest
CREATE TABLE document (
  id bytes NOT NULL PRIMARY KEY,
  digest bytes NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  size_bytes i64 NOT NULL,
  person bytes REFERENCES person (id),
  made_at i64 NOT NULL,
  attached_at i64
)
--;
CREATE INDEX document_digest ON document (digest)
--;
CREATE INDEX document_loose ON document (made_at) WHERE attached_at IS NULL
--;
CREATE INDEX document_of_person ON document (person) WHERE attached_at IS NULL
--;
-- what it belongs to, and where in it: the name of a step, "" for its beginning
CREATE TABLE document_link (
  document bytes NOT NULL REFERENCES document (id),
  object_kind text NOT NULL,
  object bytes NOT NULL,
  place text NOT NULL,
  person bytes REFERENCES person (id),
  at i64 NOT NULL,
  PRIMARY KEY (document, object_kind, object)
)
--;
CREATE INDEX document_link_object ON document_link (object_kind, object, at)
--;
-- the folder that the files of this store lie in, by the name it gave itself
CREATE TABLE document_place (
  one i64 NOT NULL PRIMARY KEY,
  place text NOT NULL
)
