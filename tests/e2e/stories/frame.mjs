import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { signIn } from '../browser.mjs';
import { visit } from '../hands.mjs';

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
  {
    // proves S44
    name: 'The menu begins with what one does every day; any other page is found by its name, without a mouse',
    as: 'operator',
    at: '/',
    async run({ page, t }) {
      const menu = page.getByRole('navigation', { name: t('app.menu') });
      assert.ok((await menu.getByRole('link').count()) <= 12);
      await menu.getByRole('textbox', { name: t('app.findPage') }).focus();
      await page.keyboard.type(t('operate.heatmap').slice(0, 4));
      await menu.getByRole('link', { name: t('operate.heatmap') }).waitFor();
      assert.deepEqual(await faults(page), []);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/heatmap$/);
      await menu.getByRole('link', { name: t('operate.heatmap') }).waitFor();
      assert.equal(await menu.locator('[aria-expanded=true]').count(), 1, 'where one is stays in sight');
      await visit(page, `/search?q=${encodeURIComponent(t('operate.heatmap'))}`);
      await page.getByRole('main').getByRole('link', { name: t('operate.heatmap') }).waitFor();
    },
  },
  {
    name: 'A page is put among the daily ones, stays there, and is taken back',
    as: 'operator',
    at: '/',
    langs: ['zh'],
    async run({ page, t }) {
      const menu = page.getByRole('navigation', { name: t('app.menu') });
      const usual = await menu.getByRole('link').allTextContents();
      const star = menu.getByRole('button', { name: t('app.pin', { name: t('operate.heatmap') }) });
      await menu.getByRole('button', { name: t('app.arrange') }).click();
      await star.click();
      assert.deepEqual(await faults(page), []);
      await menu.getByRole('button', { name: t('app.arranged') }).click();
      await visit(page, '/notices');
      await menu.getByRole('list').first().getByRole('link', { name: t('operate.heatmap') }).waitFor();
      await menu.getByRole('button', { name: t('app.arrange') }).click();
      await menu.getByRole('button', { name: t('app.usual') }).click();
      await menu.getByRole('button', { name: t('app.arranged') }).click();
      await visit(page, '/');
      assert.deepEqual(await menu.getByRole('link').allTextContents(), usual);
    },
  },
];
