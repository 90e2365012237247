// Pictures of pages: node shots.mjs BASE ACCOUNTS OUT [--as LOGIN] [--lang zh,en] [--width 1280,768,390] [--dark] [--full] PATH…
// A file is named <path>-<login>-<lang>-<width>.png.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser, openWindow, readAccounts, settled, signIn } from './browser.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    as: { type: 'string', default: 'operator' },
    lang: { type: 'string', default: 'zh' },
    width: { type: 'string', default: '1280' },
    height: { type: 'string', default: '900' },
    dark: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
  },
});
const [base, accounts, out, ...paths] = positionals;
const { password } = readAccounts(accounts);
mkdirSync(out, { recursive: true });
const browser = await openBrowser();
const told = new Set();

function complain(page, text) {
  const line = `${new URL(page.url()).pathname}: ${text.split('\n')[0].slice(0, 200)}`;
  if (!told.has(line)) console.error(line);
  told.add(line);
}

for (const lang of values.lang.split(',')) {
  for (const width of values.width.split(',').map(Number)) {
    const window = { base, lang, width, height: Number(values.height), dark: values.dark };
    const page = await openWindow(browser, window);
    page.on('console', (m) => m.type() === 'error' && complain(page, m.text()));
    page.on('pageerror', (e) => complain(page, e.message));
    await signIn(page, values.as, password);
    for (const path of paths) {
      await page.goto(path);
      await settled(page);
      const name = path.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'home';
      const file = join(out, `${name}-${values.as}-${lang}-${width}.png`);
      await page.screenshot({ path: file, fullPage: values.full });
      console.log(file);
    }
    await page.context().close();
  }
}
await browser.close();
