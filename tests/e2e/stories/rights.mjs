// Bodies, people and their rights, what is pushed to whom: what administrators change.
import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { codeOf, forgetSession, settled } from '../browser.mjs';
import { asked, become, either, enter, enterInTwos, labelled, visit, wholeMenu } from '../hands.mjs';

async function choose(page, dialog, label, option) {
  await dialog.getByRole('combobox', { name: label }).first().click();
  await page.locator('.el-select-dropdown__item:visible', { hasText: option }).first().click();
}

/** Somebody from outside, who may look at some kinds of things of the municipal cloud today. */
async function outsider(page, accounts, login) {
  await become(page, 'sysadmin', accounts);
  const firm = `${login}-firm`;
  await enter(page, 'POST', '/api/v1/orgs', { code: firm, name: '云海审计事务所', kind: 'assessor' });
  await enter(page, 'PUT', '/api/v1/clouds/YH/bodies/outside_auditor', { org: firm });
  const today = (await asked(page, '/api/v1/clock')).today;
  await become(page, 'secadmin', accounts);
  const { one_time_password: once } = await enter(page, 'POST', '/api/v1/people', { login, name: '外部审计' });
  const grant = { role: 'outside_auditor', org: firm, capacity: 'sign', first_day: today, last_day: today };
  await enterInTwos(page, accounts, 'POST', `/api/v1/people/${login}/grants`, { ...grant, scope: 'case settle resource' });
  const theirs = { base: accounts.base, password: once };
  await become(page, login, theirs);
  theirs.password = 'A-longer-word-of-2026';
  await enter(page, 'POST', '/api/v1/account/password', { old_password: once, new_password: theirs.password });
  forgetSession(accounts.base, login);
  await become(page, login, theirs);
}

