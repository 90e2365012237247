import { Bell, EditPen, Files, Flag, Tickets } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/',
    name: 'inbox',
    kind: 'inbox',
    component: () => import('./InboxPage.vue'),
    title: 'work.inbox',
    menu: { group: 'work', order: 1, icon: Tickets },
  },
  {
    path: '/cases',
    name: 'cases',
    kind: 'case',
    component: () => import('./CaseList.vue'),
    title: 'work.cases',
    actions: ['case.read'],
    menu: { group: 'work', order: 2, icon: Files },
  },
  {
    path: '/cases/:no',
    name: 'case',
    kind: 'case',
    component: () => import('./CasePage.vue'),
    title: 'work.case',
    actions: ['case.read'],
  },
  {
    path: '/file',
    name: 'file',
    component: () => import('./FileChooser.vue'),
    title: 'work.file',
    actionsLike: 'file:',
    menu: { group: 'work', order: 3, icon: EditPen },
  },
  {
    path: '/file/:procedure',
    name: 'file-case',
    component: () => import('./FilePage.vue'),
    title: 'work.file',
    actionsLike: 'file:',
  },
  {
    path: '/notices',
    name: 'notices',
    kind: 'notice',
    component: () => import('./NoticeList.vue'),
    title: 'work.notices',
    menu: { group: 'work', order: 4, icon: Bell },
  },
  {
    path: '/supervisions',
    name: 'supervisions',
    kind: 'supervision',
    component: () => import('./SupervisionList.vue'),
    title: 'urging.supervisions',
    actions: ['case.read'],
    menu: { group: 'work', order: 7, icon: Flag },
  },
];
