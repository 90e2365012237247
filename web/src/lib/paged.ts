/** Lists that a page needs whole: read page by page, as far as a screen can hold them. */

interface Page {
  items: unknown[];
  next: string | null;
}

export interface Whole<P extends Page> {
  items: P['items'][number][];
  /** the last page, for what it says besides its rows */
  last: P;
  /** there is more than was read */
  cut: boolean;
}

export const pageSize = 200;

/** Reads from the first page on, `most` rows at least where there are as many. */
export async function everyPage<P extends Page>(
  read: (cursor: string | undefined) => Promise<P>,
  most: number,
): Promise<Whole<P>> {
  const items: P['items'][number][] = [];
  for (let cursor: string | undefined; ; ) {
    const last = await read(cursor);
    items.push(...last.items);
    cursor = last.next ?? undefined;
    if (!cursor || items.length >= most) return { items, last, cut: cursor !== undefined };
  }
}
