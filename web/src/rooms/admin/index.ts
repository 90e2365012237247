import { Avatar, Box, Connection, Document, OfficeBuilding, Timer } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/people',
    name: 'people',
    component: () => import('./PeopleList.vue'),
    title: 'admin.people',
    actions: ['person.read'],
    menu: { group: 'admin', order: 1, icon: Avatar },
  },
  {
    path: '/people/:person',
    name: 'person',
    component: () => import('./PersonPage.vue'),
    title: 'admin.person',
    actions: ['person.read'],
  },
  {
    path: '/orgs',
    name: 'orgs',
    kind: 'org',
    component: () => import('./OrgList.vue'),
    title: 'admin.orgs',
    actions: ['org.read'],
    menu: { group: 'admin', order: 2, icon: OfficeBuilding },
  },
  {
    path: '/orgs/:org',
    name: 'org',
    kind: 'org',
    component: () => import('./OrgPage.vue'),
    title: 'admin.orgPage',
    actions: ['org.read'],
  },
  {
    path: '/audit',
    name: 'audit',
    component: () => import('./AuditList.vue'),
    title: 'admin.audit',
    actions: ['audit.read'],
    menu: { group: 'admin', order: 3, icon: Document },
  },
  {
    path: '/jobs',
    name: 'jobs',
    component: () => import('./JobList.vue'),
    title: 'admin.jobs',
    actions: ['job.read'],
    menu: { group: 'admin', order: 4, icon: Timer },
  },
  {
    path: '/webhooks',
    name: 'webhooks',
    component: () => import('./WebhookList.vue'),
    title: 'admin.webhooks',
    actions: ['webhook.manage'],
    menu: { group: 'admin', order: 5, icon: Connection },
  },
  {
    path: '/backups',
    name: 'backups',
    component: () => import('./BackupPage.vue'),
    title: 'admin.backups',
    actions: ['backup.make'],
    menu: { group: 'admin', order: 6, icon: Box },
  },
];
