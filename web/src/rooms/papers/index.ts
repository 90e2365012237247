import { Message, Stamp } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/papers',
    name: 'papers',
    kind: 'paper',
    component: () => import('./PaperList.vue'),
    title: 'papers.papers',
    actions: ['case.read'],
    menu: { group: 'work', order: 5, icon: Stamp },
  },
  {
    path: '/papers/:id',
    name: 'paper',
    kind: 'paper',
    component: () => import('./PaperPage.vue'),
    title: 'papers.paper',
  },
  {
    path: '/letters',
    name: 'letters',
    kind: 'letter',
    component: () => import('./LetterList.vue'),
    title: 'urging.book',
    actions: ['case.read'],
    menu: { group: 'work', order: 6, icon: Message },
  },
];
