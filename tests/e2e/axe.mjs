// Accessibility faults of a page that would keep someone out.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Rows are made alike: the first of a long table or list tell of the others. */
const alike = "[['tbody tr:nth-child(n+25)'], ['main li:nth-child(n+25)']]";

/** What kinds of things a page is made of: all that axe's rules tell apart, whatever it is that they say. */
function kindsOf() {
  const names = /^(aria-(labelledby|describedby|controls|owns|activedescendant|label|valuenow|valuetext)|id|for|href|src)$/;
  const describe = (e, name) => {
    const value = e.getAttribute(name);
    if (name === 'class') return [...e.classList].sort().join('.');
    if (name === 'style') return /color|background/.test(value) ? value : '';
    if (value === '') return `${name}=""`;
    return name === 'role' || name === 'type' || (name.startsWith('aria-') && !names.test(name)) ? `${name}=${value}` : name;
  };
  const kinds = new Set();
  for (const e of document.body.querySelectorAll('*:not(svg *)')) {
    const told = e.getAttributeNames().filter((n) => !n.startsWith('data-v-')).map((n) => describe(e, n)).sort();
    const bare = e.childElementCount === 0 && e.textContent.trim() === '';
    kinds.add([e.parentElement.tagName, e.tagName, ...told, bare ? 'bare' : ''].join(' '));
  }
  return [...kinds];
}

/** where -> the kinds of things that were looked at there and found without fault */
const looked = new Map();

/** Serious and critical violations of WCAG 2.1 A and AA, each as one line. A page that is made of
 * nothing but what was looked at on such a page before is not looked at again: it would say the same. */
export async function faults(page, theme = 'light') {
  const where = `${new URL(page.url()).pathname.replace(/[^/]*\d[^/]*/g, '#')} ${page.viewportSize().width} ${theme}`;
  const kinds = await page.evaluate(kindsOf);
  const known = looked.get(where) ?? new Set();
  looked.set(where, known);
  if (kinds.every((k) => known.has(k))) return [];
  const found = await examine(page);
  if (found.length === 0) for (const k of kinds) known.add(k);
  return found;
}

async function examine(page) {
  // in a world of its own: the page's policy admits no scripts but its own
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
  });
  const run = (expression, awaitPromise) =>
    session.send('Runtime.evaluate', {
      expression,
      awaitPromise,
      contextId: executionContextId,
      returnByValue: true,
    });
  await run(`${axe};0`, false);
  const { result, exceptionDetails } = await run(
    `axe.run({ include: document, exclude: ${alike} }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })
      .then((r) => r.violations.map((v) => ({
        id: v.id, impact: v.impact, at: v.nodes.slice(0, 3).map((n) => n.target.join(' ')) })))`,
    true,
  );
  await session.detach();
  if (exceptionDetails) throw new Error(`axe: ${exceptionDetails.text}`);
  return result.value
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id} (${v.impact}): ${v.at.join(', ')}`);
}
