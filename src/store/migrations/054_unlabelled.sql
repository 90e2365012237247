-- what nobody labelled, looked for each hour: see services/document/backfill.c
CREATE INDEX document_unlabelled ON document (id) WHERE label = ''
--;
CREATE INDEX paper_unlabelled ON paper (case_id) WHERE label = ''
