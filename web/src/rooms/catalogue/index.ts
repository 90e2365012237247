import { ShoppingCart } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/catalogue',
    name: 'catalogue',
    kind: 'catalogue',
    component: () => import('./CataloguePage.vue'),
    title: 'catalogue.title',
    actions: ['catalogue.read'],
    menu: { group: 'unit', order: 6, icon: ShoppingCart },
  },
  {
    path: '/catalogue/:item',
    name: 'item',
    kind: 'catalogue',
    component: () => import('./ItemPage.vue'),
    title: 'catalogue.item',
    actions: ['catalogue.read'],
  },
];
