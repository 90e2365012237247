import { Finished, Notebook } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/reports',
    name: 'reports',
    kind: 'report',
    component: () => import('./ReportList.vue'),
    title: 'reports.reports',
    actions: ['report.read'],
    menu: { group: 'govern', order: 20, icon: Notebook },
  },
  {
    path: '/reports/:no',
    name: 'report',
    kind: 'report',
    component: () => import('./ReportPage.vue'),
    title: 'reports.report',
    actions: ['report.read'],
  },
  {
    path: '/years',
    name: 'years',
    kind: 'year',
    component: () => import('./YearPage.vue'),
    title: 'reports.closing',
    actions: ['report.read'],
    menu: { group: 'govern', order: 21, icon: Finished },
  },
];
