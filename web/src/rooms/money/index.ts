import { Coin, Money, Tickets, Wallet } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

const read = ['settlement.read'];

export const pages: Page[] = [
  {
    path: '/bill',
    name: 'bill',
    kind: 'settle',
    component: () => import('./BillPage.vue'),
    title: 'money.bill',
    roles: ['unit'],
    menu: { group: 'unit', order: 60, icon: Wallet },
  },
  {
    path: '/settlements',
    name: 'settlements',
    kind: 'settle',
    component: () => import('./SettlementList.vue'),
    title: 'money.settlements',
    actions: read,
    menu: { group: 'money', order: 1, icon: Coin },
  },
  {
    path: '/settlements/:settlement',
    name: 'settlement',
    kind: 'settle',
    component: () => import('./SettlementPage.vue'),
    title: 'money.settlement',
    actions: read,
  },
  {
    path: '/statements',
    name: 'statements',
    kind: 'settle',
    component: () => import('./StatementList.vue'),
    title: 'money.statements',
    actions: read,
    menu: { group: 'money', order: 2, icon: Tickets },
  },
  {
    path: '/statements/:statement',
    name: 'statement',
    kind: 'settle',
    component: () => import('./StatementPage.vue'),
    title: 'money.statement',
    actions: read,
  },
  {
    path: '/statements/:statement/lines/:line',
    name: 'line',
    kind: 'settle',
    component: () => import('./LinePage.vue'),
    title: 'money.line',
    actions: read,
  },
  {
    path: '/preview',
    name: 'preview',
    kind: 'settle',
    component: () => import('./PreviewPage.vue'),
    title: 'money.preview',
    actions: ['settlement.preview'],
    menu: { group: 'money', order: 3, icon: Money },
  },
];
