-- the sensitivity label that somebody gave a case, '' nobody did: it has at least that of its procedure in the pack
ALTER TABLE case_file ADD COLUMN label text NOT NULL DEFAULT ''
