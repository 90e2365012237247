// The stories of people in a real browser against the real server and a demo city, as TAP.
//   node run.mjs [FILE[:WORDS OF ITS NAME]…]     environment: YH_BIN_DIR, YH_CONSOLE (folder of the built console),
//   YH_CITY (data of a city made before by `yunheng simulate … --demo`, which is copied; saves its making)
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beSomebody, openBrowser, openContext, openPage, readAccounts } from './browser.mjs';
import { visit } from './hands.mjs';
import { freePort, openIssuer } from './issuer.mjs';
import { say } from './words.mjs';

const bin = process.env.YH_BIN_DIR;
const dir = mkdtempSync(join(tmpdir(), 'yh-e2e-'));

function yunheng(...words) {
  const done = spawnSync(join(bin, 'yunheng'), words, { encoding: 'utf8' });
  if (done.status !== 0) throw done.error ?? new Error(`${words[0]}: ${done.stdout}${done.stderr}`);
}

/** A demo city whose pack has one procedure more than the console was built with. */
function makeCity(data) {
  if (process.env.YH_CITY) {
    cpSync(process.env.YH_CITY, data, { recursive: true });
    if (existsSync(`${process.env.YH_CITY}.key`)) cpSync(`${process.env.YH_CITY}.key`, `${data}.key`);
  }
  else yunheng('simulate', '--seed', '1', '--months', '8', '--small', '--demo', '--data', data);
  const pack = join(dir, 'shanghai-2022');
  cpSync(new URL('../../policy/shanghai-2022', import.meta.url), pack, { recursive: true });
  cpSync(new URL('./pack', import.meta.url), pack, { recursive: true });
  yunheng('install', '--data', data, '--pack', pack, '--at-once', 'the stories');
}

/** libvirt's own test driver: one machine that nobody registered. */
function cloudsFile() {
  const path = join(dir, 'clouds.yaml');
  const settings = { driver: 'libvirt', items: 'vm-*', uri: 'test:///default', pool: 'default-pool', type: 'test', arch: 'i686', network: 'default', shutdown_s: 0 };
  writeFileSync(path, `YH:\n${Object.entries(settings).map(([k, v]) => `  ${k}: ${v}\n`).join('')}`);
  return path;
}

async function startServer(data, port, ...more) {
  const portFile = `${data}.port`;
  const args = ['--data', data, '--listen', `127.0.0.1:${port}`, '--port-file', portFile, ...more];
  if (process.env.YH_CONSOLE) args.push('--web', process.env.YH_CONSOLE);
  const server = spawn(join(bin, 'yunhengd'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (d) => (log = (log + d).slice(-4000)));
  for (let i = 0; i < 1200; i++) {
    if (existsSync(portFile) && readFileSync(portFile, 'utf8').trim()) break;
    if (server.exitCode !== null) throw new Error(`the server ended: ${log}`);
    await new Promise((go) => setTimeout(go, 100));
  }
  return { server, base: `http://127.0.0.1:${readFileSync(portFile, 'utf8').trim()}` };
}

let beside;

/** Another platform, for stories that link two or compare a cloud: a server of its own with a copy of the
 * city as it was made, whose municipal cloud is a machine's. */
async function neighbour() {
  beside ??= await startServer(untouched, 0, '--clouds', cloudsFile());
  return beside.base;
}

async function stop(server) {
  if (!server || server.exitCode !== null) return;
  server.kill();
  await new Promise((go) => server.once('exit', go));
}

async function stories(only) {
  const folder = new URL('./stories/', import.meta.url);
  const found = [];
  for (const file of readdirSync(folder).filter((f) => f.endsWith('.mjs')).sort()) {
    const { default: list } = await import(new URL(file, folder));
    const wanted = (story) =>
      only.some((o) => {
        const [name, words = ''] = o.split(':');
        return name === basename(file, '.mjs') && story.name.includes(words);
      });
    found.push(...(only.length > 0 ? list.filter(wanted) : list));
  }
  return found;
}

/** What a page must never do: fail in its scripts, or break its own security policy. A story that
 * `loses` answers on purpose hears the browser say so. */
function watch(page, story, complaints) {
  const expected = story.loses ? /status of 4\d\d|net::ERR_FAILED/ : /status of 4\d\d/;
  page.on('pageerror', (e) => complaints.push(`script: ${e.message.split('\n')[0]}`));
  page.on('console', (m) => {
    if (m.type() === 'error' && !expected.test(m.text())) {
      complaints.push(`console: ${m.text().slice(0, 300)}`);
    }
  });
}

const contexts = new Map();

/** One browser for all stories of a language: what it has fetched and compiled is not fetched anew. */
async function contextOf(browser, base, lang) {
  if (!contexts.has(lang)) contexts.set(lang, await openContext(browser, { base, lang }));
  return contexts.get(lang);
}

async function tell(story, lang, browser, base, accounts, no) {
  const context = await contextOf(browser, base, lang);
  const page = await openPage(context, base, story.width, story.height);
  const complaints = [];
  watch(page, story, complaints);
  try {
    if (story.as) await beSomebody(context, base, story.as, accounts.password);
    if (story.at) await visit(page, story.at);
    await story.run({ page, lang, accounts, base, browser, neighbour, t: (key, values) => say(lang, key, values) });
    if (complaints.length > 0) throw new Error(complaints.join('; '));
  } catch (e) {
    await page.screenshot({ path: join(process.env.YH_SHOTS ?? dir, `failed-${no}-${lang}.png`) }).catch(() => {});
    throw new Error(`${e.message} (at ${page.url()})`);
  } finally {
    for (const left of context.pages()) await left.close();
  }
}

const data = join(dir, 'data');
const untouched = join(dir, 'beside');
let server, browser, issuer;
let failed = 0;
try {
  makeCity(data);
  cpSync(data, untouched, { recursive: true });
  cpSync(`${data}.key`, `${untouched}.key`);
  issuer = await openIssuer(dir);
  mkdirSync(join(dir, 'backups'));
  const port = await freePort();
  const started = await startServer(data, port, '--issuers', issuer.file, '--public-url', `http://127.0.0.1:${port}`,
    '--backup-dir', join(dir, 'backups'), '--backup-hours', '8760'); // no day that a story turns to makes one
  const accounts = { ...readAccounts(join(data, 'demo-accounts.txt')), base: started.base };
  server = started.server;
  browser = await openBrowser();
  const list = await stories(process.argv.slice(2));
  const cases = list.flatMap((story) => (story.langs ?? ['zh', 'en']).map((lang) => ({ story, lang })));
  console.log(`1..${cases.length}`);
  for (const [i, { story, lang }] of cases.entries()) {
    const name = `${story.name} (${lang})`;
    try {
      await tell(story, lang, browser, started.base, accounts, i + 1);
      console.log(`ok ${i + 1} - ${name}`);
    } catch (e) {
      failed++;
      console.log(`not ok ${i + 1} - ${name}`);
      console.log(e.message.replace(/^/gm, '# '));
    }
  }
} finally {
  await browser?.close();
  issuer?.close();
  await stop(server);
  await stop(beside?.server);
  rmSync(dir, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
