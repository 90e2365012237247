import { Collection, Grid, Notebook, Operation, SetUp } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/articles',
    name: 'articles',
    component: () => import('./ArticleList.vue'),
    title: 'rules.articles',
    menu: { group: 'rules', order: 1, icon: Notebook },
  },
  {
    path: '/articles/:article',
    name: 'article',
    component: () => import('./ArticlePage.vue'),
    title: 'rules.article',
  },
  {
    path: '/procedures',
    name: 'procedures',
    component: () => import('./ProcedureList.vue'),
    title: 'rules.procedures',
    menu: { group: 'rules', order: 2, icon: Operation },
  },
  {
    path: '/procedures/:procedure',
    name: 'procedure',
    component: () => import('./ProcedurePage.vue'),
    title: 'rules.procedure',
  },
  {
    path: '/parameters',
    name: 'parameters',
    component: () => import('./ParameterList.vue'),
    title: 'rules.parameters',
    menu: { group: 'rules', order: 3, icon: SetUp },
  },
  {
    path: '/kinds',
    name: 'kinds',
    component: () => import('./KindList.vue'),
    title: 'rules.kinds',
    menu: { group: 'rules', order: 4, icon: Collection },
  },
  {
    path: '/matrix',
    name: 'matrix',
    component: () => import('./MatrixPage.vue'),
    title: 'rules.matrix',
    menu: { group: 'rules', order: 5, icon: Grid },
  },
];
