import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { settled } from '../browser.mjs';
import { either, visit } from '../hands.mjs';

const texts = (page) => page.locator('.el-table__body tr.el-table__row').evaluateAll(
  (rows) => rows.map((r) => r.querySelector('td')?.textContent?.trim() ?? ''),
);

export default [
  {
    name: 'What is taken away as a file is what the list shows: its rows, in its order, in its columns',
    as: 'operator',
    langs: ['en'],
    async run({ page, t }) {
      await visit(page, '/cases?state=closed&procedure=test');
      await page.locator('.el-table__row').first().waitFor();
      while ((await page.getByRole('button', { name: t('list.more') }).count()) > 0) {
        await page.getByRole('button', { name: t('list.more') }).click();
        await settled(page);
      }
      await page.getByRole('button', { name: t('list.columns') }).click();
      await page.locator('.el-checkbox', { hasText: t('work.unit') }).filter({ visible: true }).last().click();
      await page.keyboard.press('Escape');
      await page.locator('thead th', { hasText: t('work.unit') }).waitFor({ state: 'detached' });
      const shown = await texts(page);
      const heads = await page.locator('.el-table__header th').count();
      await page.getByRole('button', { name: t('list.export') }).click();
      const waiting = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: 'CSV' }).click();
      const lines = readFileSync(await (await waiting).path(), 'utf8').replace(/^\ufeff/, '').trim().split(/\r?\n/);
      assert.equal(lines[0].split(',').length, heads, lines[0]);
      assert.deepEqual(lines.slice(1).map((l) => l.split(',')[0].replace(/"/g, '')), shown);
    },
  },
  {
    name: 'A view that was kept comes back with its filters and its columns',
    as: 'operator',
    langs: ['zh'],
    async run({ page, lang, t }) {
      const name = either(lang, '已办扩容', 'Expansions done');
      await visit(page, '/cases?state=closed&procedure=expansion');
      const before = await texts(page);
      await page.getByRole('button', { name: t('list.columns') }).click();
      await page.locator('.el-checkbox', { hasText: t('work.unit') }).filter({ visible: true }).last().click();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: t('list.keepView') }).click();
      const box = page.getByRole('dialog', { name: t('list.keepView') });
      await box.getByRole('textbox').fill(name);
      await box.getByRole('textbox').press('Enter');
      await box.waitFor({ state: 'hidden' });
      await visit(page, '/cases');
      await page.locator('thead th', { hasText: t('work.unit') }).waitFor();
      await page.getByRole('combobox', { name: t('list.views') }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('option', { name }).click();
      await page.waitForURL(/state=closed/);
      await settled(page);
      assert.match(page.url(), /procedure=expansion/);
      await page.locator('thead th', { hasText: t('work.unit') }).waitFor({ state: 'detached' });
      await page.waitForFunction((n) => document.querySelectorAll('.el-table__row').length === n, before.length);
      assert.deepEqual(await texts(page), before);
    },
  },
  {
    name: 'A picker asks the server for what is typed, not for the first that there are',
    as: 'secadmin',
    langs: ['en'],
    async run({ page, t }) {
      await visit(page, '/people');
      const sought = page.waitForRequest((r) => /\/api\/v1\/orgs\?/.test(r.url()) && new URL(r.url()).searchParams.get('text') === '财政');
      const field = page.getByRole('combobox', { name: t('admin.org') });
      await field.click();
      await field.fill('财政');
      await sought;
      await page.getByRole('option', { name: /云海市财政局/ }).click();
      await page.waitForURL(/org=finance/);
      await page.locator('.el-table__row').filter({ hasText: 'finance' }).waitFor();
    },
  },
];
