import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';
import { asked, become, begin, decide, either, file, fits, labelled, livingProject, menuTo, visit } from '../hands.mjs';


const pdf = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
const words = Buffer.from('审核意见：规格合理。\n');

/** Drops a file on something, as from a folder of the computer. */
async function drop(target, name, text) {
  await target.evaluate(
    (element, [called, what]) => {
      const files = new DataTransfer();
      files.items.add(new File([what], called));
      element.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: files }));
    },
    [name, text],
  );
}

/** A machine of one's unit that runs, and of whose load something was heard these days: others may have been taken
 * back by the day that the city was made on. */
async function measured(page) {
  for (const r of (await asked(page, '/api/v1/resources?state=running&limit=200')).items) {
    const heard = await asked(page, `/api/v1/meter/history/${r.no}?metric=resource_cpu_usage_ratio&from=-6d&step=1d`);
    if (heard.items.length > 0) return r;
  }
  throw new Error('nothing was heard of any machine');
}

/** Takes a document away, and answers its bytes. */
async function taken(page, name) {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name, exact: true }).click()]);
  return readFileSync(await file.path());
}

export default [
  {
    name: 'A unit sees in its project what is left of every quota, and a resource with its history',
    as: 'unit01',
    at: '/',
    async run({ page, lang, t }) {
      const { no: machine, project } = await measured(page);
      await menuTo(page, lang, 'unit.projects');
      await page.waitForURL(/\/projects$/);
      await page.getByRole('link', { name: project }).click();
      await page.waitForURL(/\/projects\/unit01/);
      await settled(page);
      const { items } = await asked(page, `/api/v1/projects/${project}/quota`);
      const block = items.find((l) => l.dimension === 'block_gib');
      const left = t('quota.left', { n: new Intl.NumberFormat(either(lang, 'zh-CN', 'en-GB')).format(block.free) });
      await page.getByText(left).first().waitFor();
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link', { name: machine, exact: true }).first().click();
      await page.waitForURL(/\/resources\/YH-R-/);
      await settled(page);
      await page.getByRole('heading', { name: t('use.history') }).waitFor();
      await page.getByRole('heading', { name: t('use.panel.cpu') }).first().waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves X2
    name: 'An application beyond the quota is refused by its article, at its field; a smaller one gets a number',
    as: 'unit01',
    async run({ page, lang, t }) {
      const project = await livingProject(page);
      await begin(page, lang, 'test', project, 'vm-x86-8c16g', 100);
      const checks = page.getByRole('region', { name: t('work.checks') });
      await checks.getByText(t('work.checksFail', { n: 1 })).waitFor();
      const failing = checks.getByRole('listitem').filter({ hasText: t('app.article', { n: '19' }) });
      await failing.first().waitFor();
      await page.getByRole('button', { name: t('work.submit'), exact: true }).click();
      const refusal = page.getByRole('alert').filter({ hasText: t('app.article', { n: '19' }) });
      await refusal.waitFor();
      assert.ok(!(await page.getByRole('status').allTextContents()).some((s) => /YH-\d{4}-CS/.test(s)));
      assert.deepEqual(await faults(page), []);

      await labelled(page, either(lang, '数量', 'Quantity')).fill('x');
      await page.locator('[role=alert][id$="quantity-error"]').waitFor();

      await page.getByRole('button', { name: t('work.clear'), exact: true }).click();
      await begin(page, lang, 'test', project, 'block-ssd', 20);
      await page.getByRole('region', { name: t('work.reserves') }).waitFor();
      const no = await file(page, lang);
      const made = await asked(page, `/api/v1/cases/${no}`);
      assert.equal(made.state, 'open');
      assert.equal(made.project.code, project);
    },
  },
  {
    // proves S44
    name: 'Documents come with an application and with its decision, and are taken from the case as they were',
    as: 'unit02',
    langs: ['zh'],
    width: 390,
    height: 844,
    async run({ page, lang, t, accounts }) {
      await begin(page, lang, 'test', 'unit02.XM-002', 'block-ssd', 10);
      const field = page.locator('.documents').first();
      await page.getByText(/50 MiB/).first().waitFor();
      await field.locator('input[type=file]').setInputFiles([
        { name: '需求说明.pdf', mimeType: 'application/pdf', buffer: pdf },
        { name: '照片.png', mimeType: 'image/png', buffer: words },
      ]);
      const wrong = field.getByRole('listitem').filter({ hasText: '照片.png' });
      await wrong.getByRole('alert').waitFor();
      await field.getByRole('status').filter({ hasText: t('documents.sent', { name: '需求说明.pdf' }) }).waitFor();
      await drop(field, '说明.txt', '随申请附上');
      await field.getByRole('link', { name: '说明.txt' }).waitFor();
      assert.deepEqual(await faults(page), []);
      assert.ok(await fits(page), 'a phone shows all of it');
      await wrong.getByRole('button', { name: t('form.remove', { what: '照片.png' }) }).click();
      await wrong.waitFor({ state: 'detached' });
      assert.equal((await asked(page, '/api/v1/documents')).items.length, 2);
      await page.reload();
      await field.getByRole('link', { name: '需求说明.pdf' }).waitFor();
      const no = await file(page, lang);
      assert.equal((await asked(page, '/api/v1/documents')).items.length, 0, 'they belong to the case');

      await become(page, 'operator', accounts);
      await visit(page, `/cases/${no}`);
      const kept = page.getByRole('region', { name: t('documents.all') });
      assert.deepEqual(await taken(page, '需求说明.pdf'), pdf);
      await page.locator('.el-radio', { hasText: either(lang, '同意', 'Approve') }).first().click();
      const mine = page.locator('form .documents').last();
      await mine.locator('input[type=file]').setInputFiles([{ name: '审核意见.txt', mimeType: 'text/plain', buffer: words }]);
      await mine.getByRole('link', { name: '审核意见.txt' }).waitFor();
      await decide(page, lang, either(lang, '同意', 'Approve'), '见附件');
      const { items } = await asked(page, `/api/v1/cases/${no}/documents`);
      assert.deepEqual(items.map((d) => d.name).sort(), ['审核意见.txt', '说明.txt', '需求说明.pdf'].sort());
      for (const d of items) await kept.getByText(d.digest).waitFor();
      assert.deepEqual(await taken(page, '审核意见.txt'), words);
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves X7
    name: 'A unit finds the paper that was served on it, reads what its seal is worth, takes it and acknowledges it',
    as: 'unit01',
    langs: ['en'],
    at: '/papers?box=received',
    async run({ page, t }) {
      const { items } = await asked(page, '/api/v1/papers?box=received', 'en');
      const paper = items.find((p) => p.served_at && !p.opened_at);
      const states = page.locator('.el-table__row', { hasText: paper.no });
      await states.getByText(paper.service_title).waitFor();
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link', { name: paper.no, exact: true }).click();
      await page.getByRole('heading', { level: 1, name: paper.heading }).waitFor();
      await page.getByText(t('papers.holds')).waitFor();
      const proof = await asked(page, `/api/v1/papers/${paper.id}/proof`);
      await page.getByText(proof.digest).waitFor();
      assert.deepEqual(await faults(page), []);
      const bytes = await taken(page, t('papers.save'));
      assert.equal(bytes.subarray(0, 5).toString(), '%PDF-');
      const service = page.getByRole('region', { name: t('papers.service') });
      const { opened_by: who } = await asked(page, `/api/v1/papers/${paper.id}`);
      await service.getByText(new RegExp(`${t('papers.openedAt')}[^○]*${who}`)).waitFor();
      await page.getByRole('button', { name: t('papers.acknowledge') }).click();
      await service.getByText(new RegExp(`${t('papers.acknowledgedAt')}[^○]*${who}`)).waitFor();
      assert.ok((await asked(page, `/api/v1/papers/${paper.id}`)).acknowledged_at);
      await page.getByRole('link', { name: paper.case, exact: true }).click();
      await page.getByRole('region', { name: t('papers.papers') }).getByText((await asked(page, `/api/v1/papers/${paper.id}`, 'en')).service_title).waitFor();
    },
  },
  {
    // proves A27.3
    name: 'A unit follows its bill down to why a line costs what it costs',
    as: 'unit01',
    async run({ page, t }) {
      await visit(page, '/bill');
      const unit = (await asked(page, '/api/v1/session')).roles[0].org;
      const own = await asked(page, `/api/v1/statements?unit=${unit}&limit=200`);
      const month = own.items.map((s) => s.month).sort().at(-1);
      const bill = await asked(page, `/api/v1/units/${unit}/bill?month=${month}`);
      assert.ok((await page.locator('main').textContent()).replace(/,/g, '').includes(`¥${bill.total}`));
      assert.deepEqual(await faults(page), []);
      await page.getByRole('link', { name: /^YH-JS-/ }).first().click();
      await page.waitForURL(/\/statements\/YH-JS-/);
      await settled(page);
      const no = decodeURIComponent(new URL(page.url()).pathname.split('/').pop());
      await page.getByTitle(t('money.whyOf', { line: 1 }), { exact: true }).click();
      await page.waitForURL(/\/lines\/1$/);
      await settled(page);
      const why = await asked(page, `/api/v1/statements/${no}/lines/1/explanation`);
      const text = await page.locator('main').textContent();
      assert.ok(text.includes(why.sum.exact), 'the exact sum is shown');
      for (const article of why.articles) assert.ok(text.includes(t('app.article', { n: article })), article);
      await page.getByRole('heading', { name: t('money.intervals') }).waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
];
