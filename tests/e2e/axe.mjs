// Accessibility faults of a page that would keep someone out.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Rows are made alike: the first of a long table or list tell of the others. */
const alike = "[['tbody tr:nth-child(n+25)'], ['main li:nth-child(n+25)']]";

/** Serious and critical violations of WCAG 2.1 A and AA, each as one line. */
export async function faults(page) {
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
