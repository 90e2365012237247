import { UploadFilled } from '@element-plus/icons-vue';
import type { Page } from '@/lib/rooms';

export const pages: Page[] = [
  {
    path: '/opening',
    name: 'opening',
    component: () => import('./OpeningPage.vue'),
    title: 'openings.title',
    begins: 'opening.enter',
    menu: { group: 'operate', order: 20, icon: UploadFilled },
  },
];
