/** Prices and quantities of catalogue items, as people write them. */
import type { components } from '@/api/schema';
import { amount, number } from './format';
import { i18n } from './language';

export type Item = components['schemas']['CatalogueItem'];

export function word(namespace: string, code: string): string {
  const key = `${namespace}.${code}`;
  return i18n.global.te(key) ? i18n.global.t(key) : code;
}

/** "¥236 / instance · month", "¥0.0042 / 10,000 calls" */
export function priceOf(item: Item, price = item.price): string {
  const measure = word('measure', item.measure);
  return item.per === 'use'
    ? i18n.global.t('catalogue.perUse', { price: amount(price), measure })
    : i18n.global.t('catalogue.perTime', {
        price: amount(price),
        measure,
        per: word('catalogue.per', item.per),
      });
}

export function dimensionsOf(item: Item): string {
  return Object.entries(item.dims)
    .map(([dimension, n]) => `${word('dimension', dimension)} ${number(n, 3)}`)
    .join(' · ');
}
