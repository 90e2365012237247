// The pictures of docs/ and the README, from a demo city: node pictures.mjs BASE ACCOUNTS [NAME…]
//   BASE: the address of a server with the demo city; ACCOUNTS: its demo-accounts.txt
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openBrowser, openWindow, readAccounts, settled, signIn } from './browser.mjs';

const [base, accounts, ...names] = process.argv.slice(2);
const out = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
const { password } = readAccounts(accounts);

async function firstLink(page, list, pattern) {
  await page.goto(list);
  await settled(page);
  const links = await page.locator('main a[href]:visible').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  return links.find((href) => pattern.test(href)) ?? list;
}

const wanted = [
  { name: 'inbox', as: 'operator', path: () => '/' },
  { name: 'case', as: 'operator', path: (page) => firstLink(page, '/', /^\/cases\/./), height: 1300 },
  { name: 'catalogue', as: 'unit01', path: () => '/catalogue' },
  { name: 'project', as: 'unit01', path: (page) => firstLink(page, '/projects', /^\/projects\/./) },
  { name: 'line', as: 'econ-info', path: async (page) => {
    const statement = await firstLink(page, '/statements', /^\/statements\/./);
    return firstLink(page, statement, /\/lines\/1$/);
  } },
  { name: 'articles', as: 'authority', path: (page) => firstLink(page, '/articles', /^\/articles\/20$/) },
  { name: 'wall', as: 'authority', path: () => '/wall', width: 1920, height: 1080, until: 'section.panel' },
];

mkdirSync(out, { recursive: true });
const browser = await openBrowser();
for (const { name, as, path, width = 1280, height = 860, until = 'main' } of wanted) {
  if (names.length > 0 && !names.includes(name)) continue;
  for (const lang of ['zh', 'en']) {
    const page = await openWindow(browser, { base, lang, width, height });
    await signIn(page, as, password);
    await page.goto(await path(page));
    await page.locator(until).first().waitFor();
    await settled(page);
    await page.screenshot({ path: `${out}${name}-${lang}.png` });
    await page.context().close();
  }
}
await browser.close();
