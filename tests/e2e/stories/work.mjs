import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';
import { asked, become, enter, labelled, livingProject, pick, visit } from '../hands.mjs';

/** Files an expansion of one server for a project of one's unit: its number, and who is to decide. */
async function fileExpansion(page, t, reason) {
  const project = await livingProject(page);
  await page.goto('/file/expansion');
  await settled(page);
  await pick(page, t('work.project'), project);
  await page.locator('#file-items').click();
  await pick(page, /目录条目|Catalogue item/, 'vm-x86-8c16g');
  await page.locator('#file-items-0-quantity').fill('1');
  await page.locator('#file-reason').fill(reason);
  await page.getByRole('region', { name: t('work.checks') }).waitFor();
  await page.getByRole('button', { name: t('work.submit'), exact: true }).click();
  const told = page.getByRole('status').filter({ hasText: /YH-\d{4}-KR-\d{6}/ });
  await told.waitFor();
  const text = await told.textContent();
  const decider = /经济信息化/.test(text) ? 'econ-info' : 'operator';
  return { no: /YH-\d{4}-KR-\d{6}/.exec(text)[0], decider };
}

async function choose(page, title) {
  await page.locator('.el-radio', { hasText: title }).first().click();
}

export default [
  {
    name: 'What is due is found first, decided beside its checks, and what comes next is told',
    as: 'operator',
    async run({ page, t, accounts }) {
      // so that something waits, whatever other stories have decided
      const [provider] = (await asked(page, '/api/v1/orgs?kind=provider&limit=1')).items;
      await enter(page, 'POST', '/api/v1/cases', { procedure: 'contract', cloud: 'YH', form: {
        title: '云服务合同', provider: provider.code, scope: '计算与存储服务', ceiling: '1000000',
        from: '2026-01-01', until: '2030-12-31' } });
      await become(page, 'authority', accounts);
      await visit(page, '/');
      assert.deepEqual(await faults(page), []);
      await page.locator('.steps a.link').first().focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/cases\/YH-/);
      await settled(page);
      assert.deepEqual(await faults(page), []);
      await page.locator('.outcomes .el-radio').first().click();
      await page.getByRole('region', { name: t('work.checks') }).waitFor();
      for (const field of await page.locator('form textarea').all()) await field.fill('情况属实');
      await page.locator('form button[type=submit]').last().click();
      const done = page.getByRole('status').filter({ hasText: '✓' });
      await done.waitFor();
      assert.ok((await done.textContent()).includes(t('work.backToInbox')));
    },
  },
  {
    name: 'A unit files what the pack asks for, reads every check as it types, and gets a number',
    as: 'unit01',
    async run({ page, t }) {
      const { no } = await fileExpansion(page, t, '业务量持续增长');
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link', { name: t('work.openCase', { no }) }).click();
      await page.waitForURL(new RegExp(`/cases/${no}$`));
      await page.getByRole('heading', { name: t('work.story') }).waitFor();
    },
  },
  {
    // proves S08
    name: 'A case is given a higher label on its page; who is not cleared for it is told so, and reads nothing of it',
    as: 'unit01',
    langs: ['zh'],
    async run({ page, t, accounts }) {
      const { no } = await fileExpansion(page, t, '灾备切换的细节');
      await visit(page, `/cases/${no}`);
      await page.getByText('灾备切换的细节').first().waitFor();
      await page.getByRole('button', { name: t('documents.relabel') }).first().click();
      const dialog = page.getByRole('dialog', { name: t('documents.relabel') });
      await dialog.getByRole('combobox').first().click();
      await page.locator('.el-select-dropdown__item:visible', { hasText: '敏感' }).first().click();
      await labelled(dialog, t('documents.why')).fill('含灾备细节');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await dialog.waitFor({ state: 'hidden' });
      await page.getByText(t('documents.caseLabelled', { label: '敏感' })).first().waitFor();
      await become(page, 'econ-info', accounts);
      await visit(page, `/cases/${no}`);
      await page.getByText(t('documents.caseWithheld', { label: '敏感' })).waitFor();
      assert.deepEqual(await faults(page), []);
      assert.ok(!(await page.locator('main').textContent()).includes('灾备'));
      assert.equal(await page.locator('form button[type=submit]').count(), 0);
    },
  },
  {
    name: 'A draft is there again after the page was left',
    as: 'unit01',
    langs: ['zh'],
    async run({ page }) {
      await page.goto('/file/expansion');
      await settled(page);
      await page.locator('#file-reason').fill('尚未写完');
      await page.goto('/notices');
      await settled(page);
      await page.goto('/file/expansion');
      await settled(page);
      assert.equal(await page.locator('#file-reason').inputValue(), '尚未写完');
    },
  },
  {
    name: 'What must be filled in and is not is named at its field',
    as: 'unit01',
    langs: ['en'],
    async run({ page, t }) {
      await page.goto(`/file/expansion?project=${await livingProject(page)}`);
      await settled(page);
      await page.locator('#file-items').click();
      await page.getByRole('button', { name: t('work.submit'), exact: true }).click();
      await page.locator('#file-items-0-quantity-error').waitFor();
      await page.locator('#file-reason-error').waitFor();
    },
  },
  {
    name: 'A case is returned with its defects, corrected and filed again',
    as: 'unit01',
    langs: ['zh'],
    async run({ page, t, accounts }) {
      const { no, decider } = await fileExpansion(page, t, '业务增长');
      await become(page, decider, accounts);
      await page.goto(`/cases/${no}`);
      await settled(page);
      await choose(page, /退回补正|[Rr]eturn/);
      await page.getByRole('textbox', { name: t('work.defect', { n: 1 }) }).fill('请写明业务量');
      await page.locator('form button[type=submit]').last().click();
      await page.getByRole('status').filter({ hasText: '✓' }).waitFor();
      await become(page, 'unit01', accounts);
      await page.goto(`/cases/${no}`);
      await settled(page);
      await page.getByRole('region', { name: t('work.resubmit') }).getByText('请写明业务量').waitFor();
      await page.locator('#resubmit-reason').fill('日均办件由一千增至三千');
      await page.getByRole('button', { name: t('work.resubmit') }).click();
      await page.getByRole('status').filter({ hasText: '✓' }).waitFor();
    },
  },
  {
    name: 'Several steps alike are tried, decided one after the other, and each outcome is shown',
    as: 'unit01',
    langs: ['en'],
    async run({ page, t, accounts }) {
      const filed = [
        await fileExpansion(page, t, '批量一'),
        await fileExpansion(page, t, '批量二'),
      ];
      await become(page, filed[0].decider, accounts);
      await page.goto('/?procedure=expansion');
      await settled(page);
      for (const { no } of filed) {
        await page.locator('li', { hasText: no }).locator('.el-checkbox').click();
      }
      await page.getByRole('button', { name: t('work.bulk') }).click();
      await choose(page, /^(不同意|[Rr]efuse)/);
      await page.locator('#bulk-reason').fill('本季度容量不足');
      const sent = [];
      page.on('request', (r) => {
        if (r.method() === 'POST' && /\/decision$/.test(r.url())) sent.push(r.headers());
      });
      await page.getByRole('button', { name: t('work.bulkGo', { n: 2 }) }).click();
      const all = t('work.bulkDone', { title: '', n: 2, all: 2 }).replace(/^.*:\s*/, '');
      await page.getByRole('status').filter({ hasText: all }).waitFor();
      assert.deepEqual(await faults(page), []);
      assert.equal(await page.locator('.bulk li.done').count(), 2);
      assert.equal(sent.length, 2);
      for (const h of sent) assert.match(h['if-match'] ?? '', /^W\/"v\d+"$/, 'decided as it was tried');
    },
  },
  {
    name: 'A filtered list of cases is an address that can be sent',
    as: 'operator',
    langs: ['zh'],
    async run({ page }) {
      await page.goto('/cases?state=closed&procedure=expansion');
      await settled(page);
      await page.locator('.el-table__row').first().waitFor();
      const rows = await page.locator('.el-table__row').allTextContents();
      assert.ok(rows.every((r) => /资源扩容|[Ee]xpansion/.test(r)), rows.join('\n'));
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    name: 'Notices lead to their cases',
    as: 'unit01',
    langs: ['en'],
    async run({ page }) {
      await page.goto('/notices');
      await settled(page);
      assert.deepEqual(await faults(page), []);
      await page.locator('.el-table__row a').first().click();
      await page.waitForURL(/\/cases\/YH-/);
      await settled(page);
    },
  },
];
