import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';
import { fits, wholeMenu } from '../hands.mjs';

const logins = [
  'authority', 'authority-b', 'econ-info', 'operator', 'operator-b', 'vendor-a', 'unit01', 'unit02', 'unit03',
  'd01-review', 'sponsor', 'finance', 'sysadmin', 'secadmin', 'auditor',
];
/** What was looked at for its faults already: many roles share a page, each is looked at once in each language. */
const looked = new Set();

/** The widths at which a page would have to be moved sideways to be read. */
async function sideways(page) {
  const wide = [];
  const whole = page.viewportSize();
  for (const width of [768, 390]) {
    await page.setViewportSize({ width, height: 844 });
    if (!(await fits(page))) wide.push(`wider than ${width}`);
  }
  await page.setViewportSize(whole);
  return wide;
}

/** Opens what the menu offers, one after the other, and answers what was wrong with each. */
async function walk(page, lang, t) {
  const wrong = [];
  let at = '/';
  page.on('response', (reply) => {
    if (reply.status() >= 400) wrong.push(`${at}: ${reply.status()} ${new URL(reply.url()).pathname}`);
  });
  const atOnce = await page.getByRole('navigation', { name: t('app.menu') }).getByRole('link').count();
  assert.ok(atOnce > 3 && atOnce <= 12, `${atOnce} pages are offered before anything is unfolded`);
  const menu = await wholeMenu(page, lang);
  const names = await menu.getByRole('link').allTextContents();
  for (const name of names) {
    if ((await menu.count()) === 0) await page.goto('/');
    const link = menu.getByRole('link', { name: name.trim(), exact: true });
    at = await link.getAttribute('href');
    await link.click();
    await page.waitForURL((url) => url.pathname === at);
    await settled(page);
    if ((await page.getByText(t('app.barred')).count()) > 0) wrong.push(`${at}: barred`);
    for (const box of await page.locator('.problem').all()) wrong.push(`${at}: ${await box.textContent()}`);
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, `${at}: one title`);
    const key = `${lang} ${at}`;
    if (!looked.has(key)) wrong.push(...(await faults(page)).map((f) => `${at}: ${f}`));
    if (!looked.has(key)) wrong.push(...(await sideways(page)).map((w) => `${at}: ${w}`));
    looked.add(key);
  }
  return wrong;
}

export default [
  {
    name: 'Every account of the demo city has its walk through the menu',
    langs: ['zh'],
    async run({ accounts }) {
      assert.deepEqual([...accounts.logins].sort(), [...logins].sort());
    },
  },
  ...logins.map((login, i) => ({
    // proves S44
    name: `Whatever the menu offers ${login} opens, without a refusal and for everyone`,
    as: login,
    at: '/',
    langs: [i % 2 === 0 ? 'zh' : 'en'],
    async run({ page, lang, t }) {
      assert.deepEqual(await walk(page, lang, t), []);
    },
  })),
];
