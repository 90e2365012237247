import { FolderOpened, OfficeBuilding } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/projects',
    name: 'projects',
    kind: 'project',
    component: () => import('./ProjectList.vue'),
    title: 'unit.projects',
    actions: ['project.read'],
    menu: { group: 'unit', order: 1, icon: FolderOpened },
  },
  {
    path: '/projects/:code',
    name: 'project',
    kind: 'project',
    component: () => import('./ProjectPage.vue'),
    title: 'unit.project',
    actions: ['project.read'],
  },
  {
    path: '/units',
    name: 'units',
    kind: 'quota',
    component: () => import('./UnitList.vue'),
    title: 'unit.totals',
    actions: ['allocation.read'],
    menu: { group: 'unit', order: 2, icon: OfficeBuilding },
  },
  {
    path: '/units/:code',
    name: 'unit',
    kind: 'quota',
    component: () => import('./UnitPage.vue'),
    title: 'unit.total',
    actions: ['quota.read'],
  },
];
