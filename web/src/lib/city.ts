/** The city's clock. Every time of the API carries the city's offset; people are always shown that
 * place's wall clock, whatever zone and time their browser keeps. */
import { client, ok } from '@/api/client';

interface Told {
  ms: number;
  offsetMs: number;
  /** when it was told, by a clock that nobody sets */
  sinceMs: number;
}
let told: Told | undefined;

/** How far the wall clock of a time's place is ahead of UTC. */
export function offsetOf(text: string): number {
  const found = /([+-])(\d\d):(\d\d)$/.exec(text);
  if (!found) return 0;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return (found[1] === '-' ? -minutes : minutes) * 60_000;
}

/** Sets the clock by what the server says it is. */
export async function readCityClock(): Promise<void> {
  const { now } = await ok(client.GET('/api/v1/clock'));
  told = { ms: Date.parse(now), offsetMs: offsetOf(now), sinceMs: performance.now() };
}

/** The wall clock of a time's place, as milliseconds that a chart reads as UTC. */
export function wallMs(text: string): number {
  return Date.parse(text) + offsetOf(text);
}

/** Now on the city's wall clock, for the same charts; the browser's before the server told it. */
export function wallNowMs(): number {
  if (!told) return Date.now() - new Date().getTimezoneOffset() * 60_000;
  return told.ms + told.offsetMs + performance.now() - told.sinceMs;
}

/** Now on the city's wall clock, as `day()`, `time()` and `clock()` read it. */
export function cityNow(): string {
  return new Date(wallNowMs()).toISOString().slice(0, 19);
}
