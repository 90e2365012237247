import { Histogram, MapLocation, PieChart } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/overview',
    name: 'overview',
    kind: 'statistics',
    component: () => import('./OverviewPage.vue'),
    title: 'govern.overview',
    actions: ['statistics.read'],
    menu: { group: 'govern', order: 1, icon: Histogram },
  },
  {
    path: '/districts',
    name: 'districts',
    kind: 'district',
    component: () => import('./DistrictPage.vue'),
    title: 'govern.districts',
    actions: ['district.read'],
    menu: { group: 'govern', order: 2, icon: MapLocation },
  },
  {
    path: '/allocation',
    name: 'allocation',
    kind: 'allocation',
    component: () => import('./AllocationPage.vue'),
    title: 'govern.allocation',
    actions: ['allocation.read'],
    menu: { group: 'govern', order: 3, icon: PieChart },
  },
];
