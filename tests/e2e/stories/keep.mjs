// What must not get lost: what is shown, what is made, where one is, whose clock it is.
import assert from 'node:assert/strict';
import { openWindow } from '../browser.mjs';
import { asked, become, labelled, visit } from '../hands.mjs';

/** Answers of the server to a path are lost on their way until it is ended. */
async function lose(page, pattern, reaches = false) {
  let times = 0;
  const handler = async (route) => {
    times++;
    if (reaches) await route.fetch();
    await route.abort();
  };
  await page.route(pattern, handler);
  return { times: () => times, end: () => page.unroute(pattern, handler) };
}

const other = (page, lang) => page.getByRole('button', { name: lang === 'zh' ? 'English' : '中文' });

/** What the charts of a page look like to who sits in a zone, once there is something on them. */
async function drawn(browser, base, accounts, zone, path) {
  const page = await openWindow(browser, { base, zone });
  try {
    await become(page, 'operator', accounts);
    await visit(page, path);
    await page.waitForFunction(() => {
      const inked = (c) => {
        const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
        let n = 0;
        for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n++;
        return n > 1000;
      };
      const all = [...document.querySelectorAll('canvas')];
      return all.length > 0 && all.every(inked);
    });
    return await page.locator('canvas').evaluateAll((all) => all.map((c) => c.toDataURL()));
  } finally {
    await page.context().close();
  }
}

/** Until a thing has the focus: what was done before it is done. */
async function focused(page, thing) {
  await thing.waitFor();
  const handle = await thing.elementHandle();
  await page.waitForFunction((e) => document.activeElement === e, handle);
}

