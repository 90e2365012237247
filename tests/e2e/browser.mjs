// Debian's Chromium under playwright-core, as a person with a language and a window would use it.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function openBrowser() {
  const executablePath = process.env.YH_CHROMIUM ?? places.find((p) => existsSync(p));
  if (!executablePath) throw new Error('no chromium: apt-get install chromium');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
  });
}

/** Somebody's browser: cookies of its own, a language, a zone. */
export async function openContext(browser, { base, lang = 'zh', dark = false, zone = 'Asia/Shanghai' }) {
  const context = await browser.newContext({
    baseURL: base,
    locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
    timezoneId: zone,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(20_000);
  await context.addInitScript(
    ([l, name]) => {
      localStorage.setItem('yh-language', l);
      const csrf = new RegExp(`${name}=([^;]+)`).exec(document.cookie)?.[1];
      if (csrf) localStorage.setItem('yh-csrf', csrf);
    },
    [lang, csrfCookie],
  );
  return context;
}

/** A page of a browser; what somebody before left there is gone. */
export async function openPage(context, base, width = 1280, height = 900) {
  const page = await context.newPage();
  await page.setViewportSize({ width, height });
  const session = await context.newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin: base, storageTypes: 'cookies,local_storage' });
  await session.detach();
  return page;
}

/** A window of its own, with its own cookies. */
export async function openWindow(browser, { base, lang, width, height, dark, zone }) {
  return openPage(await openContext(browser, { base, lang, dark, zone }), base, width, height);
}

/** The logins and the password of a demo city, from its demo-accounts.txt. */
export function readAccounts(path) {
  const text = readFileSync(path, 'utf8');
  const password = /: (\S+)\s*$/m.exec(text.split('\n')[0])[1];
  const logins = text
    .split('\n')
    .slice(1)
    .map((line) => line.split(' ')[0])
    .filter(Boolean);
  return { password, logins };
}

export async function signIn(page, login, password) {
  await page.goto('/sign-in');
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.press('#password', 'Enter');
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

const csrfCookie = 'yh-story-csrf';
const sessions = new Map();

/** Is somebody without going through the door: what is shown is what is visited next. A session serves
 * all who are the same; who signs out, or changes a password, goes through the door. */
export async function beSomebody(context, base, login, password) {
  await context.clearCookies();
  const key = `${base} ${login}`;
  if (!sessions.has(key)) {
    const reply = await context.request.post('/api/v1/session', { data: { login, password } });
    if (!reply.ok()) throw new Error(`${login}: ${reply.status()} ${await reply.text()}`);
    const { csrf } = await reply.json();
    sessions.set(key, [...(await context.cookies()), { name: csrfCookie, value: csrf, url: base }]);
  }
  await context.addCookies(sessions.get(key));
}

/** A password has changed: the session ended with it. */
export const forgetSession = (base, login) => sessions.delete(`${base} ${login}`);

/** What a request must say that changes something, of who is somebody in a browser. */
export async function csrfOf(context) {
  return (await context.cookies()).find((c) => c.name === csrfCookie)?.value ?? '';
}

/** Until nothing is being read any more and no bones are shown. */
export async function settled(page) {
  await page.waitForLoadState('load');
  await page.waitForFunction(
    () => !document.querySelector('.el-skeleton, .el-loading-mask:not([style*="none"]), [aria-busy="true"]'),
  );
  await page.evaluate(() => document.fonts.ready);
}
