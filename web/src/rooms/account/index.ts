import { Setting } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/account',
    name: 'account',
    component: () => import('./AccountPage.vue'),
    title: 'account.title',
    menu: { group: 'admin', order: 90, icon: Setting },
  },
];
