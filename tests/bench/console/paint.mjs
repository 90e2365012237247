// How much the console loads first, when it paints, and how soon it answers a hand, in a real browser:
//   node paint.mjs BASE ACCOUNTS [RUNS]
// BASE: a server with a demo city; ACCOUNTS: its demo-accounts.txt. A run opens everything with an empty
// cache; figures are medians. The times of a machine say little, so each stands as a multiple, too, of the
// first paint of an empty page of the same server in the same browser.
import { openBrowser, openWindow, readAccounts, settled, signIn } from '../../e2e/browser.mjs';

const [base, accounts, runs = '7'] = process.argv.slice(2);
if (!accounts) throw new Error('node paint.mjs BASE ACCOUNTS [RUNS]');
const { password } = readAccounts(accounts);

const pages = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'inbox', as: 'operator', path: '/' },
  { name: 'cases', as: 'operator', path: '/cases' },
  { name: 'catalogue', as: 'unit01', path: '/catalogue' },
  { name: 'capacity', as: 'operator', path: '/capacity' },
  { name: 'overview with charts', as: 'authority', path: '/overview' },
  { name: 'wall', as: 'authority', path: '/wall' },
];

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const ms = (n) => `${n.toFixed(0)} ms`;

/** First and largest paint of the page that is open, and the compressed bytes of its files. */
function painted(page) {
  return page.evaluate(async () => {
    const largest = await new Promise((tell) => {
      let last = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((e) => (last = e.startTime))).observe({
        type: 'largest-contentful-paint',
        buffered: true,
      });
      setTimeout(() => tell(last), 50);
    });
    const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
    const files = performance
      .getEntriesByType('resource')
      .concat(performance.getEntriesByType('navigation'))
      .filter((e) => !new URL(e.name).pathname.startsWith('/api/'));
    const bytes = files.reduce((sum, e) => sum + e.encodedBodySize, 0);
    return { first, largest: Math.max(first, largest), bytes, files: files.length };
  });
}

/** From the press of a hand to the frame in which `shown` stands. */
async function answered(page, press, shown) {
  const start = await page.evaluate(() => performance.now());
  await press();
  await page.locator(shown).first().waitFor();
  return page.evaluate(
    (from) => new Promise((tell) => requestAnimationFrame(() => tell(performance.now() - from))),
    start,
  );
}

const hands = [
  {
    name: 'inbox: open the first step',
    run: (page) => answered(page, () => page.locator('main ul.steps a').first().click(), 'main .outcomes'),
  },
  {
    name: 'case: choose an outcome',
    run: (page) => answered(page, () => page.locator('.outcomes .el-radio').first().click(), 'form textarea'),
  },
  {
    name: 'menu: cases',
    run: (page) => answered(page, () => page.locator('nav a[href="/cases"]').click(), '.el-table__row'),
  },
  {
    name: 'search: a number',
    run: async (page) => {
      await page.locator('[role=search] input').fill('KR-0001');
      return answered(page, () => page.keyboard.press('Enter'), 'main li a, main .el-table__row');
    },
  },
];

/** A window that waits longer than a story does: a slow machine is to be measured, not refused. */
async function patient(browser) {
  const page = await openWindow(browser, { base });
  page.setDefaultTimeout(120_000);
  return page;
}

const browser = await openBrowser();
try {
  const empty = [];
  const seen = new Map(pages.map((p) => [p.name, []]));
  const took = new Map(hands.map((h) => [h.name, []]));
  for (let i = 0; i < Number(runs); i++) {
    for (const p of [{ name: '', path: '/icon.svg' }, ...pages]) {
      const page = await patient(browser);
      if (p.as) {
        await signIn(page, p.as, password);
        await settled(page);
        const session = await page.context().newCDPSession(page);
        await session.send('Network.clearBrowserCache');
      }
      await page.goto(p.path);
      await settled(page);
      const at = await painted(page);
      if (p.name) seen.get(p.name).push(at);
      else empty.push(at.first);
      await page.context().close();
    }
    const page = await patient(browser);
    await signIn(page, 'operator', password);
    await settled(page);
    for (const h of hands) {
      took.get(h.name).push(await h.run(page));
      await settled(page);
    }
    await page.context().close();
  }
  const unit = median(empty);
  const times = (n) => `${ms(n)} (${(n / unit).toFixed(1)} x)`;
  console.log(`first paint of an empty page: ${ms(unit)}; ${runs} runs, empty cache, medians`);
  console.log('| page | files | gzip KiB | first paint | largest paint |');
  console.log('|---|---|---|---|---|');
  for (const [name, list] of seen) {
    const m = (key) => median(list.map((x) => x[key]));
    console.log(`| ${name} | ${m('files')} | ${(m('bytes') / 1024).toFixed(0)} | ${times(m('first'))} | ${times(m('largest'))} |`);
  }
  console.log('| hand | answered |');
  console.log('|---|---|');
  for (const [name, list] of took) console.log(`| ${name} | ${times(median(list))} |`);
} finally {
  await browser.close();
}
