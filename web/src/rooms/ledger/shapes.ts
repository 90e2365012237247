/** What the server says of registers, their records and duties. */
import type { InjectionKey } from 'vue';
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';

type Shapes = components['schemas'];
export type Register = Shapes['RegisterList']['items'][number];
export type RecordRow = Shapes['Record'];
export type RecordWhole = Shapes['RecordShow'];
export type Change = RecordWhole['history'][number];

/** What a code in a record's content stands for, in words; undefined: nothing else. */
export const namesKey: InjectionKey<(ref: string, code: string) => string | undefined> = Symbol('names');

/** The names of the documents that a record's content names by their ids. */
export const documentsKey: InjectionKey<() => ReadonlyMap<string, string>> = Symbol('documents');

/** All that one may read. */
export async function readRegisters(): Promise<Register[]> {
  return (await ok(client.GET('/api/v1/registers'))).items;
}

/** The look of a state: which states there are is the pack's affair, whether one ends a record is told. */
export function toneOf(record: { final: boolean; in_force: boolean }): string {
  return record.final ? 'ended' : record.in_force ? 'in_force' : 'waiting';
}

/** A figure of a record, or of its register: money, or a number with its unit. */
export type Figure = Pick<RecordWhole['figures'][number], 'unit' | 'money'>;
