import { Finished, Memo } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/duties',
    name: 'duties',
    kind: 'duty',
    component: () => import('./DutyList.vue'),
    title: 'ledger.duties',
    actions: ['duty.read'],
    menu: { group: 'work', order: 5, icon: Finished },
  },
  {
    path: '/duties/:no',
    name: 'duty',
    kind: 'duty',
    component: () => import('./DutyPage.vue'),
    title: 'ledger.duty',
    actions: ['duty.read'],
  },
  {
    path: '/registers',
    name: 'registers',
    kind: 'register',
    component: () => import('./RegisterList.vue'),
    title: 'ledger.registers',
    actionsLike: 'read.',
    menu: { group: 'work', order: 6, icon: Memo },
  },
  {
    path: '/registers/:register',
    name: 'register',
    kind: 'register',
    component: () => import('./RecordList.vue'),
    title: 'ledger.register',
    actionsLike: 'read.',
  },
  {
    path: '/records/:no',
    name: 'record',
    kind: 'record',
    component: () => import('./RecordPage.vue'),
    title: 'ledger.record',
    actionsLike: 'read.',
  },
];
