/** The fields of a small dialog. */
export interface Field {
  name: string;
  /** message key */
  label: string;
  kind?: 'line' | 'text' | 'day' | 'number' | 'choice' | 'several' | 'yes' | 'org' | 'document';
  /** of a choice, or of several: these are one text with blanks between */
  options?: { value: string; label: string }[];
  required?: boolean;
  /** message key of what to write */
  hint?: string;
  /** is it asked for, as things stand? Always where this is absent */
  asked?: (values: Values) => boolean;
}

/** What is shown once, with what to do with it. */
export interface Secret {
  text: string;
  about: string;
}

export type Values = Record<string, string | number | boolean | undefined>;

/** A field's value as text, for the typed bodies of calls; "" where nothing was written. */
export function textOf(values: Values, name: string): string {
  const value = values[name];
  return value === undefined ? '' : String(value);
}

/** The same where nothing means absent. */
export function maybe(values: Values, name: string): string | undefined {
  return textOf(values, name) || undefined;
}