export default [
  {
    name: 'What is shown stays when it cannot be read anew, and says since when it stands',
    loses: true,
    as: 'operator',
    at: '/',
    async run({ page, lang }) {
      const step = page.locator('.steps li').first();
      const before = await step.getByRole('link').first().textContent();
      const lost = await lose(page, /\/api\/v1\/inbox\?/);
      await other(page, lang).click();
      const there = lang === 'zh' ? 'Cannot be updated' : '暂时无法更新';
      const note = page.getByRole('status').filter({ hasText: there });
      await note.waitFor();
      assert.equal(await step.getByRole('link').first().textContent(), before);
      assert.match(await note.textContent(), /\d{4}-\d\d-\d\d \d\d:\d\d/);
      await lost.end();
      await note.getByRole('button').click();
      await note.waitFor({ state: 'detached' });
    },
  },
  {
    name: 'Rows of another question are not shown as the answer of one that failed',
    loses: true,
    as: 'operator',
    langs: ['zh'],
    async run({ page, t }) {
      await visit(page, '/cases?state=closed');
      await page.locator('.el-table__row').first().waitFor();
      const lost = await lose(page, /\/api\/v1\/cases\?/);
      await page.evaluate(() => history.pushState({}, '', '/cases?state=open'));
      await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate', { state: {} })));
      await page.getByRole('alert').filter({ hasText: t('problem.unreachable') }).waitFor();
      assert.equal(await page.locator('.el-table__row').count(), 0);
      await lost.end();
      await page.getByRole('button', { name: t('app.again') }).click();
      await page.locator('.el-table__row').first().waitFor();
    },
  },
  {
    name: 'A project whose entering got no answer is entered once when it is sent again',
    loses: true,
    as: 'unit01',
    langs: ['zh'],
    async run({ page, lang, t }) {
      const code = `ONCE-${lang}`;
      await visit(page, '/projects');
      await page.getByRole('button', { name: t('unit.newProject') }).click();
      const box = page.getByRole('dialog', { name: t('unit.newProject') });
      await labelled(box, t('unit.code')).fill(code);
      await labelled(box, t('unit.name')).fill('一次登记');
      const lost = await lose(page, /\/api\/v1\/projects$/, true);
      await box.getByRole('button', { name: t('app.confirm') }).click();
      await box.getByRole('alert').waitFor();
      assert.equal(lost.times(), 1);
      await lost.end();
      await box.getByRole('button', { name: t('app.confirm') }).click();
      await page.waitForURL(new RegExp(`/projects/unit01\\.${code}$`));
      const found = await asked(page, `/api/v1/projects/unit01.${code}`);
      assert.equal(found.state, 'initiating');
    },
  },
  {
    name: 'Charts show the city\'s time to whoever looks from another zone',
    langs: ['zh'],
    as: 'operator',
    async run({ page, browser, base, accounts }) {
      const { items } = await asked(page, '/api/v1/findings?limit=50');
      assert.ok(items.length > 0, 'the city has findings');
      for (const finding of items) {
        const path = `/findings/${finding.no}`;
        await visit(page, path);
        if ((await page.locator('canvas').count()) === 0) continue;
        const here = await drawn(browser, base, accounts, 'Asia/Shanghai', path);
        const there = await drawn(browser, base, accounts, 'America/New_York', path);
        assert.ok(here.length > 0);
        assert.deepEqual(there, here);
        return;
      }
      assert.fail('no finding has a curve');
    },
  },
  {
    name: 'The focus goes to the heading of the page one goes to, and its title is said',
    as: 'operator',
    at: '/',
    langs: ['en'],
    async run({ page, t }) {
      await page.getByRole('navigation').getByRole('link', { name: t('work.cases'), exact: true }).focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/cases/);
      await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), t('work.cases'));
      assert.equal(await page.locator('[aria-live]').filter({ hasText: t('work.cases') }).first().textContent(), t('work.cases'));
    },
  },
  {
    name: 'The order of a list is in the address, and a kept view is renamed and deleted',
    as: 'operator',
    async run({ page, lang, t }) {
      const first = `order-${lang}`;
      const second = `order-2-${lang}`;
      const query = 'state=closed&sort=filed&order=asc&limit=50';
      const sorted = async () => {
        // read until the rows are those of the server: what stood before is still shown for a moment
        const { items } = await asked(page, `/api/v1/cases?${query}`);
        await page.waitForFunction(
          (all) => {
            const rows = [...document.querySelectorAll('.el-table__row')].map((r) => r.textContent);
            return rows.length === all.length && all.every((no, i) => rows[i].includes(no));
          },
          items.map((c) => c.no),
        );
        await page.locator('th.ascending', { hasText: t('work.filed') }).waitFor();
      };
      await visit(page, '/cases?state=closed');
      await page.locator('thead th', { hasText: t('work.filed') }).click();
      await page.waitForURL(/sort=filed/);
      await sorted();
      await page.reload();
      await sorted();

      const views = async (wanted) => {
        const { items } = await asked(page, '/api/v1/account/views/cases');
        return items.find((v) => v.name === wanted);
      };
      const gone = (name) => page.waitForFunction(async (it) => {
        const { items } = await (await fetch('/api/v1/account/views/cases')).json();
        return !items.some((v) => v.name === it);
      }, name);
      const there = (name) => page.waitForFunction(async (it) => {
        const { items } = await (await fetch('/api/v1/account/views/cases')).json();
        return items.some((v) => v.name === it);
      }, name);
      const manage = page.getByRole('button', { name: t('list.manageViews') });
      const managed = page.getByRole('list', { name: t('list.manageViews') });
      const box = (title) => page.getByRole('dialog', { name: t(title), exact: true });
      await page.getByRole('button', { name: t('list.keepView') }).click();
      await box('list.keepView').getByRole('textbox').fill(first);
      await box('list.keepView').getByRole('textbox').press('Enter');
      await page.getByRole('combobox', { name: t('list.views') }).waitFor();
      await there(first);
      assert.equal((await views(first)).value.query.sort, 'filed');

      await manage.click();
      await managed.getByRole('button', { name: t('list.renameViewOf', { name: first }) }).click();
      await managed.waitFor({ state: 'hidden' });
      await box('list.renameView').getByRole('textbox').fill(second);
      await box('list.renameView').getByRole('textbox').press('Enter');
      await box('list.renameView').waitFor({ state: 'hidden' });
      await focused(page, manage);
      await gone(first); // the new name is kept before the old one goes
      assert.equal((await views(second)).value.query.sort, 'filed');

      await page.keyboard.press('Enter');
      await managed.getByRole('button', { name: t('list.dropViewOf', { name: second }) }).click();
      await box('list.dropView').getByRole('button', { name: t('list.dropView') }).click();
      await box('list.dropView').waitFor({ state: 'hidden' });
      await focused(page, page.getByRole('button', { name: t('list.keepView') }));
      await gone(second);
    },
  },
];
