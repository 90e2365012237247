// What is done seldom and must not fail then: opinions, withdrawal, scans, agents, warnings, extensions.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faults } from '../axe.mjs';
import { openWindow, settled } from '../browser.mjs';
import { apply, asked, become, decide, either, file, labelled, openWaiting, personOf, visit } from '../hands.mjs';

const operator = '/orgs/operator';

/** Sets through which hands a decision of the operator's goes. */
async function setChain(page, t, stages) {
  await visit(page, operator);
  await page.getByRole('button', { name: t('admin.setChain') }).click();
  const dialog = page.getByRole('dialog', { name: t('admin.setChain') });
  await dialog.getByRole('combobox', { name: t('admin.chain') }).click();
  const words = stages.map((s) => t(`admin.${s}`)).join(' → ');
  await page.getByRole('option', { name: words, exact: true }).click();
  await dialog.getByRole('button', { name: t('app.confirm') }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText(words, { exact: true }).first().waitFor();
}

/** The first of a list, page by page, that is wanted. */
async function find(page, lang, path, wanted) {
  let cursor = '';
  do {
    const { items, next } = await asked(page, `${path}&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, lang);
    const found = items.find(wanted);
    if (found) return found;
    cursor = next;
  } while (cursor);
  throw new Error(`none such in ${path}`);
}

export default [
  {
    name: 'Nobody signs before the opinion that the body asks for; once it is given, its words stand beside the signature',
    as: 'sysadmin',
    langs: ['zh'],
    async run({ page, lang, t, accounts, browser, base }) {
      const keeper = await openWindow(browser, { base, lang });
      await become(keeper, 'sysadmin', accounts);
      await setChain(page, t, ['handle', 'sign']);
      try {
        await become(page, 'unit02', accounts);
        const no = await apply(page, lang, 'unit02.XM-002');
        await become(page, 'operator', accounts);
        await visit(page, `/cases/${no}`);
        await page.getByText(t('work.opinionsWanted', { stages: t('work.stage.handle') })).waitFor();
        assert.equal(await page.locator('form button[type=submit]').last().isEnabled(), false);
        assert.deepEqual(await faults(page), []);

        await become(page, 'operator-b', accounts);
        await visit(page, `/cases/${no}`);
        await page.getByRole('combobox', { name: t('work.proposed') }).press('Enter');
        await page.locator('.el-select-dropdown__item:visible', { hasText: either(lang, '同意', 'Approve') }).first().click();
        await labelled(page, t('work.opinion')).fill('规格合理，拟同意');
        await page.getByRole('button', { name: t('work.giveAs', { stage: t('work.stage.handle') }) }).click();
        await page.getByRole('status').filter({ hasText: '✓' }).waitFor();

        await become(page, 'operator', accounts);
        await visit(page, `/cases/${no}`);
        await page.getByText('规格合理，拟同意').first().waitFor();
        await decide(page, lang, either(lang, '同意', 'Approve'), '同意经办意见');
        const now = await asked(page, `/api/v1/cases/${no}`);
        assert.deepEqual(now.steps.filter((s) => s.closed_at === null).map((s) => s.step), ['open']);
      } finally {
        await setChain(keeper, t, ['sign']);
        await keeper.context().close();
      }
    },
  },
  {
    name: 'A unit takes its application back with a reason, and what was reserved for it is free again',
    as: 'unit02',
    langs: ['en'],
    async run({ page, lang, t }) {
      const reserved = async () => {
        const { items } = await asked(page, '/api/v1/projects/unit02.XM-002/quota');
        return items.find((l) => l.dimension === 'block_gib')?.reserved;
      };
      const before = await reserved();
      const no = await apply(page, lang, 'unit02.XM-002', 20);
      assert.notEqual(await reserved(), before, 'a reservation is made');
      await visit(page, `/cases/${no}`);
      await page.getByRole('button', { name: t('work.withdraw') }).click();
      const dialog = page.getByRole('dialog', { name: t('work.withdraw') });
      assert.deepEqual(await faults(page), []);
      await labelled(dialog, t('work.reason')).fill('改用现有磁盘');
      await dialog.getByRole('button', { name: t('work.withdraw') }).click();
      await dialog.waitFor({ state: 'hidden' });
      await page.getByText(t('work.states.withdrawn')).first().waitFor();
      assert.equal((await asked(page, `/api/v1/cases/${no}`)).state, 'withdrawn');
      assert.equal(await reserved(), before, 'nothing is reserved any more');
      await page.getByRole('region', { name: t('work.story') }).getByText('改用现有磁盘').waitFor();
    },
  },
  {
    name: 'The operator asks for a scan of a month, watches it end, and reads what it found',
    as: 'operator',
    langs: ['zh'],
    async run({ page, lang, t }) {
      const { today } = await asked(page, '/api/v1/clock');
      const [year, month] = today.split('-').map(Number);
      const last = new Date(Date.UTC(year, month - 2, 1)).toISOString().slice(0, 7);
      await visit(page, '/scans');
      await page.getByRole('button', { name: t('operate.askScan') }).click();
      const dialog = page.getByRole('dialog', { name: t('operate.askScan') });
      await labelled(dialog, t('operate.month')).fill(last);
      assert.deepEqual(await faults(page), []);
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await dialog.waitFor({ state: 'hidden' });
      const result = page.getByRole('link', { name: t('operate.seeResults') });
      await result.waitFor({ timeout: 180_000 });
      await result.click();
      await page.waitForURL(/\/scans\/[0-9a-f-]{36}$/);
      await settled(page);
      assert.deepEqual(await faults(page), []);
      assert.ok((await page.locator('.el-table__row').count()) > 0, either(lang, '有结果', 'results'));
    },
  },
  {
    name: 'With a code the operator made, a machine enrols its agent; it is seen, and revoked with a reason',
    as: 'operator',
    langs: ['en'],
    async run({ page, t, base }) {
      const { items } = await asked(page, '/api/v1/resources?state=running&limit=200');
      const { items: agents } = await asked(page, '/api/v1/agents?limit=200');
      const resource = items.find((r) => !agents.some((a) => a.resource === r.no)).no;
      await visit(page, '/agents');
      await page.getByRole('button', { name: t('operate.code') }).click();
      const dialog = page.getByRole('dialog', { name: t('operate.code') });
      await labelled(dialog, t('operate.resource')).fill(resource);
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      const code = (await dialog.locator('code').textContent()).trim();
      await dialog.getByRole('button', { name: t('app.close'), exact: true }).last().click();
      const state = mkdtempSync(join(tmpdir(), 'yh-agent-'));
      try {
        const agent = join(process.env.YH_BIN_DIR, 'yunheng-agent');
        const done = spawnSync(agent, ['enrol', '--dir', state, '--server', base, '--code', code], { encoding: 'utf8' });
        assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
      } finally {
        rmSync(state, { recursive: true, force: true });
      }
      await visit(page, '/agents');
      const row = page.locator('.el-table__row', { hasText: resource });
      await row.waitFor();
      assert.deepEqual(await faults(page), []);
      await row.getByRole('link').nth(1).click();
      await page.waitForURL(/\/agents\/[0-9a-f-]{36}$/);
      await settled(page);
      await page.getByRole('button', { name: t('operate.revoke') }).click();
      const revoke = page.getByRole('dialog', { name: t('operate.revoke') });
      await labelled(revoke, t('operate.reason')).fill('主机即将退役');
      await revoke.getByRole('button', { name: t('app.confirm') }).click();
      await revoke.waitFor({ state: 'hidden' });
      await page.getByText(t('operate.revoked'), { exact: true }).first().waitFor();
      const all = await asked(page, `/api/v1/agents?all=true&resource=${resource}`);
      assert.ok(all.items.every((a) => a.revoked_at), 'revoked on the server');
    },
  },
  {
    name: 'A finding is reported, the unit is warned, and its answer goes on to be verified',
    as: 'operator',
    langs: ['zh'],
    async run({ page, lang, t, accounts, browser, base }) {
      const finding = await find(page, lang, '/api/v1/findings?state=open', (f) => !f.case && f.resource);
      await visit(page, `/findings/${finding.no}`);
      await page.getByRole('link', { name: /整改|[Rr]ectif/ }).first().click();
      await page.waitForURL(/\/file\/rectification/);
      await settled(page);
      await page.locator('#file-assessment').fill('经核实，长期低负荷运行，建议整改');
      const no = await file(page, lang);

      await become(page, 'authority', accounts);
      await visit(page, `/cases/${no}`);
      await page.locator('.outcomes .el-radio').first().click();
      for (const field of await page.locator('form textarea').all()) await field.fill('请于期限内调整规格或退回资源');
      await page.locator('form button[type=submit]').last().click();
      await page.getByRole('status').filter({ hasText: '✓' }).waitFor();

      const theirs = await personOf(browser, { base, lang, accounts }, finding.unit);
      await openWaiting(theirs, no);
      await theirs.getByText('请于期限内调整规格或退回资源').first().waitFor();
      await theirs.locator('.el-radio', { hasText: either(lang, '说明理由', 'Explained') }).click();
      for (const field of await theirs.locator('form textarea').all()) await field.fill('为年度汛期保障预留，六月至九月使用率上升');
      assert.deepEqual(await faults(theirs), []);
      await theirs.locator('form button[type=submit]').last().click();
      await theirs.getByRole('status').filter({ hasText: '✓' }).waitFor();
      const { steps } = await asked(theirs, `/api/v1/cases/${no}`);
      assert.equal(steps.find((s) => s.step === 'answer').outcome, 'explained');
      await theirs.context().close();
    },
  },
  {
    name: 'From a lease one sees the last day to ask for more, asks, and the lease says that it is being decided',
    as: 'operator',
    langs: ['en'],
    async run({ page, lang, t, accounts, browser, base }) {
      const lease = await find(page, lang, '/api/v1/leases?state=live', (l) => l.extension.possible && !l.extension.pending);
      const project = await asked(page, `/api/v1/projects/${lease.project}`);
      const theirs = await personOf(browser, { base, lang, accounts }, project.unit);
      await visit(theirs, `/leases/${lease.no}`);
      await theirs.getByText(lease.says).first().waitFor();
      assert.deepEqual(await faults(theirs), []);
      await theirs.getByRole('link', { name: t('use.extend') }).click();
      await theirs.waitForURL(/\/file\/lease_extension/);
      await settled(theirs);
      await theirs.locator('#file-reason').fill('任务延至下月，需继续使用');
      const no = await file(theirs, lang);
      await visit(theirs, `/leases/${lease.no}`);
      await theirs.getByRole('link', { name: no }).waitFor();
      assert.equal((await asked(theirs, `/api/v1/leases/${lease.no}`)).extension.pending, no);
      await theirs.context().close();
    },
  },
];
