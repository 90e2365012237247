/** Texts put together with the marks of the language spoken. */
import { i18n } from './language';

/** "a、b" or "a, b" */
export function listed(texts: string[]): string {
  return texts.join(i18n.global.t('app.listing'));
}

/** "text（note）" or "text (note)" */
export function noted(text: string, note: string | number): string {
  return i18n.global.t('app.noted', { text, note });
}

/** "a：b" or "a: b" */
export function paired(a: string, b: string): string {
  return i18n.global.t('app.paired', { a, b });
}
