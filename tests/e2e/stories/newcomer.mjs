// Somebody who has read nothing finds the four things people ask first; and somebody has no mouse.
import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';
import { apply, asked, become, begin, decide, either, file, fits, labelled, menuTo, visit } from '../hands.mjs';

/** Moves on with the tabulator until what has the focus is wanted. */
async function tabTo(page, wanted, what) {
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab');
    const there = await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, wanted);
    if (!there) continue;
    const seen = await page.evaluate(() => {
      const box = document.activeElement.getBoundingClientRect();
      return box.bottom > 0 && box.top < innerHeight;
    });
    assert.ok(seen, `${what} is on the screen when it has the focus`);
    return;
  }
  throw new Error(`the tabulator never comes to ${what}`);
}

export default [
  {
    name: 'A newcomer reads on the first page what is due today, and two clicks later why something was refused',
    as: 'unit02',
    async run({ page, lang, t, accounts }) {
      await begin(page, lang, 'test', 'unit02.XM-002', 'block-ssd', 10);
      await page.locator('input[type=file]').setInputFiles([{ name: '需求说明.txt', mimeType: 'text/plain', buffer: Buffer.from('需求') }]);
      await page.getByRole('link', { name: '需求说明.txt' }).waitFor();
      const no = await file(page, lang);
      await become(page, 'operator', accounts);
      await visit(page, '/');
      const { items } = await asked(page, '/api/v1/inbox');
      const today = items.filter((i) => i.due?.workdays_left === 0 && !i.due.overdue).length;
      await page.getByText(t('work.nToday', { n: today })).waitFor();
      await visit(page, `/cases/${no}`);
      await decide(page, lang, either(lang, '不同意', 'Refuse'), '本月容量已满，请下月再提');

      await become(page, 'unit02', accounts);
      await visit(page, '/');
      await menuTo(page, lang, 'work.cases');
      const row = page.locator('.el-table__row', { hasText: no });
      assert.match(await row.textContent(), new RegExp(t('work.states.refused')));
      await row.getByRole('link', { name: no }).click();
      const why = page.getByRole('region', { name: t('work.whyRefused') });
      await why.getByText('本月容量已满，请下月再提').waitFor();
      assert.ok(await why.evaluate((e) => e.getBoundingClientRect().bottom < innerHeight), 'without scrolling');
      await page.getByRole('region', { name: t('work.steps') }).getByText(`✗ ${either(lang, '不同意', 'Refuse')}`).waitFor();
      assert.deepEqual(await faults(page), []);

      // and begins again from what was asked
      await why.getByRole('button', { name: t('work.fileAnew') }).click();
      await page.waitForURL(/\/file\/test$/);
      await settled(page);
      assert.equal(await labelled(page, either(lang, '数量', 'Quantity')).inputValue(), '10');
      await page.getByText('unit02.XM-002').first().waitFor();
      await page.getByRole('link', { name: '需求说明.txt' }).waitFor();
      const { items: carried } = await asked(page, '/api/v1/documents');
      const { items: had } = await asked(page, `/api/v1/cases/${no}/documents`);
      assert.deepEqual(carried.map((d) => [d.name, d.digest]), had.map((d) => [d.name, d.digest]));
      assert.notEqual(carried[0].id, had[0].id);
      const gone = page.waitForResponse((r) => r.request().method() === 'DELETE' && r.url().endsWith(carried[0].id));
      await page.getByRole('button', { name: t('form.remove', { what: '需求说明.txt' }) }).click();
      assert.equal((await gone).status(), 204);
      await page.getByRole('button', { name: t('work.clear') }).click();

      // what is owed today is told beside the steps, and who has no steps is told where to go
      await become(page, 'vendor-a', accounts);
      await visit(page, '/');
      const owed = (await asked(page, '/api/v1/duties?mine=true&open=true&limit=20')).items.filter((d) => d.state === 'open');
      const pressing = { today: owed.filter((d) => d.workdays_left === 0 && !d.overdue).length, overdue: owed.filter((d) => d.overdue).length };
      assert.ok(pressing.today + pressing.overdue > 0);
      await page.getByRole('link', { name: t('duty.pressing', pressing) }).waitFor();
      await become(page, 'auditor', accounts);
      await visit(page, '/');
      await page.getByRole('main').getByRole('link', { name: t('admin.audit'), exact: true }).waitFor();
    },
  },
  {
    name: 'A newcomer sees with one click how long every lease still runs',
    as: 'operator',
    at: '/',
    async run({ page, lang, t }) {
      const { items } = await asked(page, '/api/v1/leases?state=live&limit=1', t('app.name') === '云衡' ? 'zh' : 'en');
      await menuTo(page, lang, 'use.leases');
      const row = page.locator('.el-table__row', { hasText: items[0].no });
      await row.waitFor();
      const cell = row.getByText(items[0].says);
      assert.ok(await cell.evaluate((e) => e.getBoundingClientRect().right <= innerWidth), 'in sight');
    },
  },
  {
    name: 'A newcomer comes with three clicks from the menu to how a figure of the bill was reckoned',
    as: 'unit01',
    at: '/',
    async run({ page, lang, t }) {
      await menuTo(page, lang, 'money.bill');
      await page.locator('.yh-grid a.yh-figure, .yh-grid .yh-figure a').first().click();
      await page.waitForURL(/\/statements\/YH-JS-/);
      await settled(page);
      const why = page.getByRole('link', { name: new RegExp(t('money.why')) }).first();
      assert.ok(await why.evaluate((e) => e.getBoundingClientRect().right <= innerWidth), 'in sight');
      await why.click();
      await page.waitForURL(/\/lines\/\d+$/);
      await settled(page);
      await page.getByText(t('money.usage'), { exact: false }).first().waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves S44
    name: 'By the keyboard alone a unit applies for a disk, reads the checks and gets its number',
    as: 'unit02',
    async run({ page, lang, t }) {
      await visit(page, '/file/test?project=unit02.XM-002');
      await tabTo(page, '#file-items', 'the button that adds a line');
      await page.keyboard.press('Enter');
      await tabTo(page, 'input[role=combobox][id^="file-items-0-"]', 'the item of the catalogue');
      await page.keyboard.type('block-ssd');
      await page.locator('.el-select-dropdown__item:visible', { hasText: 'block-ssd' }).first().waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await tabTo(page, '#file-items-0-quantity', 'the quantity');
      await page.keyboard.type('10');
      await page.getByRole('region', { name: t('work.checks') }).waitFor();
      await tabTo(page, 'form button[type=submit]', 'the button');
      await page.keyboard.press('Enter');
      const told = page.getByRole('status').filter({ hasText: /YH-\d{4}-[A-Z]+-\d{6}/ });
      await told.waitFor();
      const no = /YH-\d{4}-[A-Z]+-\d{6}/.exec(await told.textContent())[0];
      assert.equal((await asked(page, `/api/v1/cases/${no}`, lang)).no, no);
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // a window of 1280 pixels at 200 % is one of 640 of the page's own; proves S44
    name: 'By the keyboard alone, at 200 %, one signs in, finds a step, decides it and signs out',
    as: 'unit02',
    width: 640,
    height: 450,
    async run({ page, lang, t, accounts }) {
      const no = await apply(page, lang, 'unit02.XM-002');
      await page.context().clearCookies();
      await page.goto('/sign-in');
      await tabTo(page, '#login', 'the login');
      await page.keyboard.type('operator');
      await tabTo(page, '#password', 'the password');
      await page.keyboard.type(accounts.password);
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.pathname === '/');
      await settled(page);
      await tabTo(page, `main ul.steps a[href$="${no}"]`, 'the step');
      await page.keyboard.press('Enter');
      await page.waitForURL(new RegExp(no));
      await settled(page);
      assert.ok(await fits(page), 'the case');
      await tabTo(page, '.outcomes input[type=radio]', 'the outcomes');
      await page.keyboard.press('Space');
      await tabTo(page, 'form textarea', 'the reason');
      await page.keyboard.type('同意开通');
      await tabTo(page, 'form button[type=submit]', 'the button');
      await page.keyboard.press('Enter');
      await page.getByRole('status').filter({ hasText: '✓' }).waitFor();
      assert.equal((await asked(page, `/api/v1/cases/${no}`)).steps[0].outcome, 'approve');
      await page.goto('/');
      await settled(page);
      await tabTo(page, 'header .who', 'the own name');
      await page.keyboard.press('Enter');
      const leave = page.getByRole('menuitem', { name: t('app.signOut') });
      await leave.waitFor();
      for (let i = 0; i < 8; i++) {
        if (await leave.evaluate((e) => e === document.activeElement)) break;
        await page.keyboard.press('ArrowDown');
      }
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/sign-in/);
      assert.equal((await page.request.get('/api/v1/session')).status(), 401);
    },
  },
];
