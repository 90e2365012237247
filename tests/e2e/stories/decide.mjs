import assert from 'node:assert/strict';
import { faults } from '../axe.mjs';
import { settled } from '../browser.mjs';
import { apply, asked, become, begin, decide, either, file, labelled, menuTo, openWaiting, visit } from '../hands.mjs';

/** The step that is marked "you are here" in the drawing of the procedure. */
async function here(page) {
  return (await page.locator('svg .step.here text.strong').allTextContents()).join(' ');
}

export default [
  {
    name: 'The operator finds what is due first at the top, decides it beside its checks, and it moves on',
    as: 'unit02',
    async run({ page, lang, t, accounts }) {
      const no = await apply(page, lang, 'unit02.XM-002');
      await become(page, 'operator', accounts);
      await visit(page, '/');
      const { items } = await asked(page, '/api/v1/inbox');
      const days = items.map((i) => i.due?.workdays_left ?? Infinity);
      assert.deepEqual(days, [...days].sort((a, b) => a - b), 'what is due first comes first');
      const rows = page.locator('main ul.steps > li');
      const first = rows.first();
      assert.ok((await first.textContent()).includes(items[0].no), 'the first row is the first of the inbox');
      const left = items[0].due.workdays_left;
      const words = left > 0 ? t('due.left', { n: left }) : left === 0 ? t('due.today') : t('due.late', { n: -left });
      await first.getByText(words).waitFor();
      assert.deepEqual(await faults(page), []);

      await rows.filter({ hasText: no }).getByRole('link').first().click();
      await page.waitForURL(new RegExp(no));
      await settled(page);
      await page.getByText(t('procedure.here')).first().waitFor();
      const quota = page.getByRole('region', { name: t('estimate.asked') });
      await quota.getByRole('row', { name: t('estimate.monthly') }).getByText(/^¥[\d.]+$/).waitFor();
      await quota.getByRole('listitem').filter({ hasText: either(lang, '块存储', 'Block') }).getByText(/10 · /).waitFor();
      const before = await here(page);
      const story = page.getByRole('region', { name: t('work.story') });
      const told = await story.getByRole('listitem').count();
      await decide(page, lang, either(lang, '同意', 'Approve'), '符合要求，同意开通');
      await story.getByText('符合要求，同意开通').waitFor();
      assert.ok((await story.getByRole('listitem').count()) > told, 'the story goes on');
      const after = await here(page);
      assert.ok(after && after !== before, `still at ${before}`);
      const now = await asked(page, `/api/v1/cases/${no}`);
      assert.deepEqual(now.steps.filter((s) => s.closed_at === null).map((s) => s.step), ['open']);
      assert.deepEqual(await faults(page), []);

      await become(page, 'vendor-a', accounts);
      await openWaiting(page, no);
      await page.getByRole('heading', { name: t('work.decideOn', { step: either(lang, '开通测试资源', 'Opening of test resources') }) }).waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    // proves A12.1
    name: 'A district decides first on what its unit asks of the city',
    as: 'unit03',
    async run({ page, lang, t, accounts }) {
      const no = await apply(page, lang, 'unit03.XM-009');
      await become(page, 'd01-review', accounts);
      await openWaiting(page, no);
      await decide(page, lang, either(lang, '同意', 'Approve'), '本区统筹同意');
      const now = await asked(page, `/api/v1/cases/${no}`);
      assert.deepEqual(now.steps.filter((s) => s.closed_at === null).map((s) => s.role), ['operator']);
      await page.getByText(t('work.happened', { what: '' }).trim()).first().waitFor();
    },
  },
  {
    // proves X7
    name: 'A case that waits is supervised, its body answers, and a letter about it is registered with its scan',
    as: 'unit02',
    langs: ['zh'],
    async run({ page, lang, t, accounts }) {
      const no = await apply(page, lang, 'unit02.XM-002');
      await become(page, 'authority', accounts);
      await visit(page, `/cases/${no}`);
      const urgings = page.getByRole('region', { name: t('urging.urgings') });
      await urgings.getByRole('button', { name: t('urging.supervise') }).click();
      const dialog = page.getByRole('dialog', { name: t('urging.supervise') });
      const { today } = await asked(page, '/api/v1/clock');
      await labelled(dialog, t('urging.asked')).fill('请说明何时开通');
      await dialog.getByRole('combobox', { name: t('urging.answerBy') }).fill(`${Number(today.slice(0, 4)) + 1}-03-01`);
      await dialog.getByRole('combobox', { name: t('urging.answerBy') }).press('Enter');
      await dialog.getByRole('button', { name: t('app.confirm') }).click();
      await dialog.waitFor({ state: 'hidden' });
      await urgings.getByText('请说明何时开通').waitFor();

      await become(page, 'operator', accounts);
      await visit(page, '/');
      await page.getByRole('link', { name: /督办待答复 \d+ 项/ }).waitFor();
      await page.locator('main ul.steps > li', { hasText: no }).getByText(/督办，.*前答复/).waitFor();
      await openWaiting(page, no);
      const mark = page.locator('main').getByText(/^[▲◆] 督办，.*前答复$/);
      await mark.waitFor();
      await urgings.getByRole('button', { name: t('urging.answer') }).click();
      const answer = page.getByRole('dialog', { name: t('urging.answer') });
      await labelled(answer, t('urging.answerText')).fill('本周内办结');
      await answer.getByRole('button', { name: t('app.confirm') }).click();
      await urgings.getByText(t('urging.states.done')).waitFor();
      await mark.waitFor({ state: 'detached' });

      await page.getByRole('button', { name: t('urging.register') }).click();
      const letter = page.getByRole('dialog', { name: t('urging.register') });
      await labelled(letter, t('urging.sender')).fill('云海市审计局');
      await letter.getByRole('combobox', { name: t('urging.day') }).fill(today);
      await letter.getByRole('combobox', { name: t('urging.day') }).press('Enter');
      await labelled(letter, t('urging.subject')).fill('关于核实资源用途的函');
      await letter.locator('input[type=file]').setInputFiles([
        { name: '来函.txt', mimeType: 'text/plain', buffer: Buffer.from('请核实。\n') },
      ]);
      await letter.getByRole('link', { name: '来函.txt' }).waitFor();
      assert.deepEqual(await faults(page), []);
      await letter.getByRole('button', { name: t('app.confirm') }).click();
      await letter.waitFor({ state: 'hidden' });
      await page.getByRole('link', { name: '关于核实资源用途的函' }).waitFor();
      const { items } = await asked(page, `/api/v1/cases/${no}/letters`);
      assert.deepEqual(items.map((l) => [l.sender, l.document_name]), [['云海市审计局', '来函.txt']]);
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    name: 'econ_info grants what an emergency needs, and the step that opens it follows',
    as: 'unit02',
    async run({ page, lang, accounts }) {
      await begin(page, lang, 'emergency', 'unit02.XM-002', 'block-ssd', 10);
      await labelled(page, either(lang, '应急工作需要', 'What it is needed for')).fill('防汛指挥');
      const no = await file(page, lang);
      await become(page, 'econ-info', accounts);
      await openWaiting(page, no);
      await decide(page, lang, either(lang, '同意', 'Approve'), '情况紧急，同意');
      const now = await asked(page, `/api/v1/cases/${no}`);
      assert.deepEqual(now.steps.filter((s) => s.closed_at === null).map((s) => s.step), ['open']);
      assert.deepEqual(await faults(page), []);
    },
  },
  {
    name: 'A sponsor sees what it may file for a body outside the departments',
    as: 'sponsor',
    at: '/',
    async run({ page, lang, t }) {
      await menuTo(page, lang, 'work.file');
      await page.waitForURL(/\/file$/);
      await settled(page);
      assert.deepEqual(await faults(page), []);
      const title = (await asked(page, '/api/v1/policy/procedures', lang)).items.find((p) => p.procedure === 'admission').title;
      await page.getByRole('link', { name: title }).first().click();
      await page.waitForURL(/\/file\/admission$/);
      await settled(page);
      await page.getByRole('button', { name: t('work.submit'), exact: true }).waitFor();
      await page.getByText(t('app.article', { n: '7' })).first().waitFor();
      assert.deepEqual(await faults(page), []);
    },
  },
];
