import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { signIn } from '../browser.mjs';

export default [
  {
    name: 'Whoever is not signed in is asked to, and comes back to where they wanted to go',
    async run({ page, accounts }) {
      await page.goto('/notices');
      await page.waitForURL(/\/sign-in\?to=/);
      assert.deepEqual(await faults(page), []);
      await page.fill('#login', 'unit01');
      await page.fill('#password', accounts.password);
      await page.press('#password', 'Enter');
      await page.waitForURL(/\/notices$/);
    },
  },
  {
    name: 'A wrong password is refused in words, and the page stays',
    langs: ['en'],
    async run({ page }) {
      await page.goto('/sign-in');
      await page.fill('#login', 'unit01');
      await page.fill('#password', 'wrong');
      await page.press('#password', 'Enter');
      await page.getByRole('alert').waitFor();
      assert.match(page.url(), /sign-in$/);
    },
  },
  {
    // proves S15
    name: 'An address of another site is not followed after signing in',
    langs: ['zh'],
    async run({ page, accounts, base }) {
      await page.goto('/sign-in?to=//example.org/');
      await page.fill('#login', 'unit01');
      await page.fill('#password', accounts.password);
      await page.press('#password', 'Enter');
      await page.waitForURL((url) => url.pathname === '/');
      assert.equal(new URL(page.url()).origin, base);
    },
  },
  {
    name: 'The language is changed, and stays changed',
    as: 'operator',
    at: '/',
    async run({ page, lang, t }) {
      await page.getByRole('button', { name: lang === 'zh' ? 'English' : '中文' }).click();
      const other = lang === 'zh' ? 'Inbox' : '待办';
      await page.getByRole('heading', { level: 1, name: other }).waitFor();
      assert.notEqual(other, t('work.inbox'));
    },
  },
  {
    // proves S02
    name: 'Who signs out is out on the server, too',
    langs: ['zh'],
    async run({ page, accounts, t }) {
      await signIn(page, 'finance', accounts.password);
      const kept = await page.context().cookies();
      await page.locator('.who').click();
      await page.getByRole('menuitem', { name: t('app.signOut') }).click();
      await page.waitForURL(/sign-in/);
      await page.context().addCookies(kept);
      const reply = await page.request.get('/api/v1/session');
      assert.equal(reply.status(), 401);
      await signIn(page, 'finance', accounts.password);
    },
  },
];
