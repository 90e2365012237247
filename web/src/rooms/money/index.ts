import { Coin, Money, Tickets, Wallet } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

const read = ['settlement.read'];

export const pages: Page[] = [
  {
    path: '/bill',
    name: 'bill',
    component: () => import('./BillPage.vue'),
    title: 'money.bill',
    roles: ['unit'],
    menu: { group: 'unit', order: 60, icon: Wallet },
  },
  {
    path: '/settlements',
    name: 'settlements',
    component: () => import('./SettlementList.vue'),
    title: 'money.settlements',
    actions: read,
    menu: { group: 'money', order: 1, icon: Coin },
  },
  {
    path: '/settlements/:settlement',
    name: 'settlement',
    component: () => import('./SettlementPage.vue'),
    title: 'money.settlement',
    actions: read,
  },
  {
    path: '/statements',
    name: 'statements',
    component: () => import('./StatementList.vue'),
    title: 'money.statements',
    actions: read,
    menu: { group: 'money', order: 2, icon: Tickets },
  },
  {
    path: '/statements/:statement',
    name: 'statement',
    component: () => import('./StatementPage.vue'),
    title: 'money.statement',
    actions: read,
  },
  {
    path: '/statements/:statement/lines/:line',
    name: 'line',
    component: () => import('./LinePage.vue'),
    title: 'money.line',
    actions: read,
  },
  {
    path: '/preview',
    name: 'preview',
    component: () => import('./PreviewPage.vue'),
    title: 'money.preview',
    actions: ['settlement.preview'],
    menu: { group: 'money', order: 3, icon: Money },
  },
];
