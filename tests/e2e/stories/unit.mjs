import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';
import { asked, begin, either, file, labelled, visit } from '../hands.mjs';

const project = 'unit01.XM-001';

export default [
  {
    name: 'A unit sees in its project what is left of every quota, and a resource with its history',
    as: 'unit01',
    async run({ page, lang, t }) {
      await page.getByRole('link', { name: t('unit.projects'), exact: true }).click();
      await page.waitForURL(/\/projects$/);
      await page.getByRole('link', { name: project }).click();
      await page.waitForURL(/\/projects\/unit01/);
      await settled(page);
      const { items } = await asked(page, `/api/v1/projects/${project}/quota`);
      const block = items.find((l) => l.dimension === 'block_gib');
      const left = t('quota.left', { n: new Intl.NumberFormat(either(lang, 'zh-CN', 'en-GB')).format(block.free) });
      await page.getByText(left).first().waitFor();
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link', { name: /^YH-R-\d+$/ }).first().click();
      await page.waitForURL(/\/resources\/YH-R-/);
      await settled(page);
      await page.getByRole('heading', { name: t('use.history') }).waitFor();
      await page.getByRole('heading', { name: t('use.panel.cpu') }).first().waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves X2
    name: 'An application beyond the quota is refused by its article, at its field; a smaller one gets a number',
    as: 'unit01',
    async run({ page, lang, t }) {
      await begin(page, lang, 'test', project, 'vm-x86-8c16g', 1);
      const checks = page.getByRole('region', { name: t('work.checks') });
      await checks.getByText(t('work.checksFail', { n: 1 })).waitFor();
      const failing = checks.getByRole('listitem').filter({ hasText: t('app.article', { n: '19' }) });
      await failing.first().waitFor();
      await page.getByRole('button', { name: t('work.submit'), exact: true }).click();
      const refusal = page.getByRole('alert').filter({ hasText: t('app.article', { n: '19' }) });
      await refusal.waitFor();
      assert.ok(!(await page.getByRole('status').allTextContents()).some((s) => /YH-\d{4}-CS/.test(s)));
      assert.deepEqual(await faults(page), []);

      await labelled(page, either(lang, '数量', 'Quantity')).fill('x');
      await page.locator('[role=alert][id$="quantity-error"]').waitFor();

      await page.getByRole('button', { name: t('work.clear'), exact: true }).click();
      await begin(page, lang, 'test', project, 'block-ssd', 20);
      await page.getByRole('region', { name: t('work.reserves') }).waitFor();
      const no = await file(page, lang);
      const made = await asked(page, `/api/v1/cases/${no}`);
      assert.equal(made.state, 'open');
      assert.equal(made.project.code, project);
    },
  },
  {
    // proves A27.3
    name: 'A unit follows its bill down to why a line costs what it costs',
    as: 'unit01',
    async run({ page, t }) {
      await visit(page, '/bill');
      const unit = (await asked(page, '/api/v1/session')).roles[0].org;
      const own = await asked(page, `/api/v1/statements?unit=${unit}&limit=200`);
      const month = own.items.map((s) => s.month).sort().at(-1);
      const bill = await asked(page, `/api/v1/units/${unit}/bill?month=${month}`);
      assert.ok((await page.locator('main').textContent()).replace(/,/g, '').includes(`¥${bill.total}`));
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link', { name: /^YH-JS-/ }).first().click();
      await page.waitForURL(/\/statements\/YH-JS-/);
      await settled(page);
      const no = decodeURIComponent(new URL(page.url()).pathname.split('/').pop());
      await page.getByTitle(t('money.whyOf', { line: 1 }), { exact: true }).click();
      await page.waitForURL(/\/lines\/1$/);
      await settled(page);
      const why = await asked(page, `/api/v1/statements/${no}/lines/1/explanation`);
      const text = await page.locator('main').textContent();
      assert.ok(text.includes(why.sum.exact), 'the exact sum is shown');
      for (const article of why.articles) assert.ok(text.includes(t('app.article', { n: article })), article);
      await page.getByRole('heading', { name: t('money.intervals') }).waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
];
