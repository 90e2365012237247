import { AlarmClock, Cpu, DataAnalysis, Grid, Odometer, View } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

const widely = ['operator', 'district_operator', 'authority', 'econ_info', 'oversight', 'provider'];

export const pages: Page[] = [
  {
    path: '/operate',
    name: 'operate',
    kind: 'case',
    component: () => import('./QueuePage.vue'),
    title: 'operate.queue',
    actions: ['case.read'],
    roles: widely,
    menu: { group: 'operate', order: 1, icon: AlarmClock },
  },
  {
    path: '/capacity',
    name: 'capacity',
    component: () => import('./CapacityPage.vue'),
    title: 'operate.capacity',
    actions: ['meter.capacity'],
    menu: { group: 'operate', order: 2, icon: Odometer },
  },
  {
    path: '/heatmap',
    name: 'heatmap',
    component: () => import('./HeatPage.vue'),
    title: 'operate.heatmap',
    actions: ['meter.capacity'],
    menu: { group: 'operate', order: 3, icon: Grid },
  },
  {
    path: '/agents',
    name: 'agents',
    kind: 'agent',
    component: () => import('./AgentList.vue'),
    title: 'operate.agents',
    actions: ['agent.read'],
    menu: { group: 'operate', order: 4, icon: Cpu },
  },
  {
    path: '/agents/:agent',
    name: 'agent',
    kind: 'agent',
    component: () => import('./AgentPage.vue'),
    title: 'operate.agent',
    actions: ['agent.read'],
  },
  {
    path: '/scans',
    name: 'scans',
    kind: 'watch',
    component: () => import('./ScanList.vue'),
    title: 'operate.scans',
    actions: ['watch.scan'],
    menu: { group: 'operate', order: 5, icon: View },
  },
  {
    path: '/scans/:scan',
    name: 'scan',
    kind: 'watch',
    component: () => import('./ScanPage.vue'),
    title: 'operate.scan',
    actions: ['watch.scan'],
  },
  {
    path: '/meter',
    name: 'meter',
    component: () => import('./MeterPage.vue'),
    title: 'operate.meter',
    actions: ['meter.status', 'meter.token'],
    menu: { group: 'operate', order: 6, icon: DataAnalysis },
  },
];
