import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';

const logins = [
  'authority', 'econ-info', 'operator', 'operator-b', 'vendor-a', 'unit01', 'unit02', 'unit03',
  'd01-review', 'sponsor', 'finance', 'sysadmin', 'secadmin', 'auditor',
];
/** Those whose role another has, too: their pages differ in what they hold, not in how they are made. */
const alike = new Set(['operator-b', 'unit02', 'unit03']);

/** Opens what the menu offers, one after the other, and answers what was wrong with each. */
async function walk(page, login, t) {
  const wrong = [];
  let at = '/';
  page.on('response', (reply) => {
    if (reply.status() >= 400) wrong.push(`${at}: ${reply.status()} ${new URL(reply.url()).pathname}`);
  });
  const menu = page.getByRole('navigation', { name: t('app.menu') });
  const names = await menu.getByRole('link').allTextContents();
  assert.ok(names.length > 3, 'the menu holds something');
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
    if (!alike.has(login)) wrong.push(...(await faults(page)).map((f) => `${at}: ${f}`));
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
    name: `Whatever the menu offers ${login} opens, without a refusal and for everyone`,
    as: login,
    langs: [i % 2 === 0 ? 'zh' : 'en'],
    async run({ page, t }) {
      await settled(page);
      assert.deepEqual(await walk(page, login, t), []);
    },
  })),
];
