import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { openWindow, settled, signIn } from '../browser.mjs';
import { asked, become, either, enter, labelled, menuTo, visit, wholeMenu } from '../hands.mjs';

async function choose(page, dialog, label, option) {
  const field = dialog.getByRole('combobox', { name: label });
  await field.click();
  await field.fill(option);
  await page.getByRole('option', { name: option }).first().click();
}

export default [
  {
    // proves S19
    name: 'The administrator of the system sees when the last backup was made, and has one made now',
    as: 'sysadmin',
    at: '/backups',
    langs: ['zh'],
    async run({ page, t }) {
      const before = (await asked(page, '/api/v1/backups')).items.length;
      await page.getByRole('button', { name: t('admin.backupNow') }).click();
      const dialog = page.getByRole('dialog', { name: t('admin.backupNow') });
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await page.getByText(t('admin.backupDone')).waitFor();
      const told = await asked(page, '/api/v1/backups');
      assert.ok(told.items.length > before && told.items[0].whole, 'a set that is whole');
      await page.locator('.el-table__row', { hasText: t('admin.backupIsWhole') }).first().waitFor();
      await page.locator('.el-descriptions', { hasText: t('admin.backupFine') }).waitFor();
      assert.deepEqual(await faults(page), []);
      await visit(page, '/wall');
      await page.getByText(t('wall.backup'), { exact: false }).first().waitFor();
    },
  },
  {
    // proves S22, S26
    name: 'The security administrator creates an account, reads its password once, and asks for its role; another confirms',
    as: 'secadmin',
    at: '/',
    async run({ page, lang, t, browser, base, accounts }) {
      const login = `newcomer-${lang}`;
      await menuTo(page, lang, 'admin.people');
      await page.waitForURL(/\/people$/);
      await settled(page);
      await page.getByRole('button', { name: t('admin.createPerson') }).click();
      const dialog = page.getByRole('dialog', { name: t('admin.createPerson') });
      await labelled(dialog, t('admin.login')).fill(login);
      await labelled(dialog, t('admin.name')).fill(either(lang, '新来的同事', 'A Newcomer'));
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      const password = (await dialog.locator('code').textContent()).trim();
      assert.ok(password.length >= 12, 'a one-time password');
      await dialog.getByRole('button', { name: t('app.close'), exact: true }).last().click();
      await dialog.waitFor({ state: 'hidden' });
      assert.ok(!(await page.content()).includes(password), 'the password is shown once');

      await visit(page, `/people/${login}`);
      await page.getByRole('button', { name: t('admin.grant') }).click();
      const grant = page.getByRole('dialog', { name: t('admin.grant') });
      const scope = grant.locator('label').filter({ hasText: t('admin.scope') });
      await choose(page, grant, t('admin.role'), either(lang, '外部审计人员', 'Outside auditor'));
      await scope.waitFor();
      await choose(page, grant, t('admin.role'), either(lang, '财政部门', 'Finance body'));
      await scope.waitFor({ state: 'detached' });
      await choose(page, grant, t('admin.org'), either(lang, '云海市财政局', '云海市财政局'));
      await grant.getByRole('button', { name: t('app.confirm') }).click();
      await grant.waitFor({ state: 'hidden' });
      await page.getByRole('heading', { name: t('admin.waitingActs') }).waitFor();
      await become(page, 'secadmin2', accounts);
      await visit(page, '/acts');
      const row = page.locator('.el-table__row', { hasText: login });
      await row.getByRole('button', { name: t('admin.confirmAct') }).click();
      const confirm = page.getByRole('dialog', { name: t('admin.confirmAct') });
      await labelled(confirm, t('admin.reason')).fill('情况属实');
      await confirm.getByRole('button', { name: t('app.confirm') }).click();
      await confirm.waitFor({ state: 'hidden' });
      assert.deepEqual(await faults(page), []);
      await become(page, 'secadmin', accounts);
      await visit(page, `/people/${login}`);
      await page.getByRole('link', { name: '云海市财政局' }).waitFor();
      const person = await asked(page, `/api/v1/people/${login}`);
      assert.deepEqual(person.grants.map((g) => g.role), ['finance']);
      assert.deepEqual(await faults(page), []);

      const theirs = await openWindow(browser, { base, lang });
      await signIn(theirs, login, password);
      await theirs.waitForURL(/\/password$/);
      await labelled(theirs, t('session.oldPassword')).fill(password);
      await labelled(theirs, t('session.newPassword')).fill('A-longer-word-of-2026');
      await labelled(theirs, t('session.repeatPassword')).fill('A-longer-word-of-2026');
      await theirs.getByRole('button', { name: t('session.change') }).click();
      await theirs.getByRole('heading', { level: 1, name: t('work.inbox') }).waitFor();
      await theirs.context().close();
    },
  },
  {
    // proves S06, S26
    name: 'Who comes to administrate signs in with a password of which two persons saw half each',
    as: 'secadmin',
    at: '/',
    langs: ['zh'],
    async run({ page, t, lang, browser, base, accounts }) {
      await enter(page, 'POST', '/api/v1/people', { login: 'halved', name: '新任审计员' });
      await visit(page, '/people/halved');
      await page.getByRole('button', { name: t('admin.grant') }).click();
      const grant = page.getByRole('dialog', { name: t('admin.grant') });
      await choose(page, grant, t('admin.role'), '审计管理员');
      await choose(page, grant, t('admin.org'), '云衡平台');
      await grant.getByRole('button', { name: t('app.confirm') }).click();
      await grant.getByText(t('admin.firstHalf')).waitFor();
      const first = (await grant.locator('code').textContent()).trim();
      assert.deepEqual(await faults(page), []);
      await become(page, 'secadmin2', accounts);
      await visit(page, '/acts');
      await page.locator('.el-table__row', { hasText: 'halved' }).getByRole('button', { name: t('admin.confirmAct') }).click();
      const confirm = page.getByRole('dialog', { name: t('admin.confirmAct') });
      await labelled(confirm, t('admin.reason')).fill('情况属实');
      await confirm.getByRole('button', { name: t('app.confirm') }).click();
      await confirm.getByText(t('admin.secondHalf')).waitFor();
      const second = (await confirm.locator('code').textContent()).trim();
      const whole = page.viewportSize();
      for (const size of [{ width: 390, height: 844 }, whole]) {
        await page.setViewportSize(size); // a telephone is turned: what is shown once stays
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        assert.equal((await confirm.locator('code').textContent()).trim(), second);
      }
      await confirm.getByRole('button', { name: t('app.close'), exact: true }).last().click();
      await page.locator('.el-table__row', { hasText: 'halved' }).getByText(t('admin.act_done')).waitFor();

      const theirs = await openWindow(browser, { base, lang });
      await signIn(theirs, 'halved', `${first}-${second}`);
      await theirs.waitForURL(/\/password$/);
      await theirs.context().close();
    },
  },
  {
    // proves S17, S22
    name: 'The auditor reads the record of what was done, and neither cases nor resources',
    as: 'auditor',
    at: '/',
    async run({ page, lang, t }) {
      await menuTo(page, lang, 'admin.audit');
      await page.waitForURL(/\/audit$/);
      await page.locator('.el-table__row').first().waitFor();
      await page.getByRole('button', { name: t('admin.verifyNow') }).click();
      const verify = page.getByRole('dialog', { name: t('admin.verifyNow') });
      await verify.getByRole('button', { name: t('app.confirm') }).click();
      await verify.waitFor({ state: 'hidden', timeout: 180_000 });
      assert.equal((await asked(page, '/api/v1/audit/integrity')).last.state, 'intact');
      await settled(page);
      assert.deepEqual(await faults(page), []);
      await visit(page, '/security');
      await page.getByRole('heading', { level: 1, name: t('admin.security') }).waitFor();
      assert.deepEqual(await faults(page), []);
      const menu = await wholeMenu(page, lang);
      for (const barred of ['work.cases', 'admin.jobs', 'use.resources']) {
        assert.equal(await menu.getByRole('link', { name: t(barred), exact: true }).count(), 0, barred);
      }
      for (const path of ['/cases', '/resources', '/jobs']) {
        await visit(page, path);
        await page.getByText(t('app.barred')).waitFor();
        const reply = await page.request.get(`/api/v1${path}`);
        assert.equal(reply.status(), 403, path);
      }
    },
  },
  {
    // proves S22
    name: 'The system administrator sees the jobs, and what fails among them',
    as: 'sysadmin',
    at: '/',
    async run({ page, lang, t }) {
      await menuTo(page, lang, 'admin.jobs');
      await page.waitForURL(/\/jobs$/);
      await settled(page);
      // jobs come and go meanwhile: any numbers, in that sentence
      const counts = await asked(page, '/api/v1/job-counts');
      const any = Object.fromEntries(Object.keys(counts).map((name) => [name, '#']));
      const sentence = t('admin.jobCounts', any).replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/#/g, '\\d+');
      await page.getByText(new RegExp(sentence)).waitFor();
      await page.locator('.el-table__row').first().waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
];
