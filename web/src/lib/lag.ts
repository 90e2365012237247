/** The districts' link: how far what has arrived is behind, and whether something stands still. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';

export type Link = components['schemas']['Link'];
export type LinkStream = components['schemas']['LinkStream'];
export type Tone = 'ok' | 'soon' | 'late';

const minute = 60;
const hour = 3600;

export async function readLinks(): Promise<Link[]> {
  return (await ok(client.GET('/api/v1/links'))).items;
}

export function toneOfLag(seconds: number): Tone {
  return seconds < minute ? 'ok' : seconds < hour ? 'soon' : 'late';
}

/** Streams that no longer flow and do not begin again by themselves. */
export function stuck(link: Link): LinkStream[] {
  return link.streams.filter((s) => s.state !== 'flowing' && s.state !== 'refilling');
}

/** Nothing is heard from there: what comes is behind, though nothing of it waits. */
export function silent(link: Link): boolean {
  return link.state === 'active' && link.streams.some((s) => s.way === 'in' && s.waiting === 0 && s.lag_s > 0);
}

/** How far the slowest stream is behind. */
export function lagOf(link: Link): number {
  return Math.max(link.lag_s, ...link.streams.map((s) => s.lag_s));
}

/** Said besides the colour. */
export const markOfTone: Record<Tone, string> = { ok: '●', soon: '◆', late: '▲' };
