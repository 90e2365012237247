// What is done when a quarter is over. It turns the city's clock: the last of the files, by its name.
import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { forgetSession } from '../browser.mjs';
import { asked, become, enter, labelled, visit } from '../hands.mjs';

async function turn(page, accounts, to) {
  // a long way is gone in parts, and nobody stays signed in for so long: it is gone on with while one
  // signs in, too, who may be out again before the second code is shown
  for (let there = false, left = 20; !there; left--) {
    try {
      await become(page, 'sysadmin', accounts);
      ({ there } = await enter(page, 'POST', '/api/v1/clock/turn', { to }));
    } catch (e) {
      if (left === 0 || !/: 401 /.test(e.message)) throw e;
    }
    for (const login of accounts.logins) forgetSession(accounts.base, login);
  }
}

async function openHands(page, result) {
  const { items } = await asked(page, `/api/v1/evaluation-results/${result}`);
  return items.filter((i) => i.kind === 'open').map((i) => i.indicator);
}

export default [
  {
    // proves A33.1
    name: 'What no record tells is scored by hand, with what it rests on, until the result has enough to be one',
    langs: ['zh'],
    async run({ page, lang, t, accounts }) {
      await become(page, 'operator', accounts);
      const year = Number((await asked(page, '/api/v1/clock')).today.slice(0, 4));
      await turn(page, accounts, `${year + 1}-01-04`);
      await become(page, 'operator', accounts);
      const body = { cloud: 'YH', scheme: 'provider', period: `${year}-Q4` };
      const made = await enter(page, 'POST', '/api/v1/evaluations', body);
      await become(page, 'econ-info', accounts);
      const [result] = (await asked(page, `/api/v1/evaluations/${made.no}/results`, lang)).items;
      assert.ok(result.withheld, 'half of it is not known yet');
      const [first, ...others] = await openHands(page, result.no);

      await visit(page, `/evaluations/${made.no}`);
      await page.getByRole('button', { name: t('evaluation.handScore') }).click();
      const dialog = page.getByRole('dialog', { name: t('evaluation.handScore') });
      const send = dialog.getByRole('button', { name: t('app.confirm') });
      const whole = await asked(page, `/api/v1/evaluation-results/${result.no}`, lang);
      const title = whole.items.find((i) => i.indicator === first).zh;
      for (const [label, option] of [['evaluation.name', result.name], ['evaluation.indicator', title]]) {
        await dialog.getByRole('combobox', { name: t(label) }).click();
        await page.locator('.el-select-dropdown__item:visible', { hasText: option }).first().click();
      }
      await labelled(dialog, t('evaluation.figure')).fill('2');
      assert.ok(await send.isDisabled(), 'nothing is scored without what it rests on');
      await labelled(dialog, t('evaluation.evidence')).fill('当季安全与运行事件台账');
      assert.deepEqual(await faults(page), []);
      await send.click();
      await dialog.waitFor({ state: 'hidden' });
      assert.ok(!(await openHands(page, result.no)).includes(first));

      await visit(page, `/evaluation-results/${result.no}`);
      await page.getByText('当季安全与运行事件台账').waitFor();
      const open = page.locator('tr', { hasText: whole.items.find((i) => i.kind === 'open').kind_title });
      for (let left = others.length; left > 0; left--) {
        await open.getByRole('button').first().click();
        const one = page.getByRole('dialog', { name: t('evaluation.handScore') });
        await labelled(one, t('evaluation.figure')).fill('90');
        await labelled(one, t('evaluation.evidence')).fill('季度考核记录');
        await one.getByRole('button', { name: t('app.confirm') }).click();
        await one.waitFor({ state: 'hidden' });
        await open.nth(left - 1).waitFor({ state: 'detached' }); // or the same one would be scored again
      }
      assert.deepEqual(await openHands(page, result.no), []);
      const scored = await asked(page, `/api/v1/evaluation-results/${result.no}`, lang);
      assert.equal(scored.withheld, false);
      await page.locator('.score strong', { hasText: String(scored.score) }).waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
];
