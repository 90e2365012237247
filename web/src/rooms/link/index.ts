import { Share } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/links',
    name: 'links',
    kind: 'link',
    component: () => import('./LinkList.vue'),
    title: 'link.links',
    actions: ['link.read'],
    menu: { group: 'govern', order: 5, icon: Share },
  },
  {
    path: '/links/:link',
    name: 'link',
    kind: 'link',
    component: () => import('./LinkPage.vue'),
    title: 'link.link',
    actions: ['link.read'],
  },
  {
    path: '/links/city/statements',
    name: 'city-bills',
    kind: 'link',
    component: () => import('./CityBills.vue'),
    title: 'link.bills',
    actions: ['link.read'],
  },
];
