import { Cloudy, List } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/orders',
    name: 'orders',
    kind: 'order',
    component: () => import('./OrderList.vue'),
    title: 'clouds.orders',
    actions: ['order.read'],
    menu: { group: 'operate', order: 7, icon: List },
  },
  {
    path: '/clouds',
    name: 'clouds',
    kind: 'cloud',
    component: () => import('./ConnectionList.vue'),
    title: 'clouds.connections',
    actions: ['cloud.connections'],
    menu: { group: 'operate', order: 8, icon: Cloudy },
  },
  {
    path: '/clouds/:cloud',
    name: 'cloud',
    kind: 'cloud',
    component: () => import('./CloudPage.vue'),
    title: 'clouds.compareTitle',
    actions: ['cloud.differences'],
  },
];
