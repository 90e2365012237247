// What a person does about their own account, and the security administrator about those of others.
import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { codeOf, forgetSession, giveDevice, nextCode, openWindow, settled, signIn } from '../browser.mjs';
import { asked, become, confirmAct, enter, fits, labelled, roleless, visit } from '../hands.mjs';

const step = () => Math.floor(Date.now() / 30_000);

async function picture(page, name) {
  if (process.env.YH_SHOTS) await page.screenshot({ path: `${process.env.YH_SHOTS}/${name}.png`, fullPage: true });
}

export default [
  {
    // proves S04, S05
    name: 'Whose device is lost enrols another, signs in with its code, and sees where one is signed in',
    as: 'secadmin',
    async run({ page, lang, t, browser, base, accounts }) {
      await visit(page, '/people/auditor');
      await page.getByRole('button', { name: t('admin.resetFactor') }).click();
      const reset = page.getByRole('dialog', { name: t('admin.resetFactor') });
      await labelled(reset, t('admin.reason')).fill('手机丢失');
      await reset.getByRole('button', { name: t('app.confirm') }).click();
      await reset.waitFor({ state: 'hidden' });
      await picture(page, `person-${lang}`);
      const [act] = (await asked(page, '/api/v1/acts?person=auditor&state=waiting', lang)).items;
      await confirmAct(page, accounts, act.id);
      forgetSession(base, 'auditor');

      const theirs = await openWindow(browser, { base, lang, width: 1280, height: 900 });
      await signIn(theirs, 'auditor', accounts.password);
      await theirs.waitForURL(/\/second-factor$/);
      await visit(theirs, '/audit');
      await theirs.waitForURL(/\/second-factor$/);
      await settled(theirs);
      const key = (await theirs.locator('code.key').textContent()).replace(/ /g, '');
      await picture(theirs, `enrol-${lang}`);
      assert.deepEqual(await faults(theirs), []);
      const shown = step();
      await theirs.fill('#factor-code', codeOf(key, shown));
      await theirs.getByRole('button', { name: t('factor.confirm') }).click();
      await theirs.locator('ul.codes li').nth(9).waitFor();
      await picture(theirs, `codes-${lang}`);
      await theirs.getByRole('button', { name: t('session.factorGo') }).click();
      await theirs.waitForURL((url) => url.pathname !== '/second-factor');
      giveDevice(accounts.password, 'auditor', key, shown);

      await theirs.context().clearCookies();
      await theirs.goto('/sign-in?to=/account');
      await theirs.fill('#login', 'auditor');
      await theirs.fill('#password', accounts.password);
      await theirs.press('#password', 'Enter');
      await theirs.locator('#code').waitFor();
      await picture(theirs, `second-step-${lang}`);
      assert.deepEqual(await faults(theirs), []);
      await theirs.fill('#code', '000000');
      await theirs.press('#code', 'Enter');
      await theirs.getByRole('alert').waitFor();
      await theirs.fill('#code', await nextCode(base, 'auditor', accounts.password));
      await theirs.press('#code', 'Enter');
      await theirs.waitForURL(/\/account$/);
      await settled(theirs);
      const sessions = theirs.locator('section', { has: theirs.getByRole('heading', { name: t('account.sessions'), exact: true }) });
      await sessions.locator('tbody tr').nth(1).waitFor();
      await sessions.getByRole('button', { name: t('account.endOthers') }).click();
      await theirs.getByRole('dialog').getByRole('button', { name: t('app.confirm') }).click();
      await sessions.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
      for (const width of [768, 1280]) {
        await theirs.setViewportSize({ width, height: 900 });
        await settled(theirs);
        assert.ok(await fits(theirs), `the account at ${width}`);
        await picture(theirs, `account-${width}-${lang}`);
      }
      assert.deepEqual(await faults(theirs), []);
      await theirs.context().close();
    },
  },
  {
    // proves S05
    name: 'The security administrator looks accounts through, closes one that nobody needs, and makes a program one',
    as: 'secadmin',
    async run({ page, lang, t, accounts }) {
      const login = `surplus-${lang}`;
      await become(page, 'secadmin', accounts);
      await enter(page, 'POST', '/api/v1/people', { login, name: '多余的账户' });
      await visit(page, '/accounts?flag=roleless');
      for (const width of [768, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        await settled(page);
        assert.ok(await fits(page), `the review at ${width}`);
        await picture(page, `review-${width}-${lang}`);
      }
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link', { name: login }).click();
      await page.getByRole('button', { name: t('admin.close') }).click();
      const dialog = page.getByRole('dialog', { name: t('admin.close') });
      await labelled(dialog, t('admin.reason')).fill('无人使用');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await page.getByRole('button', { name: t('admin.reopen') }).waitFor();
      assert.deepEqual(await faults(page), []);
      assert.equal((await asked(page, `/api/v1/people/${login}`)).status, 'closed');
      await page.getByRole('button', { name: t('admin.reopen') }).click();
      const reopen = page.getByRole('dialog', { name: t('admin.reopen') });
      await labelled(reopen, t('admin.reason')).fill('仍要使用');
      await reopen.getByRole('button', { name: t('app.confirm') }).click();
      assert.ok((await reopen.locator('code').textContent()).trim().length >= 12, 'a one-time password');
      await reopen.getByRole('button', { name: t('app.close'), exact: true }).last().click();
      await reopen.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: t('admin.close'), exact: true }).waitFor();

      await visit(page, '/accounts');
      await page.getByRole('button', { name: t('admin.createService') }).click();
      const made = page.getByRole('dialog', { name: t('admin.createService') });
      await labelled(made, t('admin.login')).fill(`program-${lang}`);
      await labelled(made, t('admin.name')).fill('报表程序');
      await labelled(made, t('admin.owner')).fill('operator');
      await labelled(made, t('admin.lastDay')).fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
      await labelled(made, t('admin.lastDay')).press('Enter');
      await made.getByRole('button', { name: t('app.confirm') }).click();
      await made.waitFor({ state: 'hidden' });
      await become(page, 'operator', accounts);
      await visit(page, '/account');
      const card = page.locator('section', { has: page.getByRole('heading', { name: t('account.services'), exact: true }) });
      await card.getByText(`program-${lang}`).waitFor();
      await picture(page, `services-${lang}`);
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves X6, S05
    name: 'Who is away lends a role to a colleague, whose inbox then has its cases, and takes it back',
    as: 'operator',
    langs: ['zh'],
    async run({ page, lang, t, browser, base, accounts }) {
      const theirs = await roleless(browser, { base, lang, accounts }, 'stand-in');
      const [{ no: waiting }] = (await asked(page, '/api/v1/inbox')).items;
      const { today } = await asked(page, '/api/v1/clock');
      const cardOf = (of) => of.locator('section', { has: of.getByRole('heading', { name: t('delegation.title'), exact: true }) });
      const card = cardOf(page);
      await visit(page, '/account');
      await card.getByRole('button', { name: t('delegation.lend') }).click();
      const dialog = page.getByRole('dialog', { name: t('delegation.lend') });
      const taker = labelled(dialog, t('delegation.login'));
      await taker.fill('nobody-here');
      await labelled(dialog, t('delegation.lastDay')).fill(today);
      await labelled(dialog, t('delegation.lastDay')).press('Enter');
      await labelled(dialog, t('delegation.reason')).fill('出差');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      const refused = await dialog.getByRole('alert').getAttribute('id');
      assert.equal(await taker.getAttribute('aria-describedby'), refused, 'it is refused where the name stands');
      await picture(page, `lend-${lang}`);
      assert.deepEqual(await faults(page), []);
      await taker.fill('stand-in');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await dialog.waitFor({ state: 'hidden' });
      await card.getByText('stand-in').waitFor();
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await settled(page);
        assert.ok(await fits(page), `what is lent at ${width}`);
        await picture(page, `lent-${width}-${lang}`);
      }
      assert.deepEqual(await faults(page), []);

      await visit(theirs, '/');
      await theirs.locator('main ul.steps > li').filter({ hasText: waiting }).first().waitFor();
      await visit(theirs, '/account');
      await cardOf(theirs).getByRole('button', { name: t('delegation.giveBack') }).waitFor();
      await picture(theirs, `borrowed-${lang}`);
      assert.deepEqual(await faults(theirs), []);

      await card.getByRole('button', { name: t('delegation.takeBack') }).click();
      await page.getByRole('dialog', { name: t('delegation.takeBack') }).getByRole('button', { name: t('app.confirm') }).click();
      await card.getByText(t('delegation.none')).waitFor();
      assert.deepEqual((await asked(theirs, '/api/v1/inbox')).items, []);
      await theirs.context().close();
    },
  },
];
