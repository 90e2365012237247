/** What a procedure is about, and the member of the request that names it. */
import type { Case } from './shapes';

export interface Subject {
  /** "project", "about", "finding", …: the member of the request */
  member: 'project' | 'about' | 'cloud' | 'resource' | 'record' | 'duty' | RecordKind;
  /** what is looked for */
  kind: string;
  byId: boolean;
  required: boolean;
}
export const recordKinds = [
  'edition',
  'finding',
  'settlement',
  'evaluation',
  'result',
  'statement',
  'scheme',
] as const;
export type RecordKind = (typeof recordKinds)[number];

function isRecord(about: string): about is RecordKind {
  return (recordKinds as readonly string[]).includes(about);
}

export function subjectOf(about: string): Subject {
  if (about === 'project') return { member: 'project', kind: 'project', byId: false, required: true };
  if (about === 'case') return { member: 'about', kind: 'case', byId: false, required: true };
  // the form itself names the resources; the project only narrows what is looked for
  if (about === 'resource') return { member: 'resource', kind: 'project', byId: false, required: false };
  if (about === 'record' || about === 'duty') return { member: about, kind: about, byId: false, required: true };
  if (isRecord(about)) {
    return { member: about, kind: about, byId: about === 'edition' || about === 'scheme', required: true };
  }
  return { member: 'cloud', kind: 'cloud', byId: false, required: false };
}

/** What a case is about, as a request of its procedure would name it. */
export function subjectIn(shown: Case, about: string): string | undefined {
  const { member } = subjectOf(about);
  if (member === 'project' || member === 'resource') return shown.project?.code;
  return member === 'cloud' ? shown.cloud?.code : shown[member];
}
