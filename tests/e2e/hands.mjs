// What people do in the console again and again: choose, fill in, file, decide, be someone else.
import assert from 'node:assert/strict';
import { beSomebody, csrfOf, forgetSession, openWindow, settled } from './browser.mjs';
import { say } from './words.mjs';

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A label of a form, with or without the mark of what must be filled in. */
export function labelled(page, text) {
  return page.getByLabel(new RegExp(`^\\s*${escaped(text)}\\s*\\*?\\s*$`)).first();
}

/** The text of the same thing in the language of the story. */
export const either = (lang, zh, en) => (lang === 'zh' ? zh : en);

export async function visit(page, path) {
  await page.goto(path);
  await settled(page);
}

/** The menu, with all that is folded away in it opened. */
export async function wholeMenu(page, lang) {
  const menu = page.getByRole('navigation', { name: say(lang, 'app.menu') });
  const folded = menu.locator('button[aria-expanded=false]');
  while ((await folded.count()) > 0) await folded.first().click();
  return menu;
}

/** To a page by its name in the menu, wherever it is folded away. */
export async function menuTo(page, lang, key) {
  const menu = await wholeMenu(page, lang);
  await menu.getByRole('link', { name: say(lang, key), exact: true }).click();
}

/** From here on it is somebody else who visits. */
export async function become(page, login, accounts) {
  await beSomebody(page.context(), accounts.base, login, accounts.password);
}

/** Opens a case from the inbox, where it waits. */
export async function openWaiting(page, no) {
  await visit(page, '/');
  await page.locator('main ul.steps > li').filter({ hasText: no }).getByRole('link').first().click();
  await page.waitForURL(new RegExp(no));
  await settled(page);
}

/** Chooses in a select that looks things up: types, waits for what is found, takes the first. */
export async function pick(page, label, text) {
  const field = page.getByRole('combobox', { name: label }).first();
  await field.click();
  await field.fill(text);
  await page.locator('.el-select-dropdown__item:visible', { hasText: text }).first().click();
}

/** A project of one's unit in which something runs: others may have been taken back, or cut off, by the
 * day that the city was made on. */
export async function livingProject(page) {
  return (await asked(page, '/api/v1/resources?state=running&limit=1')).items[0].project;
}

/** Begins the filing of a procedure for a project, with one item of the catalogue. */
export async function begin(page, lang, procedure, project, item, quantity) {
  await visit(page, `/file/${procedure}?project=${project}`);
  await page.getByRole('button', { name: say(lang, 'form.addTo', { what: either(lang, '申请资源', 'Resources') }) }).click();
  await pick(page, either(lang, '目录条目', 'Catalogue item'), item);
  await labelled(page, either(lang, '数量', 'Quantity')).fill(String(quantity));
}

/** Files what is filled in, and answers the number the case got. */
export async function file(page, lang) {
  await page.getByRole('button', { name: say(lang, 'work.submit'), exact: true }).click();
  const told = page.getByRole('status').filter({ hasText: /YH-\d{4}-[A-Z]+-\d{6}/ });
  await told.waitFor();
  return /YH-\d{4}-[A-Z]+-\d{6}/.exec(await told.textContent())[0];
}

/** Files a small application of a unit, and answers its number. */
export async function apply(page, lang, project, quantity = 10) {
  await begin(page, lang, 'test', project, 'block-ssd', quantity);
  return file(page, lang);
}

/** Chooses an outcome of the step that waits, gives a reason, sends it, and reads that it is done. */
export async function decide(page, lang, outcome, reason) {
  await page.locator('.el-radio', { hasText: outcome }).first().click();
  await page.getByRole('region', { name: say(lang, 'work.checks') }).first().waitFor();
  await labelled(page, say(lang, 'work.reason')).fill(reason);
  await page.locator('form button[type=submit]').last().click();
  await page.getByRole('status').filter({ hasText: '✓' }).waitFor();
  await settled(page);
}

/** What the server itself says to whoever is signed in. */
export async function asked(page, path, lang = 'zh') {
  const reply = await page.request.get(path, { headers: { 'Accept-Language': lang } });
  assert.equal(reply.status(), 200, `${path}: ${await reply.text()}`);
  return reply.json();
}

/** Nothing of a page has to be moved sideways to be read. */
export async function fits(page) {
  return page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth);
}

/** Asks the server as the page would, with what it needs to change something. */
export async function enter(page, method, path, body) {
  const headers = { 'X-CSRF-Token': await csrfOf(page.context()) };
  const reply = await page.request.fetch(path, { method, headers, data: body, timeout: 180_000 });
  const text = await reply.text();
  assert.ok(reply.ok(), `${method} ${path}: ${reply.status()} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** What takes two security administrators: the page's, who asks, and another, who confirms. */
export async function enterInTwos(page, accounts, method, path, body) {
  const act = await enter(page, method, path, body);
  await confirmAct(page, accounts, act.id);
}

/** The other security administrator confirms what this one asked for. */
export async function confirmAct(page, accounts, id) {
  await become(page, 'secadmin2', accounts);
  await enter(page, 'POST', `/api/v1/acts/${id}/decision`, { outcome: 'confirm', reason: '情况属实' });
  await become(page, 'secadmin', accounts);
}

const password = 'A-longer-word-of-2026';

/** A new account, asked for by the page's security administrator; answers its one-time password. */
async function newAccount(page, login, name) {
  return (await enter(page, 'POST', '/api/v1/people', { login, name })).one_time_password;
}

/** Whoever has a one-time password comes in with it, and has the password of all from then on. */
async function comeIn(page, base, login, once) {
  await beSomebody(page.context(), base, login, once);
  await enter(page, 'POST', '/api/v1/account/password', { old_password: once, new_password: password });
  forgetSession(base, login);
  await beSomebody(page.context(), base, login, password);
}

/** A window that is somebody's who has no role at all; the account is made. */
export async function roleless(browser, { base, lang, accounts }, login) {
  const page = await openWindow(browser, { base, lang });
  await become(page, 'secadmin', accounts);
  await comeIn(page, base, login, await newAccount(page, login, '同事'));
  return page;
}

/** A window that is somebody's of a unit; the account is made where there is none yet. */
export async function personOf(browser, { base, lang, accounts }, unit) {
  const page = await openWindow(browser, { base, lang });
  const login = `of-${unit}`.toLowerCase();
  await become(page, 'secadmin', accounts);
  if ((await page.request.get(`/api/v1/people/${login}`)).status() === 404) {
    const once = await newAccount(page, login, '经办人');
    await enterInTwos(page, accounts, 'POST', `/api/v1/people/${login}/grants`, { role: 'unit', org: unit, capacity: 'sign' });
    await comeIn(page, base, login, once);
  }
  await beSomebody(page.context(), base, login, password);
  return page;
}
