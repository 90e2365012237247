// What the console makes, and what it offers to begin: by what the API says, not by names it knows.
import assert from 'node:assert/strict';
import { faults as axeFaults } from '../axe.mjs';
import { openWindow, signIn } from '../browser.mjs';
import { asked, become, decide, either, enter, file, labelled, pick, visit } from '../hands.mjs';

const asFile = (items) => ({
  name: 'items.json',
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify({ items })),
});

/** A line of several resources, with its whole explanation. */
async function lineOfSeveral(page) {
  const { items } = await asked(page, '/api/v1/statements?limit=100');
  for (const s of items) {
    for (let line = 1; line <= s.lines; line++) {
      const path = `/statements/${s.no}/lines/${line}`;
      const whole = await asked(page, `/api/v1${path}/explanation?limit=200`);
      if (whole.resources.length > 1) return { path, whole };
    }
  }
  throw new Error('no line of several resources');
}

export default [
  {
    name: 'Items of a draft are replaced by those of a file, and what is wrong is told at its row',
    as: 'operator',
    langs: ['en'],
    async run({ page, lang, t }) {
      const catalogue = await asked(page, '/api/v1/catalogue?cloud=YH');
      const [one, two] = catalogue.items;
      const draft = await enter(page, 'POST', '/api/v1/editions', { cloud: 'YH', title: `Upload ${lang}` });
      await visit(page, `/editions/${draft.id}`);
      await page.getByRole('button', { name: t('editions.upload') }).click();
      const box = page.getByRole('dialog', { name: t('editions.upload') });
      const send = box.getByRole('button', { name: t('editions.replace') });
      await box.locator('input[type=file]').setInputFiles(asFile([{ ...one, unit: '' }, { ...two, per: 'fortnight' }]));
      await box.getByRole('status').waitFor();
      await send.click();
      const faulty = box.locator('tbody tr').filter({ hasText: two.code });
      await faulty.locator('code', { hasText: 'per' }).waitFor();
      assert.match(await faulty.textContent(), /^2/);
      await box.locator('tbody tr').filter({ hasText: one.code }).getByText('▲').waitFor();
      assert.equal((await asked(page, `/api/v1/editions/${draft.id}`)).items.length, 0);
      assert.ok(await send.isDisabled());

      await box.locator('input[type=file]').setInputFiles(asFile([one, two]));
      await send.click();
      await box.waitFor({ state: 'hidden' });
      await page.getByRole('cell', { name: two.code, exact: true }).first().waitFor();
      const kept = await asked(page, `/api/v1/editions/${draft.id}`);
      assert.deepEqual(kept.items.map((i) => i.code).sort(), [one.code, two.code].sort());
    },
  },
  {
    // proves X10
    name: 'What a cloud has already is looked at before it is asked for, and a fault is told at its cell',
    as: 'operator',
    at: '/opening',
    langs: ['zh'],
    async run({ page, t }) {
      const balance = (quantity) => ({
        name: '期初.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(
          '[单位]\n代码,名称\nwaters,水务档案馆\n[项目]\n单位代码,项目代码,项目名称\nwaters,FLOOD,防汛调度\n' +
            `[配额]\n单位代码,项目代码,维度,数量\nwaters,FLOOD,vcpu,${quantity}\n`,
        ),
      });
      const input = page.locator('.documents input[type=file]');
      await input.setInputFiles(balance('四十'));
      const faults = page.getByRole('alert').filter({ hasText: t('sheet.faults', { n: 1 }) });
      await faults.locator('tbody tr').filter({ hasText: 'D9' }).waitFor();
      assert.equal(await page.getByRole('button', { name: t('openings.send') }).count(), 0);
      await page.getByRole('button', { name: t('form.remove', { what: '期初.csv' }) }).click();
      await input.setInputFiles(balance('40'));
      await page.getByRole('cell', { name: /水务档案馆/ }).waitFor();
      assert.deepEqual(await axeFaults(page), []);
      await page.getByRole('button', { name: t('openings.send') }).click();
      const told = page.getByRole('status').filter({ hasText: t('openings.filed') });
      const no = (await told.getByRole('link').textContent()).trim();
      const made = await asked(page, `/api/v1/cases/${no}`);
      assert.deepEqual(made.steps.filter((s) => s.closed_at === null).map((s) => s.role), ['econ_info']);
    },
  },
  {
    // proves X9
    name: 'What a split would move is shown before it is filed, to who decides it, and that it is planned',
    as: 'operator',
    async run({ page, lang, t, accounts }) {
      const { items } = await asked(page, '/api/v1/projects?unit=unit02&limit=200');
      const moving = items[either(lang, 0, 1)];
      const { today } = await asked(page, '/api/v1/clock');
      const day = `${Number(today.slice(0, 4)) + 1}-03-02`;
      await visit(page, '/file/unit_split');
      await pick(page, either(lang, '原单位', 'From'), 'unit02');
      await pick(page, either(lang, '承接单位', 'To'), 'unit01');
      await pick(page, either(lang, '划出的项目', 'Projects that move'), moving.code);
      await page.keyboard.press('Escape');
      await labelled(page, either(lang, '生效日（当日零时）', 'Day, at its beginning')).fill(day);
      await page.keyboard.press('Enter');
      await labelled(page, either(lang, '依据文件', 'Basis')).fill('云编〔2026〕18号');
      const preview = page.getByRole('region', { name: t('move.title') });
      const query = `kind=split&cloud=YH&from=unit02&to=unit01&projects=${moving.code}&day=${day}`;
      const plan = await asked(page, `/api/v1/moves/preview?${query}`);
      await preview.getByText(plan.items[0].new_code, { exact: true }).waitFor();
      assert.deepEqual(await axeFaults(page), []);
      const no = await file(page, lang);
      await become(page, 'authority', accounts);
      await visit(page, `/cases/${no}`);
      await preview.getByText(plan.items[0].new_code, { exact: true }).waitFor();
      await decide(page, lang, either(lang, '同意', 'Approve'), '同意分立');
      const state = page.getByRole('region', { name: t('move.state') });
      await state.getByText((await asked(page, `/api/v1/cases/${no}/move`, lang)).state_title).waitFor();
      assert.equal(await preview.count(), 0);
    },
  },
  {
    name: 'A resource is offered what suits it: no extension where there is no lease',
    langs: ['zh'],
    async run({ page, lang, t, accounts }) {
      let leased, lasting;
      for (const login of ['unit01', 'unit02', 'unit03']) {
        await become(page, login, accounts);
        const { items } = await asked(page, '/api/v1/resources?limit=200&state=running');
        leased = items.find((r) => r.lease_last_day);
        lasting = items.find((r) => !r.lease_last_day);
        if (leased && lasting) break;
      }
      assert.ok(leased && lasting, 'a unit has resources with a lease and without');
      const { items: law } = await asked(page, '/api/v1/policy/procedures', lang);
      const extension = law.find((p) => p.words.includes('lease.extendable')).title;
      const resizing = law.find((p) => p.words.includes('resource.resize')).title;
      const beginning = law.find((p) => p.procedure === 'initiation').title;
      for (const [resource, may] of [[leased, true], [lasting, false]]) {
        await visit(page, `/resources/${resource.no}`);
        await page.getByRole('button', { name: t('file.apply') }).click();
        await page.getByRole('menuitem', { name: resizing }).waitFor();
        assert.equal((await page.getByRole('menuitem', { name: extension }).count()) > 0, may, resource.no);
        assert.equal(await page.getByRole('menuitem', { name: beginning }).count(), 0);
      }
    },
  },
  {
    name: 'A line of a statement tells its amounts with two decimals, and each resource of it',
    as: 'finance',
    langs: ['en'],
    async run({ page, t }) {
      const { path, whole } = await lineOfSeveral(page);
      await page.route(/\/explanation(\?|$)/, async (route) => {
        // pages of one, so that there is more than one
        const url = new URL(route.request().url());
        url.searchParams.set('limit', '1');
        await route.continue({ url: url.toString() });
      });
      await visit(page, path);
      assert.match(await page.locator('.sum strong').last().textContent(), /^-?¥[\d,]+\.\d\d/);
      const more = page.getByRole('button', { name: t('list.more') });
      for (let shown = 1; shown < whole.resources.length; shown++) {
        await Promise.all([page.waitForResponse(/\/explanation/), more.click()]);
      }
      await more.waitFor({ state: 'detached' });
      for (const r of whole.resources) await page.getByRole('link', { name: r.resource, exact: true }).waitFor();
    },
  },
  {
    name: 'What is one\'s own to a unit is named otherwise for who sees all units',
    as: 'operator',
    at: '/',
    async run({ page, lang, t, accounts, browser, base }) {
      await page.getByRole('heading', { level: 2, name: t('app.group.units'), exact: true }).waitFor();
      const theirs = await openWindow(browser, { base, lang });
      await signIn(theirs, 'unit01', accounts.password);
      await theirs.getByRole('heading', { level: 2, name: t('app.group.unit'), exact: true }).waitFor();
      await theirs.context().close();
    },
  },
  {
    name: 'A draft of a scheme that another has changed meanwhile is not overwritten',
    as: 'authority',
    langs: ['zh'],
    async run({ page, lang, t }) {
      const { items } = await asked(page, '/api/v1/schemes?limit=1');
      const { definition } = await asked(page, `/api/v1/schemes/${items[0].no}`);
      const body = { cloud: 'YH', code: `changed-${lang}`, title: 'First', definition };
      const made = await enter(page, 'POST', '/api/v1/schemes', body);
      await visit(page, `/schemes/${made.no}`);
      await page.getByRole('button', { name: t('evaluation.amend') }).click();
      const box = page.getByRole('dialog', { name: t('evaluation.amend') });
      await box.getByRole('textbox', { name: t('evaluation.title') }).fill('Mine');
      await enter(page, 'PUT', `/api/v1/schemes/${made.no}`, { title: 'Theirs', definition });
      await box.getByRole('button', { name: t('app.save') }).click();
      await box.getByRole('alert').waitFor();
      assert.equal((await asked(page, `/api/v1/schemes/${made.no}`)).title, 'Theirs');
    },
  },
];
