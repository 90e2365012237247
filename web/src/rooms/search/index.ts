import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/search',
    name: 'search',
    component: () => import('./SearchPage.vue'),
    title: 'search.title',
  },
];
