import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/search',
    name: 'search',
    kind: 'search',
    component: () => import('./SearchPage.vue'),
    title: 'search.title',
  },
];
