-- whose hand an opinion is by: its person's, or of a program's who answered for it then; NULL: not kept so long ago
ALTER TABLE opinion ADD COLUMN hand bytes REFERENCES person (id)
