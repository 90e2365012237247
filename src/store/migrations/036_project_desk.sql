-- who had a step in a case of a project, and so sees the project: one row, however many cases
CREATE TABLE project_desk (
  project bytes NOT NULL REFERENCES project (id),
  org bytes NOT NULL REFERENCES org (id),
  role text NOT NULL,
  PRIMARY KEY (project, org, role)
) clustered
--;
INSERT INTO project_desk (project, org, role)
SELECT DISTINCT c.project, s.org, s.role FROM case_step s JOIN case_file c ON c.id = s.case_id
WHERE c.project IS NOT NULL AND s.org IS NOT NULL
--;
CREATE INDEX project_desk_org ON project_desk (org, role, project)
