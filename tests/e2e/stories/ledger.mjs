// Registers and duties: what is kept and what is owed, read and reported in the console.
import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';
import { asked, become, decide, either, file, labelled, menuTo, pick, visit } from '../hands.mjs';

export default [
  {
    // proves A8.1
    name: 'A record is found in its register, read by the titles of its form, and changed by what the API offers for it',
    as: 'operator',
    at: '/',
    async run({ page, lang, t }) {
      const { items } = await asked(page, '/api/v1/registers', lang);
      const register = items.find((r) => r.lines.length > 1 && r.records > 0 && r.about.length > 0);
      await visit(page, '/');
      await menuTo(page, lang, 'ledger.registers');
      await page.waitForURL(/\/registers$/);
      await page.getByRole('link', { name: register.title, exact: true }).click();
      await page.waitForURL(new RegExp(`/registers/${register.register}$`));
      await settled(page);
      assert.deepEqual(await faults(page), []);
      const list = await asked(page, `/api/v1/records?register=${register.register}`, lang);
      const { no } = list.items[0];
      const before = await asked(page, `/api/v1/records/${no}`, lang);
      await page.getByRole('link', { name: no, exact: true }).click();
      await page.waitForURL(new RegExp(no));
      await settled(page);
      const { basis } = before.schema.properties;
      await page.getByText(either(lang, basis.title, basis['x-title-en']), { exact: true }).waitFor();
      await page.getByText(before.content.basis).first().waitFor();
      assert.deepEqual(await faults(page), []);

      await page.getByRole('button', { name: before.procedures[0].title, exact: true }).click();
      await page.waitForURL(/\/file\//);
      await settled(page);
      await page.getByRole('button', { name: t('form.addTo', { what: either(lang, '分维度数量', 'Quantities by dimension') }) }).click();
      await pick(page, either(lang, '维度', 'Dimension'), 'vcpu');
      await labelled(page, either(lang, '规划', 'Planned')).fill('8000');
      await labelled(page, either(lang, '建成', 'Built')).fill(either(lang, '6600', '6800'));
      await labelled(page, either(lang, '说明', 'Note')).fill('第三批上电');
      await file(page, lang);
      const now = await asked(page, `/api/v1/records/${no}`);
      assert.equal(now.version, before.version + 1);
      assert.equal(now.lines.find((l) => l.line === 'built').quantity, either(lang, '6600', '6800'));
      await visit(page, `/records/${no}`);
      await page.getByText('第三批上电').first().waitFor();
    },
  },
  {
    // proves A6.1
    name: 'What one owes stands in the inbox, is reported with its evidence, and is done when that is accepted',
    async run({ page, lang, t, accounts }) {
      await become(page, either(lang, 'unit02', 'operator'), accounts);
      await visit(page, '/');
      const owed = page.getByRole('region', { name: t('duty.mineOwed') });
      await owed.waitFor();
      const { items } = await asked(page, '/api/v1/duties?mine=true&open=true&limit=200');
      const duty = items.find((d) => d.state === 'open' && d.kind === 'resolution');
      await visit(page, '/duties?mine=true');
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link', { name: duty.what, exact: true }).click();
      await page.waitForURL(new RegExp(duty.no));
      await settled(page);
      assert.deepEqual(await faults(page), []);
      const { procedures } = await asked(page, `/api/v1/duties/${duty.no}`, lang);
      await page.getByRole('button', { name: procedures[0].title, exact: true }).click();
      await page.waitForURL(/\/file\//);
      await labelled(page, either(lang, '办理情况', 'What was done')).fill('已按要求完成');
      await labelled(page, either(lang, '佐证材料', 'Evidence')).fill('函〔2026〕8号');
      const no = await file(page, lang);
      assert.equal((await asked(page, `/api/v1/duties/${duty.no}`)).state, 'reported');
      await become(page, 'authority', accounts);
      await visit(page, `/cases/${no}`);
      await decide(page, lang, either(lang, '同意', 'Approve'), '经核实');
      await visit(page, `/duties/${duty.no}`);
      await page.getByText('函〔2026〕8号').first().waitFor();
      assert.equal((await asked(page, `/api/v1/duties/${duty.no}`)).state, 'done');
    },
  },
  {
    name: 'What a form calls its subject is written there, and not where the case gets its own title',
    as: 'authority',
    langs: ['zh'],
    at: '/file/consultation',
    async run({ page, t }) {
      await labelled(page, '议题').fill('机房扩容安排');
      assert.equal(await page.locator('#file-title').inputValue(), '机房扩容安排');
      assert.equal(await labelled(page, t('work.title')).inputValue(), '');
      assert.deepEqual(await faults(page), []);
    },
  },
];
