import { Bell, Files, Tickets } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/',
    name: 'inbox',
    component: () => import('./InboxPage.vue'),
    title: 'work.inbox',
    menu: { group: 'work', order: 1, icon: Tickets },
  },
  {
    path: '/cases',
    name: 'cases',
    component: () => import('./CaseList.vue'),
    title: 'work.cases',
    actions: ['case.read'],
    menu: { group: 'work', order: 2, icon: Files },
  },
  {
    path: '/notices',
    name: 'notices',
    component: () => import('./NoticeList.vue'),
    title: 'work.notices',
    menu: { group: 'work', order: 3, icon: Bell },
  },
];
