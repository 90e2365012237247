import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { faults } from '../axe.mjs';
import { openWindow, settled } from '../browser.mjs';
import { apply, asked, become, labelled, menuTo, visit } from '../hands.mjs';

export default [
  {
    name: 'The authority reads how timely each body is, and the districts side by side',
    as: 'authority',
    at: '/',
    async run({ page, lang, t }) {
      await menuTo(page, lang, 'govern.overview');
      await page.waitForURL(/\/overview/);
      await settled(page);
      const { items } = await asked(page, '/api/v1/statistics/decisions');
      const decided = items.reduce((sum, i) => sum + i.decided, 0);
      assert.ok(decided > 0);
      await page.getByText(new RegExp(`\\b${new Intl.NumberFormat('en').format(decided)}\\b`)).first().waitFor();
      await page.getByRole('heading', { name: t('govern.byStep') }).waitFor();
      assert.deepEqual(await faults(page), []);
      await menuTo(page, lang, 'govern.districts');
      await page.waitForURL(/\/districts/);
      await settled(page);
      const districts = (await asked(page, '/api/v1/districts', lang)).items;
      const rows = page.locator('.el-table__row');
      assert.equal(await rows.count(), districts.length);
      for (const d of districts) await rows.filter({ hasText: d.district }).first().waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves A13.3
    name: 'A district joins the city by a code; each side sees how far behind the other is, what stopped, and passes over it with a reason',
    as: 'sysadmin',
    at: '/links',
    langs: ['zh'],
    async run({ page, lang, t, browser, accounts, neighbour }) {
      await page.getByRole('button', { name: t('link.makeCode') }).click();
      const dialog = page.getByRole('dialog', { name: t('link.makeCode') });
      await labelled(dialog, t('link.district')).fill('d01');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      const code = (await dialog.locator('code').textContent()).trim();
      await dialog.getByRole('button', { name: t('app.close'), exact: true }).last().click();
      await page.getByRole('region', { name: t('link.codes') }).getByText('d01').waitFor();

      const other = { ...accounts, base: await neighbour() };
      const theirs = await openWindow(browser, { base: other.base, lang });
      await become(theirs, 'sysadmin', other);
      await visit(theirs, '/links');
      await theirs.getByRole('button', { name: t('link.join') }).click();
      const join = theirs.getByRole('dialog', { name: t('link.join') });
      await labelled(join, t('link.url')).fill(accounts.base);
      await labelled(join, t('link.code')).fill(code);
      assert.deepEqual(await faults(theirs), []);
      await join.getByRole('button', { name: t('app.confirm') }).click();
      await join.waitFor({ state: 'hidden' });
      await theirs.getByRole('link', { name: t('link.theCity') }).waitFor();

      await visit(page, '/links');
      await page.getByRole('link', { name: t('link.ofDistrict', { district: 'd01' }) }).click();
      await page.waitForURL(/\/links\/d01$/);
      await settled(page);
      const told = await asked(page, '/api/v1/links/d01', lang);
      for (const s of told.streams) await page.locator('tr', { hasText: s.stream_title }).first().waitFor();
      await page.getByRole('button', { name: t('link.reconcile') }).click();
      await page.getByRole('status').filter({ hasText: '✓' }).waitFor();
      assert.deepEqual(await faults(page), []);
      await page.getByRole('button', { name: t('link.resyncAll') }).click();
      const anew = page.getByRole('dialog', { name: t('link.resyncAll') });
      await labelled(anew, t('link.reason')).fill('对方恢复了备份');
      await anew.getByRole('button', { name: t('app.confirm') }).click();
      await page.getByText(t('link.resynced', { n: 0 })).waitFor(); // nothing forked

      // both have the same cases: what the city hands down is refused, and says why
      let stopped;
      for (let i = 0; i < 1800 && !stopped; i++) {
        stopped = (await asked(theirs, '/api/v1/links/city', lang)).streams.find((s) => s.stopped_at);
        if (!stopped) await theirs.waitForTimeout(100);
      }
      await visit(theirs, '/links/city');
      await theirs.getByText(stopped.fault.sentence).first().waitFor();
      const row = theirs.locator('tr', { hasText: stopped.fault.sentence }).first();
      await row.getByRole('button', { name: t('link.skip') }).click();
      const skip = theirs.getByRole('dialog', { name: t('link.skip') });
      await labelled(skip, t('link.reason')).fill('双方核对过，以本区为准');
      assert.deepEqual(await faults(theirs), []);
      await skip.getByRole('button', { name: t('app.confirm') }).click();
      await skip.waitFor({ state: 'hidden' });
      const after = (await asked(theirs, '/api/v1/links/city')).streams.find((s) => s.stream === stopped.stream && s.way === stopped.way);
      assert.equal(after.skipped, stopped.skipped + 1);
      await theirs.getByRole('link', { name: t('link.bills') }).click();
      await theirs.getByRole('heading', { name: t('link.bills') }).waitFor();
      await settled(theirs);
      assert.deepEqual(await faults(theirs), []);
      await theirs.context().close();
    },
  },
  {
    name: 'The operator compares a cloud with the register: a machine nobody entered is named and goes home as a sheet',
    async run({ lang, t, browser, accounts, neighbour }) {
      const there = { ...accounts, base: await neighbour() };
      const page = await openWindow(browser, { base: there.base, lang });
      await become(page, 'operator', there);
      await visit(page, '/clouds');
      await page.locator('.el-table__row', { hasText: 'libvirt' }).getByRole('link').first().click();
      await page.waitForURL(/\/clouds\/YH$/);
      await settled(page);
      const before = (await asked(page, '/api/v1/clouds/YH/reconcile', lang)).items.length;
      await page.getByRole('button', { name: t('clouds.compare') }).click();
      let last;
      for (let i = 0; i < 1800 && last?.state !== 'done'; i++) {
        const { items } = await asked(page, '/api/v1/clouds/YH/reconcile', lang);
        if (items.length > before) [last] = items;
        if (last?.state !== 'done') await page.waitForTimeout(100);
      }
      const told = page.getByRole('region', { name: t('clouds.lastCheck') });
      await told.getByText(last.state_title).waitFor();
      await visit(page, '/clouds/YH?kind=unregistered');
      const [machine] = (await asked(page, '/api/v1/clouds/YH/differences?kind=unregistered', lang)).items;
      await page.locator('.el-table__row', { hasText: machine.name }).getByText(machine.kind_title).waitFor();
      assert.deepEqual(await faults(page), []);
      const got = page.waitForEvent('download');
      await told.getByRole('button', { name: 'CSV' }).click();
      assert.match(readFileSync(await (await got).path(), 'utf8'), new RegExp(machine.machine));
      await page.context().close();
    },
  },
  {
    name: 'The operator sees what each cloud is to do, for which case, and how the cloud is reached',
    as: 'operator',
    at: '/',
    async run({ page, lang, t }) {
      await menuTo(page, lang, 'clouds.connections');
      await page.waitForURL(/\/clouds$/);
      await settled(page);
      const [connection] = (await asked(page, '/api/v1/cloud-connections', lang)).items;
      await page.locator('tr', { hasText: connection.name }).getByText(connection.driver_title, { exact: true }).waitFor();
      assert.deepEqual(await faults(page), []);
      await menuTo(page, lang, 'clouds.orders');
      await page.waitForURL(/\/orders$/);
      await settled(page);
      const { items } = await asked(page, '/api/v1/orders', lang);
      assert.ok(items.length > 0, 'something is to be done');
      const row = page.locator('.el-table__row', { hasText: items[0].resource }).first();
      await row.getByText(items[0].state_title).first().waitFor();
      await row.getByRole('link', { name: items[0].case }).waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    name: 'The wall shows every cloud, and by itself what has just been filed',
    as: 'econ-info',
    width: 1920,
    height: 1080,
    async run({ page, lang, t, browser, base, accounts }) {
      await visit(page, '/wall');
      await page.getByText(t('wall.live')).waitFor();
      const city = await asked(page, '/api/v1/city', lang);
      for (const cloud of city.clouds.slice(0, 3)) await page.getByText(cloud.name).first().waitFor();
      assert.deepEqual(await faults(page), []);
      const own = await openWindow(browser, { base, lang });
      await become(own, 'unit02', accounts);
      const no = await apply(own, lang, 'unit02.XM-002');
      await own.context().close();
      await page.getByTitle(no, { exact: true }).first().waitFor();
    },
  },
  {
    name: 'The wall fits a screen twice as wide, with nothing to scroll',
    as: 'authority',
    langs: ['zh'],
    width: 3840,
    height: 1080,
    async run({ page, t }) {
      await visit(page, '/wall');
      await page.getByText(t('wall.live')).waitFor();
      const [wide, high] = await page.evaluate(() => [
        document.scrollingElement.scrollWidth - innerWidth,
        document.scrollingElement.scrollHeight - innerHeight,
      ]);
      assert.ok(wide <= 0 && high <= 0, `${wide} ${high}`);
    },
  },
];
