import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { openWindow, settled } from '../browser.mjs';
import { apply, asked, become, visit } from '../hands.mjs';

export default [
  {
    name: 'The authority reads how timely each body is, and the districts side by side',
    as: 'authority',
    at: '/',
    async run({ page, lang, t }) {
      await page.getByRole('navigation').getByRole('link', { name: t('govern.overview'), exact: true }).click();
      await page.waitForURL(/\/overview/);
      await settled(page);
      const { items } = await asked(page, '/api/v1/statistics/decisions');
      const decided = items.reduce((sum, i) => sum + i.decided, 0);
      assert.ok(decided > 0);
      await page.getByText(new RegExp(`\\b${new Intl.NumberFormat('en').format(decided)}\\b`)).first().waitFor();
      await page.getByRole('heading', { name: t('govern.byStep') }).waitFor();
      assert.deepEqual(await faults(page), []);
      await page.getByRole('navigation').getByRole('link', { name: t('govern.districts'), exact: true }).click();
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
      const open = page.locator('dt', { hasText: t('wall.open') }).locator('xpath=following-sibling::dd[1]');
      const before = String(city.cases.open);
      await open.filter({ hasNotText: new RegExp(`^${before}$`) }).waitFor();
      assert.notEqual(String((await asked(page, '/api/v1/city')).cases.open), before, `${no} is counted`);
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
