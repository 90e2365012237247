-- sensitivity labels of documents and papers: a word of the pack, '' what nobody labelled; the body
-- that answers for a document and may lower its label, NULL: none does
ALTER TABLE document ADD COLUMN label text NOT NULL DEFAULT ''
--;
ALTER TABLE document ADD COLUMN owner bytes REFERENCES org (id)
--;
ALTER TABLE paper ADD COLUMN label text NOT NULL DEFAULT ''
--;
-- for what an account is cleared, '' as its roles are
ALTER TABLE person ADD COLUMN clearance text NOT NULL DEFAULT ''
--;
ALTER TABLE admin_act ADD COLUMN label text NOT NULL DEFAULT ''
