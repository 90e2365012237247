import { Monitor, Timer, WarnTriangleFilled } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/resources',
    name: 'resources',
    kind: 'resource',
    component: () => import('./ResourceList.vue'),
    title: 'use.resources',
    actions: ['resource.read'],
    menu: { group: 'unit', order: 3, icon: Monitor },
  },
  {
    path: '/resources/:no',
    name: 'resource',
    kind: 'resource',
    component: () => import('./ResourcePage.vue'),
    title: 'use.resource',
    actions: ['resource.read'],
  },
  {
    path: '/leases',
    name: 'leases',
    kind: 'lease',
    component: () => import('./LeaseList.vue'),
    title: 'use.leases',
    actions: ['resource.read'],
    menu: { group: 'unit', order: 4, icon: Timer },
  },
  {
    path: '/leases/:no',
    name: 'lease',
    kind: 'lease',
    component: () => import('./LeasePage.vue'),
    title: 'use.lease',
    actions: ['resource.read'],
  },
  {
    path: '/findings',
    name: 'findings',
    kind: 'watch',
    component: () => import('./FindingList.vue'),
    title: 'use.findings',
    actions: ['finding.read'],
    menu: { group: 'unit', order: 5, icon: WarnTriangleFilled },
  },
  {
    path: '/findings/:no',
    name: 'finding',
    kind: 'watch',
    component: () => import('./FindingPage.vue'),
    title: 'use.finding',
    actions: ['finding.read'],
  },
];
