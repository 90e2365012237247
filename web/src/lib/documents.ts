/** Documents are handed in before what they come with: sent with their progress, named, taken back. */
import { computed, ref, type ComputedRef } from 'vue';
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';
import { useAsked } from './asking';
import { number } from './format';

export type Document = components['schemas']['Document'];

/** how many are on their way: what they come with is not sent before they have arrived */
export const underway = ref(0);

/** Where a document's bytes are: a file to be saved, never a page. */
export function contentOf(id: string): string {
  return `/api/v1/documents/${id}/content`;
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kib = bytes / 1024;
  return kib < 1024 ? `${number(kib, 0)} KiB` : `${number(kib / 1024, 1)} MiB`;
}

/** `fetch` does not tell how much has been sent; this does, and sends the file as it lies on the disk. */
function sender(file: File, told: (share: number) => void, stop: AbortSignal) {
  return (request: Request): Promise<Response> =>
    new Promise((done, fail) => {
      const x = new XMLHttpRequest();
      x.open(request.method, request.url);
      request.headers.forEach((value, name) => x.setRequestHeader(name, value));
      x.upload.onprogress = (e) => told(e.total > 0 ? e.loaded / e.total : 0);
      x.onload = () => {
        const headers = { 'Content-Type': x.getResponseHeader('Content-Type') ?? '' };
        done(new Response(x.responseText, { status: x.status, statusText: x.statusText, headers }));
      };
      x.onerror = () => fail(new TypeError('not sent'));
      x.onabort = () => fail(new TypeError('stopped'));
      stop.addEventListener('abort', () => x.abort());
      x.send(file);
    });
}

/** What it is, the server judges by its bytes: nothing is declared that could differ. */
export async function handIn(file: File, label: string | undefined, told: (share: number) => void, stop: AbortSignal): Promise<Document> {
  underway.value++;
  try {
    return await ok(
      client.POST('/api/v1/documents', {
        params: { query: { name: file.name, ...(label ? { label } : {}) } },
        headers: { 'Content-Type': 'application/octet-stream' },
        body: '',
        bodySerializer: () => file,
        fetch: sender(file, told, stop),
      }),
    );
  } finally {
    underway.value--;
  }
}

export interface Limits {
  maxBytes: ComputedRef<number | undefined>;
  /** "pdf", "docx", … */
  kinds: ComputedRef<string[]>;
}

/** What the pack admits; the server holds everyone to it. */
export function useLimits(): Limits {
  const asked = useAsked(() => ok(client.GET('/api/v1/policy/parameters')));
  const valueOf = (name: string): string =>
    String(asked.data.value?.items.find((p) => p.parameter === name)?.value ?? '');
  return {
    maxBytes: computed(() => Number(valueOf('document.max')) * 1024 * 1024 || undefined),
    kinds: computed(() => valueOf('document.kinds').split(' ').filter(Boolean)),
  };
}
