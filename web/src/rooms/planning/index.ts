import { TrendCharts } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/capacity-plan',
    name: 'capacity-plan',
    kind: 'capacity',
    component: () => import('./PlanPage.vue'),
    title: 'planning.plan',
    actions: ['capacity.read'],
    menu: { group: 'govern', order: 4, icon: TrendCharts },
  },
];
