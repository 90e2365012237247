import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';
import { asked, labelled, menuTo, visit } from '../hands.mjs';

const fen = (yuan) => Math.round(Number(yuan) * 100);

export default [
  {
    name: 'Finance records a payment, and what is due falls by just that',
    as: 'finance',
    at: '/',
    async run({ page, lang, t }) {
      await menuTo(page, lang, 'money.statements');
      await page.waitForURL(/\/statements$/);
      await settled(page);
      assert.deepEqual(await faults(page), []);
      const { items } = await asked(page, '/api/v1/statements?limit=200');
      const owing = items.find((s) => fen(s.due) > 200);
      await visit(page, `/statements/${owing.no}`);
      await page.getByRole('button', { name: t('money.pay') }).click();
      const dialog = page.getByRole('dialog', { name: t('money.pay') });
      await labelled(dialog, t('money.amount')).fill('99999999.00');
      await labelled(dialog, t('money.reference')).fill(`CZ-${lang}-1`);
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await dialog.getByRole('alert').waitFor();
      await labelled(dialog, t('money.amount')).fill('1.25');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await dialog.waitFor({ state: 'hidden' });
      await page.getByRole('cell', { name: `CZ-${lang}-1` }).waitFor();
      await settled(page);
      const now = await asked(page, `/api/v1/statements/${owing.no}`);
      assert.equal(fen(now.due), fen(owing.due) - 125);
      assert.equal(fen(now.paid), fen(owing.paid) + 125);
      const due = page.locator('dt', { hasText: t('money.due') }).locator('xpath=following-sibling::dd[1]');
      // the payments are read anew beside the statement, either may come first
      await page.waitForFunction(
        ([shown, wanted]) => shown.textContent.replace(/[¥,\s]/g, '') === wanted,
        [await due.elementHandle(), now.due],
      );
      assert.deepEqual(await faults(page), []);
    },
  },
];
