import { DataAnalysis, Histogram, Medal, ScaleToOriginal } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

const read = ['evaluation.read'];

export const pages: Page[] = [
  {
    path: '/evaluations',
    name: 'evaluations',
    kind: 'evaluation',
    component: () => import('./EvaluationList.vue'),
    title: 'evaluation.evaluations',
    actions: read,
    menu: { group: 'money', order: 11, icon: Medal },
  },
  {
    path: '/evaluations/:evaluation',
    name: 'evaluation',
    kind: 'evaluation',
    component: () => import('./EvaluationPage.vue'),
    title: 'evaluation.evaluation',
    actions: read,
  },
  {
    path: '/evaluation-results/:result',
    name: 'evaluation-result',
    kind: 'evaluation',
    component: () => import('./ResultPage.vue'),
    title: 'evaluation.result',
    actions: read,
  },
  {
    path: '/scoreboard',
    name: 'scoreboard',
    kind: 'evaluation',
    component: () => import('./ScoreboardPage.vue'),
    title: 'evaluation.scoreboard',
    actions: read,
    menu: { group: 'money', order: 12, icon: Histogram },
  },
  {
    path: '/factors',
    name: 'factors',
    kind: 'evaluation',
    component: () => import('./FactorList.vue'),
    title: 'evaluation.factors',
    actions: read,
    menu: { group: 'money', order: 13, icon: ScaleToOriginal },
  },
  {
    path: '/schemes',
    name: 'schemes',
    kind: 'scheme',
    component: () => import('./SchemeList.vue'),
    title: 'evaluation.schemes',
    actions: read,
    menu: { group: 'money', order: 14, icon: DataAnalysis },
  },
  {
    path: '/schemes/:scheme',
    name: 'scheme',
    kind: 'scheme',
    component: () => import('./SchemePage.vue'),
    title: 'evaluation.scheme',
    actions: read,
  },
];
