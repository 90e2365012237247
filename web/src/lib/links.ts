/** Where things are shown, by the number or code people know them by. */
const at = (path: string) => (key: string) => `${path}/${encodeURIComponent(key)}`;

export const links = {
  case: at('/cases'),
  file: at('/file'),
  project: at('/projects'),
  resource: at('/resources'),
  lease: at('/leases'),
  finding: at('/findings'),
  statement: at('/statements'),
  settlement: at('/settlements'),
  evaluation: at('/evaluations'),
  result: at('/evaluation-results'),
  scheme: at('/schemes'),
  edition: at('/editions'),
  item: at('/catalogue'),
  article: at('/articles'),
  register: at('/registers'),
  record: at('/records'),
  duty: at('/duties'),
  procedure: at('/procedures'),
  paper: at('/papers'),
  report: at('/reports'),
  unit: at('/units'),
  org: at('/orgs'),
  agent: at('/agents'),
  person: at('/people'),
};
