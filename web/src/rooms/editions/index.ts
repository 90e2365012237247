import { Files, TrendCharts } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/editions',
    name: 'editions',
    kind: 'edition',
    component: () => import('./EditionList.vue'),
    title: 'editions.editions',
    actions: ['catalogue.read'],
    menu: { group: 'rules', order: 11, icon: Files },
  },
  {
    path: '/editions/:edition',
    name: 'edition',
    kind: 'edition',
    component: () => import('./EditionPage.vue'),
    title: 'editions.edition',
    actions: ['catalogue.read'],
  },
  {
    path: '/experience',
    name: 'experience',
    kind: 'catalogue',
    component: () => import('./ExperiencePage.vue'),
    title: 'editions.experience',
    actions: ['catalogue.experience'],
    menu: { group: 'rules', order: 12, icon: TrendCharts },
  },
  {
    path: '/experience/:record',
    name: 'experience-record',
    kind: 'catalogue',
    component: () => import('./RecordPage.vue'),
    title: 'editions.record',
    actions: ['catalogue.experience'],
  },
];
