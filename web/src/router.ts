import { ref, watch } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import { leaveFor } from '@/lib/arrival';
import { i18n, language } from '@/lib/language';
import { admits, firstPage, routes, type Page } from '@/lib/rooms';
import { owedPage, resume, session } from '@/lib/session';

declare module 'vue-router' {
  interface RouteMeta {
    page?: Page;
  }
}

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
  routes: [
    ...routes,
    {
      path: '/:rest(.*)*',
      name: 'missing',
      component: () => import('@/layout/MissingPage.vue'),
    },
  ],
});

let asked = false;

router.beforeEach(async (to) => {
  if (!session.value && !asked) {
    asked = true;
    // the server was not reached: the door is shown, and the next page asks again
    await resume().catch(() => (asked = false));
  }
  if (to.meta.page?.open) return true;
  if (!session.value) return { name: 'sign-in', query: { to: to.fullPath } };
  const owed = owedPage(session.value);
  if (owed === 'sign-in') return { name: owed, query: { to: to.fullPath } };
  if (owed && to.name !== owed) return { name: owed };
  if (owed) return true;
  // whoever has no inbox begins elsewhere
  const first = to.name === 'inbox' && to.meta.page && !admits(to.meta.page) ? firstPage() : undefined;
  if (first) return { name: first.name };
  if (to.meta.page && !admits(to.meta.page)) return { name: 'missing', params: { rest: ['403'] } };
  return true;
});

/** Said to who does not see the page change; nothing at the first one, whose title is read anyway. */
export const announced = ref('');

watch([router.currentRoute, language], ([to]) => {
  const title = to.meta.page ? i18n.global.t(to.meta.page.title) : '';
  const product = i18n.global.t('app.name');
  document.title = title ? `${title} · ${product}` : product;
});

router.afterEach((to, before) => {
  if (before.matched.length === 0 || to.path === before.path) return;
  leaveFor();
  announced.value = i18n.global.t(to.meta.page?.title ?? 'app.missing');
});
