// The stories' city has one procedure that the console was not built with: tests/e2e/pack.
import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { asked, become, begin, decide, either, file, labelled, menuTo, openWaiting, visit } from '../hands.mjs';

const title = (lang) => either(lang, '展示环境申请', 'Showcase environment');

export default [
  {
    // proves X3
    name: 'A procedure that only the pack knows is offered, filed by its own form, decided and explained',
    as: 'unit02',
    at: '/',
    async run({ page, lang, t, accounts }) {
      await menuTo(page, lang, 'work.file');
      await page.waitForURL(/\/file$/);
      await page.getByRole('link', { name: title(lang) }).waitFor();
      await begin(page, lang, 'showcase', 'unit02.XM-002', 'block-ssd', 10);
      await page.locator('.el-radio', { hasText: either(lang, '公众', 'The public') }).click();
      await labelled(page, either(lang, '预计日访问量', 'Visitors a day')).fill('300');
      await page.getByRole('region', { name: t('work.follows') }).getByText(either(lang, '公众开放审核', 'Review of a public showcase')).waitFor();
      assert.deepEqual(await faults(page), []);
      const no = await file(page, lang);
      assert.match(no, /-ZSYS-/);
      const made = await asked(page, `/api/v1/cases/${no}`);
      assert.equal(made.form.visitors, 300);

      await become(page, 'authority', accounts);
      await openWaiting(page, no);
      await page.getByText('300').first().waitFor();
      await decide(page, lang, either(lang, '同意', 'Approve'), '可以开放');
      const now = await asked(page, `/api/v1/cases/${no}`);
      assert.deepEqual(now.steps.filter((s) => s.closed_at === null).map((s) => s.step), ['open']);

      await visit(page, '/procedures/showcase');
      await page.getByRole('heading', { level: 1, name: title(lang) }).waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
];
