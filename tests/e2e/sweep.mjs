// Pictures of every page, by whoever may open it, in windows of three widths and both languages, and
// what the pages themselves tell of their looks:
//   node sweep.mjs BASE ACCOUNTS OUT [--lang zh,en] [--width 1440,768,390] [--theme light,dark] [--as LOGIN,…]
//                  [--only ROUTE,…] [--each] [--more] [--axe]
//   ROUTE as the rooms write it: /cases/:no
// A page is looked at by the first of the logins that may open it; with --each, by every one of them;
// with --more, what has its picture already is left as it is; with --axe, its faults of accessibility are told, too
// (in windows of the first width).
// Pictures are OUT/<width>-<lang>[-dark]/<number>-<page>-<login>.png, what was told is OUT/told-<width>-<lang>[-dark].txt.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faults } from './axe.mjs';
import { beSomebody, openBrowser, openContext, openPage, readAccounts, settled } from './browser.mjs';
import { looks } from './looks.mjs';

const everybody = 'operator,unit01,authority,econ-info,vendor-a,finance,d01-review,sponsor,sysadmin,secadmin,auditor,authority-b,operator-b,unit02,unit03';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lang: { type: 'string', default: 'zh,en' },
    width: { type: 'string', default: '1440,768,390' },
    as: { type: 'string', default: everybody },
    only: { type: 'string' },
    theme: { type: 'string', default: 'light' },
    each: { type: 'boolean', default: false },
    more: { type: 'boolean', default: false },
    axe: { type: 'boolean', default: false },
  },
});
const [base, accounts, out] = positionals;
const { password } = readAccounts(accounts);
/** how many things of a kind are looked at, where they differ much */
const several = { '/cases/:no': 6, '/file/:procedure': 12, '/records/:no': 5, '/registers/:register': 4, '/resources/:no': 2, '/procedures/:procedure': 2 };
const tallest = 3200;

/** The rooms' table of pages: path -> the pattern of its addresses. */
function routes() {
  const rooms = new URL('../../web/src/rooms/', import.meta.url);
  const paths = readdirSync(rooms).flatMap((room) =>
    [...readFileSync(new URL(`${room}/index.ts`, rooms), 'utf8').matchAll(/^ {4}path: '([^']+)'/gm)].map((m) => m[1]));
  // what is written out goes before what has a name in it
  paths.sort((a, b) => a.split(':').length - b.split(':').length);
  return paths.map((path) => ({ path, pattern: new RegExp(`^${path.replace(/:\w+/g, '[^/?#]+')}$`) }));
}
const table = routes();
const routeOf = (href) => table.find((r) => r.pattern.test(href.split(/[?#]/)[0]))?.path;

/** Those of folded groups of the menu, too; not those of the empty row that a table measures its columns by. */
const hrefs = (page, within) =>
  page.locator(`${within} a[href^="/"]${within === 'main' ? ':visible' : ''}`).evaluateAll((all) => all.map((a) => a.getAttribute('href')));

const windows = values.width.split(',').flatMap((w) =>
  values.theme.split(',').map((theme) => ({ width: Number(w), theme, mark: theme === 'dark' ? '-dark' : '' })),
);

/** The page as it is, in windows of all widths, light or dark. */
async function look(page, { as, href, at }, lang) {
  for (const { width, theme, mark } of windows) {
    const tag = `${width}-${lang}${mark}`;
    const name = (href.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'home').slice(0, 60);
    const file = join(out, tag, `${String(at).padStart(3, '0')}-${name}-${as}.png`);
    if (values.more && existsSync(file)) continue;
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
    await settled(page);
    await page.waitForTimeout(250); // charts are drawn anew after the window has changed
    mkdirSync(join(out, tag), { recursive: true });
    const told = [...(await looks(page, lang)), ...(values.axe && width === windows[0].width ? await faults(page, theme) : [])];
    for (const line of told) appendFileSync(join(out, `told-${tag}.txt`), `${href} (${as}): ${line}\n`);
    const height = Math.min(tallest, await page.evaluate(() => document.documentElement.scrollHeight));
    await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width, height } });
  }
}

async function open(context, as) {
  const page = await openPage(context, base, 1440, 900);
  page.setDefaultTimeout(180_000); // a picture of a long page takes what a busy machine lets it
  await beSomebody(context, base, as, password);
  page.on('pageerror', (e) => console.log(`${page.url()} (${as}): script: ${e.message}`));
  return page;
}

/** Looks at what `as` may open and nobody before has shown, from the menu on. */
async function walk(context, as, lang, had, plan) {
  const page = await open(context, as);
  const wanted = (route) => !values.only || values.only.split(',').includes(route);
  const spent = (route) => (had.get(route) ?? 0) >= (several[route] ?? 1);
  await page.goto('/account');
  await settled(page);
  const todo = ['/', ...(await hrefs(page, 'nav')), ...(plan.length === 0 ? ['/second-factor', '/password'] : [])];
  const seen = new Set();
  while (todo.length > 0) {
    const href = todo.shift();
    const bare = href.split(/[?#]/)[0];
    const route = routeOf(href);
    if (!route || seen.has(bare) || spent(route)) continue;
    seen.add(bare);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(href);
    await settled(page);
    if (routeOf(new URL(page.url()).pathname) !== route) continue;
    had.set(route, (had.get(route) ?? 0) + 1);
    todo.push(...(await hrefs(page, 'main')));
    if (!wanted(route)) continue;
    const step = { as, href, at: plan.length };
    plan.push(step);
    await look(page, step, lang);
  }
  await page.close();
}

const browser = await openBrowser();
const [first, ...others] = values.lang.split(',');
const plan = [];
let had = new Map();
let context = await openContext(browser, { base, lang: first });
for (const as of values.as.split(',')) {
  if (values.each) had = new Map();
  await walk(context, as, first, had, plan);
  console.log(`${as}: ${plan.length} pages`);
}
console.log(`not reached: ${table.map((r) => r.path).filter((path) => !had.has(path)).join(' ')}`);
for (const lang of others) {
  context = await openContext(browser, { base, lang });
  for (const as of values.as.split(',')) {
    const page = await open(context, as);
    for (const step of plan.filter((s) => s.as === as)) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(step.href);
      await settled(page);
      await look(page, step, lang);
    }
    await page.close();
  }
}
await browser.close();
