import { createApp } from 'vue';
import 'element-plus/theme-chalk/base.css';
import 'element-plus/theme-chalk/dark/css-vars.css';
import './styles/theme.css';
import './styles/print.css';
import App from './App.vue';
import { onSignedOut } from './api/client';
import { followAccount } from './lib/account';
import { i18n, language, speak } from './lib/language';
import { forget, keepCityClock } from './lib/session';
import { router } from './router';

onSignedOut(() => {
  forget();
  const here = router.currentRoute.value;
  // nothing is shown yet: the guard of the first page sends to the door, and knows the way back
  if (here.matched.length === 0) return;
  if (!here.meta.page?.open) void router.push({ name: 'sign-in', query: { to: here.fullPath } });
});

async function begin(): Promise<void> {
  await speak(language.value);
  const app = createApp(App).use(i18n).use(router);
  await router.isReady();
  followAccount();
  keepCityClock();
  app.mount('#app');
}

void begin();
