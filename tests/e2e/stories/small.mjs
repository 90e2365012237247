import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { apply, asked, become, decide, either, fits, openWaiting, visit } from '../hands.mjs';

export default [
  {
    // proves S44
    name: 'On a phone one finds a step in the inbox and decides it, moving nothing sideways',
    as: 'unit02',
    width: 390,
    height: 844,
    async run({ page, lang, accounts }) {
      const no = await apply(page, lang, 'unit02.XM-002');
      assert.ok(await fits(page), 'the filing form');
      await become(page, 'operator', accounts);
      await visit(page, '/');
      assert.ok(await fits(page), 'the inbox');
      assert.deepEqual(await faults(page), []);
      await openWaiting(page, no);
      assert.ok(await fits(page), 'the case');
      await decide(page, lang, either(lang, '不同意', 'Refuse'), '请改在下季度申请');
      assert.ok(await fits(page), 'the case decided');
      assert.equal((await asked(page, `/api/v1/cases/${no}`)).state, 'refused');
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves S44
    name: 'On a phone the rows of a table are cards, which stand in the order one asks for',
    as: 'operator',
    width: 390,
    height: 844,
    langs: ['zh'],
    async run({ page, t }) {
      for (const path of ['/districts', '/overview', '/clouds', '/capacity', '/experience', '/allocation']) {
        await visit(page, path);
        await page.locator('main li dl').first().waitFor();
        assert.equal(await page.locator('main .el-table').count(), 0, path);
        assert.ok(await fits(page), path);
        assert.deepEqual(await faults(page), [], path);
      }
      const quotas = () => page.locator('main li dd:nth-of-type(2)').allInnerTexts().then((all) => all.map((q) => Number(q.replaceAll(',', ''))));
      await page.getByRole('combobox', { name: t('list.sortBy') }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('option', { name: `${t('govern.quota')}：${t('list.asc')}` }).click();
      await page.waitForFunction(() => {
        const all = [...document.querySelectorAll('main li dd:nth-of-type(2)')].map((q) => Number(q.innerText.replaceAll(',', '')));
        return all.length > 1 && all.every((q, i) => i === 0 || all[i - 1] <= q);
      });
      const shown = await quotas();
      assert.deepEqual(shown, [...shown].sort((a, b) => a - b));
      assert.ok(shown[0] < shown.at(-1));
    },
  },
  {
    // proves S44
    name: 'On a phone the name of a column is heard as the head of its cells, and not once more in each',
    as: 'operator',
    width: 390,
    height: 844,
    langs: ['zh'],
    async run({ page, t }) {
      await visit(page, '/matrix');
      await page.getByRole('region', { name: t('rules.matrix') }).waitFor();
      const [head, name] = await page.evaluate(() => {
        const cell = [...document.querySelectorAll('main .wide tbody td')].find((c) => c.textContent);
        return [cell.closest('table').tHead.rows[0].cells[cell.cellIndex].textContent, getComputedStyle(cell, '::before').content];
      });
      assert.ok(name.includes(head), 'seen beside the cell');
      const session = await page.context().newCDPSession(page);
      const { nodes } = await session.send('Accessibility.getFullAXTree');
      const heard = (role, text) => nodes.filter((n) => !n.ignored && n.role.value === role && n.name?.value === text).length;
      assert.equal(heard('columnheader', head), 1);
      assert.equal(heard('StaticText', head), 1);
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // a window of 1280 pixels at 200 % is one of 640 of the page's own
    // proves S44
    name: 'At 200 % every page of the work is read without moving it sideways',
    as: 'operator',
    width: 640,
    height: 450,
    langs: ['en'],
    async run({ page }) {
      const no = (await asked(page, '/api/v1/cases?limit=1')).items[0].no;
      for (const path of ['/', '/cases', `/cases/${no}`, '/notices', '/resources', '/statements', '/procedures/expansion']) {
        await visit(page, path);
        assert.ok(await fits(page), path);
      }
    },
  },
];
