/** Code words of the meter and the catalogue in the language spoken, themselves where unknown. */
import { i18n } from '@/lib/language';

function wordOf(key: string, fallback: string): string {
  return i18n.global.te(key) ? i18n.global.t(key) : fallback;
}

export const nameOfMetric = (metric: string): string => wordOf(`metric.${metric}`, metric);
export const nameOfDimension = (dimension: string): string =>
  wordOf(`dimension.${dimension}`, dimension);
export const nameOfMeasure = (measure: string): string => wordOf(`measure.${measure}`, measure);
export const nameOfFact = (fact: string): string => wordOf(`use.fact.${fact}`, fact);
export const nameOfStatistic = (statistic: string): string =>
  wordOf(`use.statistic.${statistic}`, statistic);
export const nameOfWhy = (why: string): string => wordOf(`use.why.${why}`, why);

export function measureOf(metric: string): string {
  if (metric.endsWith('_ratio')) return 'ratio';
  if (metric.endsWith('_bytes_per_second')) return 'bytes/s';
  if (metric.endsWith('_bytes') || metric.endsWith('_bytes_total')) return 'bytes';
  return '';
}
