/** texts by name, in groups */
export interface Messages {
  [name: string]: string | Messages;
}

/** Each file <language>/<room>.json is the room's messages: `t('case.title')`. */
export function gathered(files: Record<string, Messages>): Messages {
  return Object.fromEntries(
    Object.entries(files).map(([path, texts]) => [path.replace(/^.*\/|\.json$/g, ''), texts]),
  );
}
