import { DataBoard } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/wall',
    name: 'wall',
    kind: 'city',
    component: () => import('./WallPage.vue'),
    title: 'wall.title',
    actions: ['city.read'],
    menu: { group: 'govern', order: 9, icon: DataBoard },
    bare: true,
  },
];
