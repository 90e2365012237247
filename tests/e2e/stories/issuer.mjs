import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { forgetSession, signIn } from '../browser.mjs';

export default [
  {
    // proves S04, S27, S44
    name: 'Somebody binds their account, signs out here and there, and is back without a password',
    async run({ page, base, lang, accounts, t }) {
      const title = lang === 'zh' ? '市统一身份认证' : 'City sign-on';
      await signIn(page, 'unit02', accounts.password);
      await page.goto('/account');
      await page.getByRole('button', { name: t('issuer.bindTo', { title }) }).click();
      await page.getByRole('link', { name: 'Go on' }).click();
      await page.waitForURL(/\/account$/);
      await page.getByText('zhang-0001').waitFor();
      assert.deepEqual(await faults(page), []);

      await page.context().clearCookies();
      await page.goto('/sign-in?to=/notices');
      const button = page.getByRole('button', { name: t('issuer.through', { title }) });
      await button.waitFor();
      assert.deepEqual(await faults(page), []);
      await button.click();
      await page.getByRole('link', { name: 'Go on' }).click();
      await page.waitForURL(/\/notices$/);
      await page.goto('/account');
      await page.getByRole('button', { name: t('issuer.unbind') }).click();
      await page.getByRole('dialog').getByRole('button', { name: t('app.confirm') }).click();
      await page.getByText(t('issuer.none')).waitFor();

      await page.locator('.bar .who').click();
      await page.getByText(t('app.signOut')).click();
      await page.getByRole('heading', { name: 'Signed out' }).waitFor();
      await page.getByText('You have left.').waitFor();
      forgetSession(base, 'unit02'); // whoever binds or unbinds an account ends what was signed in before
    },
  },
  {
    // proves S05
    name: 'The security administrator binds an account and admits its password no more',
    as: 'secadmin',
    at: '/people/unit05',
    langs: ['zh'],
    async run({ page, t }) {
      await page.getByRole('button', { name: t('issuer.bind') }).click();
      const dialog = page.getByRole('dialog', { name: t('issuer.bind') });
      await dialog.getByRole('combobox').first().click();
      await page.getByRole('option', { name: '市统一身份认证' }).click();
      await dialog.getByRole('textbox').last().fill('wang-0003');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await page.getByRole('cell', { name: 'wang-0003' }).waitFor();
      await page.getByRole('button', { name: t('issuer.only') }).click();
      await page.getByRole('dialog', { name: t('issuer.only') }).getByRole('button', { name: t('app.confirm') }).click();
      await page.getByRole('button', { name: t('issuer.notOnly') }).waitFor();
      assert.deepEqual(await faults(page), []);
      await page.getByRole('button', { name: t('issuer.notOnly') }).click();
      await page.getByRole('dialog', { name: t('issuer.notOnly') }).getByRole('button', { name: t('app.confirm') }).click();
      await page.getByRole('button', { name: t('issuer.only') }).waitFor();
    },
  },
  {
    name: 'An answer that does not belong to this browser signs nobody in, and leaves the address',
    langs: ['en'],
    async run({ page }) {
      await page.goto('/sign-in/issuer/city?code=stolen&state=s.0000');
      await page.getByRole('alert').waitFor();
      assert.equal(new URL(page.url()).search, '');
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link').click();
      await page.waitForURL(/\/sign-in$/);
    },
  },
];
