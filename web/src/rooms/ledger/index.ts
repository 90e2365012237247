import { Finished, Memo } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/duties',
    name: 'duties',
    component: () => import('./DutyList.vue'),
    title: 'ledger.duties',
    actions: ['duty.read'],
    menu: { group: 'work', order: 5, icon: Finished },
  },
  {
    path: '/duties/:no',
    name: 'duty',
    component: () => import('./DutyPage.vue'),
    title: 'ledger.duty',
    actions: ['duty.read'],
  },
  {
    path: '/registers',
    name: 'registers',
    component: () => import('./RegisterList.vue'),
    title: 'ledger.registers',
    actionsLike: 'read.',
    menu: { group: 'work', order: 6, icon: Memo },
  },
  {
    path: '/registers/:register',
    name: 'register',
    component: () => import('./RecordList.vue'),
    title: 'ledger.register',
    actionsLike: 'read.',
  },
  {
    path: '/records/:no',
    name: 'record',
    component: () => import('./RecordPage.vue'),
    title: 'ledger.record',
    actionsLike: 'read.',
  },
];
