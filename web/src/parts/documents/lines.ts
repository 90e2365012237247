/** The documents of a field as they come and go; those that have arrived are the field's value. */
import { reactive, ref, watch, type Ref } from 'vue';
import { client, ok, Problem } from '@/api/client';
import { handIn, sizeText, type Document, type Limits } from '@/lib/documents';
import { i18n } from '@/lib/language';

export interface Line {
  key: number;
  /** what it is in the field's value, once it is part of it */
  id?: string;
  /** of what was there before, only the document is known */
  file?: File;
  name: string;
  bytes?: number;
  /** asked for when it was chosen */
  label?: string;
  /** how much of it has been sent */
  share: number;
  document?: Document;
  problem?: Problem;
  refused: string;
  halt: AbortController;
}

export interface Lines {
  lines: Ref<Line[]>;
  add: (file: File) => void;
  remove: (line: Line) => void;
  again: (line: Line) => void;
  /** ends what is on its way */
  stop: () => void;
}

/** `label`: what is chosen from now on has it; "" what the pack gives */
export function useLines(ids: Ref<string[]>, limits: Limits, label: () => string): Lines {
  const lines = ref<Line[]>([]);
  let last = 0;

  function blank(name: string): Line {
    return reactive({ key: ++last, name, share: 0, refused: '', halt: new AbortController() });
  }
  function arrived(): void {
    ids.value = lines.value.flatMap((l) => (l.id ? [l.id] : []));
  }
  function refuse(line: Line, e: unknown): void {
    if (!(e instanceof Problem)) throw e;
    line.problem = e;
    line.refused = e.body.title;
  }

  async function send(line: Line, file: File): Promise<void> {
    line.refused = '';
    delete line.problem;
    const max = limits.maxBytes.value;
    if (max !== undefined && file.size > max) {
      line.refused = i18n.global.t('documents.tooBig', { max: sizeText(max) });
      return;
    }
    try {
      line.document = await handIn(file, line.label, (share) => (line.share = share), line.halt.signal);
      line.id = line.document.id;
      if (!line.halt.signal.aborted) arrived();
    } catch (e) {
      if (!line.halt.signal.aborted) refuse(line, e);
    }
  }

  function add(file: File): void {
    const line = Object.assign(blank(file.name), { file, bytes: file.size, label: label() });
    lines.value.push(line);
    void send(line, file);
  }

  function remove(line: Line): void {
    line.halt.abort();
    lines.value = lines.value.filter((l) => l.key !== line.key);
    arrived();
    const document = line.document?.id;
    // what belongs to a case is only left out; what cannot be taken back lapses by itself
    if (!document || line.document?.attached) return;
    client.DELETE('/api/v1/documents/{document}', { params: { path: { document } } }).catch(() => undefined);
  }

  /** What a draft or a returned form names: its name is read; what has lapsed is said. */
  async function read(document: string): Promise<void> {
    const line = Object.assign<Line, { id?: string }>(blank(document), { id: document });
    lines.value.push(line);
    try {
      line.document = await ok(client.GET('/api/v1/documents/{document}', { params: { path: { document } } }));
      line.name = line.document.name;
      line.bytes = line.document.size_bytes;
    } catch (e) {
      refuse(line, e);
      if (line.problem?.body.status === 404) {
        line.name = i18n.global.t('documents.lapsed');
        delete line.id;
        arrived();
      }
    }
  }
  function again(line: Line): void {
    if (line.file) {
      void send(line, line.file);
      return;
    }
    lines.value = lines.value.filter((l) => l.key !== line.key);
    if (line.id) void read(line.id);
  }

  watch(
    ids,
    (now) => {
      const known = new Set(lines.value.map((l) => l.id));
      for (const id of now) if (!known.has(id)) void read(id);
      lines.value = lines.value.filter((l) => !l.id || now.includes(l.id));
    },
    { immediate: true },
  );

  const stop = (): void => lines.value.forEach((l) => l.halt.abort());
  return { lines, add, remove, again, stop };
}
