/** Names of indicators and grades in the language chosen. */
import type { components } from '@/api/schema';
import { language } from '@/lib/language';

export type Definition = components['schemas']['SchemeDefinition'];
export type Indicator = Definition['indicators'][number];

export function named(both: { zh: string; en: string }): string {
  return language.value === 'zh' ? both.zh : both.en;
}

/** The grade's name; where there is none, why, if the server says so. */
export function gradeOf(r: { grade: string | null; grade_en: string | null; grade_title?: string }): string {
  return r.grade ? named({ zh: r.grade, en: r.grade_en ?? r.grade }) : (r.grade_title ?? '—');
}

/** A figure to two decimals, and the fraction it is exactly where it is one. */
export function figureOf(i: { figure: string | null; figure_title?: string }): { short: string; exact: string } {
  if (i.figure === null) return { short: i.figure_title ?? '—', exact: '' };
  if (!i.figure.includes('/')) return { short: i.figure, exact: '' };
  return { short: `≈ ${i.figure_title?.split('≈')[1]?.trim() ?? i.figure}`, exact: i.figure };
}