export default [
  {
    name: 'A body is entered, the papers of another get a prefix of their own; somebody gets a role in it, loses it again, and gets a new password',
    as: 'sysadmin',
    langs: ['zh'],
    async run({ page, lang, t, accounts }) {
      const code = `archive-${lang}`;
      await visit(page, '/orgs');
      await page.getByRole('button', { name: t('admin.createOrg') }).click();
      const dialog = page.getByRole('dialog', { name: t('admin.createOrg') });
      await labelled(dialog, t('admin.code')).fill(code);
      await labelled(dialog, t('admin.name')).fill(either(lang, '云海市档案事务局', '云海市方志事务局'));
      await choose(page, dialog, t('admin.kind'), t('admin.unit'));
      assert.deepEqual(await faults(page), []);
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await dialog.waitFor({ state: 'hidden' });
      assert.equal((await asked(page, `/api/v1/orgs/${code}`)).kind, 'unit');

      const body = (await asked(page, '/api/v1/orgs?limit=200')).items.find((o) => o.kind === 'body').code;
      await visit(page, `/orgs/${body}`);
      await page.getByRole('button', { name: t('admin.setPrefix') }).click();
      const prefix = page.getByRole('dialog', { name: t('admin.setPrefix') });
      await labelled(prefix, t('admin.paperPrefix')).fill('云海数');
      await prefix.getByRole('button', { name: t('app.confirm') }).click();
      await prefix.waitFor({ state: 'hidden' });
      await page.locator('dd', { hasText: '云海数' }).waitFor();
      assert.equal((await asked(page, `/api/v1/orgs/${body}`)).paper_prefix, '云海数');

      await become(page, 'secadmin', accounts);
      const login = `archivist-${lang}`;
      await enter(page, 'POST', '/api/v1/people', { login, name: '档案员' });
      await enterInTwos(page, accounts, 'POST', `/api/v1/people/${login}/grants`, { role: 'unit', org: code, capacity: 'sign' });
      const before = await asked(page, `/api/v1/people/${login}`);
      assert.equal(before.grants.length, 1, 'the role holds before it is ended');
      await visit(page, `/people/${login}`);
      await page.getByRole('button', { name: t('admin.endGrant') }).click();
      const end = page.getByRole('dialog', { name: t('admin.endGrant') });
      await end.getByRole('button', { name: t('app.confirm') }).click();
      await end.waitFor({ state: 'hidden' });
      await become(page, 'secadmin2', accounts);
      const act = (await asked(page, `/api/v1/acts?state=waiting&person=${login}`)).items[0].id;
      await enter(page, 'POST', `/api/v1/acts/${act}/decision`, { outcome: 'confirm', reason: '情况属实' });
      await become(page, 'secadmin', accounts);
      await visit(page, `/people/${login}`);
      const today = (await asked(page, '/api/v1/clock')).today;
      const person = await asked(page, `/api/v1/people/${login}`);
      assert.ok(person.grants.every((g) => g.last_day !== null && g.last_day <= today), JSON.stringify(person.grants));

      await page.getByRole('button', { name: t('admin.resetPassword') }).click();
      const reset = page.getByRole('dialog', { name: t('admin.resetPassword') });
      await reset.getByRole('button', { name: t('app.confirm') }).click();
      assert.ok((await reset.locator('code').textContent()).trim().length >= 12, 'a one-time password');
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves X12
    name: 'Somebody from outside who may look at some kinds of things is offered their pages, and no other',
    as: 'sysadmin',
    langs: ['zh'],
    async run({ page, t, accounts }) {
      await outsider(page, accounts, 'outside');
      const refused = [];
      page.on('response', (reply) => reply.status() === 403 && refused.push(new URL(reply.url()).pathname));
      await visit(page, '/');
      assert.equal(new URL(page.url()).pathname, '/cases', 'who has no inbox begins with the cases');
      const menu = await wholeMenu(page, 'zh');
      const paths = await menu.getByRole('link').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
      for (const path of ['/cases', '/resources', '/statements', '/articles']) assert.ok(paths.includes(path), path);
      for (const path of paths) {
        await visit(page, path);
        assert.equal(await page.locator('.problem').count(), 0, path);
      }
      assert.deepEqual(refused.filter((path) => path !== '/api/v1/clouds'), []);
      for (const path of ['/leases', '/findings', '/evaluations']) assert.ok(!paths.includes(path), path);
      // what was put before the groups while there were many pages
      await page.evaluate(() => localStorage.setItem('yh-menu-daily outside', 'cases resources'));
      await page.reload();
      await settled(page);
      await menu.getByRole('link').first().waitFor();
      const after = await (await wholeMenu(page, 'zh')).getByRole('link').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
      assert.deepEqual(after, paths);
    },
  },
  {
    // proves S04
    name: 'Who only looks enrols a second factor, draws other recovery codes, and sees where they are signed in',
    as: 'sysadmin',
    langs: ['en'],
    async run({ page, t, accounts }) {
      await outsider(page, accounts, 'looker');
      await visit(page, '/account');
      await page.getByRole('heading', { name: t('account.sessions'), exact: true }).waitFor();
      await page.getByRole('button', { name: t('factor.enrol') }).click();
      const key = (await page.locator('code.key').textContent()).replace(/ /g, '');
      const thirties = () => Math.floor(Date.now() / 30_000);
      const step = thirties();
      await page.fill('#factor-code', codeOf(key, step));
      await page.getByRole('button', { name: t('factor.confirm') }).click();
      await page.locator('ul.codes li').nth(9).waitFor();
      assert.deepEqual(await faults(page), []);
      assert.equal((await asked(page, '/api/v1/account/second-factor')).enrolled, true);

      await visit(page, '/account');
      await page.getByRole('button', { name: t('factor.renew') }).click();
      const renew = page.getByRole('dialog', { name: t('factor.renew') });
      await labelled(renew, t('factor.codeOrRecovery')).fill(codeOf(key, Math.max(step + 1, thirties())));
      await renew.getByRole('button', { name: t('app.confirm') }).click();
      assert.equal((await renew.locator('code').textContent()).trim().split('\n').length, 10);
    },
  },
  {
    name: 'A webhook is made, its secret shown once; it is turned off, on, and deleted',
    as: 'operator',
    langs: ['en'],
    async run({ page, lang, t }) {
      const label = `bus-${lang}`;
      await visit(page, '/webhooks');
      await page.getByRole('button', { name: t('admin.createWebhook') }).click();
      const dialog = page.getByRole('dialog', { name: t('admin.createWebhook') });
      await labelled(dialog, t('admin.label')).fill(label);
      await labelled(dialog, t('admin.url')).fill('https://events.example.org/yunheng');
      await choose(page, dialog, t('admin.role'), '云海市大数据中心');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      assert.ok((await dialog.locator('code').textContent()).trim().length >= 20, 'a secret');
      await dialog.getByRole('button', { name: t('app.close'), exact: true }).last().click();
      await dialog.waitFor({ state: 'hidden' });
      const row = page.locator('.el-table__row', { hasText: label });
      const state = async () => (await asked(page, '/api/v1/webhooks')).items.find((w) => w.label === label)?.state;
      assert.equal(await state(), 'on');
      assert.deepEqual(await faults(page), []);
      await row.getByRole('button', { name: t('admin.turnOff') }).click();
      await row.getByRole('button', { name: t('admin.turnOn') }).waitFor();
      assert.equal(await state(), 'off');
      await row.getByRole('button', { name: t('admin.turnOn') }).click();
      await row.getByRole('button', { name: t('admin.turnOff') }).waitFor();
      await row.getByRole('button', { name: t('admin.delete') }).click();
      const gone = page.getByRole('dialog', { name: t('admin.delete') });
      await gone.getByRole('button', { name: t('app.confirm') }).click();
      await row.waitFor({ state: 'detached' });
      assert.equal(await state(), undefined);
    },
  },
  {
    name: 'Without a mail address nothing is mailed; the feed of deadlines is made, read and ended',
    as: 'unit01',
    langs: ['zh'],
    async run({ page, t }) {
      await visit(page, '/account');
      assert.deepEqual(await faults(page), []);
      const switches = page.getByRole('switch');
      assert.ok((await switches.count()) > 0);
      for (const s of await switches.all()) assert.ok(await s.isDisabled(), 'mail without an address');
      await page.getByRole('button', { name: t('account.setMail') }).click();
      const dialog = page.getByRole('dialog', { name: t('account.setMail') });
      await labelled(dialog, t('account.mail')).fill('no address');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await dialog.getByRole('alert').waitFor();
      await dialog.getByRole('button', { name: t('app.cancel') }).click();
      await dialog.waitFor({ state: 'hidden' });

      await page.getByRole('button', { name: t('account.calendarMake') }).click();
      // its title turns to "change" once there is one
      const feed = page.getByRole('dialog');
      await feed.getByRole('button', { name: t('app.confirm') }).click();
      const address = (await feed.locator('code').textContent()).trim();
      const read = await page.request.get(address);
      assert.match(await read.text(), /^BEGIN:VCALENDAR/);
      await feed.getByRole('button', { name: t('app.close'), exact: true }).last().click();
      await feed.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: t('account.calendarEnd') }).click();
      const end = page.getByRole('dialog', { name: t('account.calendarEnd') });
      await end.getByRole('button', { name: t('app.confirm') }).click();
      await end.waitFor({ state: 'hidden' });
      assert.equal((await page.request.get(address)).status(), 404);
    },
  },
];
