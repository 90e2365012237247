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

/** A window of its own, with its own cookies. */
export async function openWindow(browser, { base, lang = 'zh', width = 1280, height = 900, dark = false }) {
  const context = await browser.newContext({
    baseURL: base,
    locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
    timezoneId: 'Asia/Shanghai',
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    viewport: { width, height },
  });
  await context.addInitScript((l) => localStorage.setItem('yh-language', l), lang);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
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

/** Until nothing is being read any more and no bones are shown. */
export async function settled(page) {
  await page.waitForLoadState('load');
  await page.waitForFunction(
    () => !document.querySelector('.el-skeleton, .el-loading-mask:not([style*="none"]), [aria-busy="true"]'),
  );
  await page.evaluate(() => document.fonts.ready);
}
