/** The defects with which a case was returned, as its story keeps them. */
export function defectsIn(payload: unknown): string[] {
  return Array.isArray(payload) ? payload.filter((d): d is string => typeof d === 'string') : [];
}
