// Debian's Chromium under playwright-core, as a person with a language and a window would use it.
import { createRequire } from 'node:module';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
  context.setDefaultTimeout(60_000); // a busy machine may take long
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

/** The code of RFC 6238 that a device with this key shows in a step of 30 seconds. */
export function codeOf(key, step) {
  const bits = [...key].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const raw = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', raw).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** The devices of a demo city's administrators: by its password, then by login. */
const devices = new Map();

/** Somebody's device is another from now on; codes up to `spent` were shown. */
export function giveDevice(password, login, key, spent = 0) {
  if (!devices.has(password)) devices.set(password, new Map());
  devices.get(password).set(login, { key, spent: new Map([['', spent]]) });
}

/** A code that was not shown at `base`: of this step or the next, each is taken once. */
export async function nextCode(base, login, password) {
  const device = devices.get(password).get(login);
  const now = () => Math.floor(Date.now() / 30_000);
  // the first has been shown by whoever made the city, perhaps just now
  const step = Math.max(now(), device.spent.get(base) ?? device.spent.get('')) + 1;
  while (step > now() + 1) await new Promise((go) => setTimeout(go, 500));
  device.spent.set(base, step);
  return codeOf(device.key, step);
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
  for (const line of readFileSync(join(dirname(path), 'demo-keys.txt'), 'utf8').split('\n').filter(Boolean)) {
    const [login, key] = line.split(' ');
    giveDevice(password, login, key);
  }
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
    const { csrf, second_factor } = await reply.json();
    if (second_factor === 'code') {
      const code = await nextCode(base, login, password);
      const shown = await context.request.post('/api/v1/session/code', { data: { code }, headers: { 'X-CSRF-Token': csrf } });
      if (!shown.ok()) throw new Error(`${login}: ${shown.status()} ${await shown.text()}`);
    }
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
