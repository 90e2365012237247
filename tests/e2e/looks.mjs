// What a picture of a page would show to be wrong, told by the page itself.

/** Runs in the page: one line for each thing that looks wrong in a window as wide as it is now. */
function tell(lang) {
  const said = [];
  const say = (what, text) => said.push(`${what}: ${text.replace(/\s+/g, ' ').trim().slice(0, 90)}`);
  const shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.closest('.yh-hidden, [aria-hidden=true], .skip');
  const width = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth > width) say('wide', `${document.scrollingElement.scrollWidth} of ${width}`);

  const moved = (e) => {
    for (let at = e; at && at !== document.body; at = at.parentElement) {
      const { overflowX, position } = getComputedStyle(at);
      if (['auto', 'scroll'].includes(overflowX) || position === 'fixed') return true;
      if (at.matches('.el-scrollbar__wrap, .el-table__body-wrapper, .el-table__header-wrapper')) return true;
    }
    return false;
  };
  const leaves = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    const e = node.parentElement;
    if (!text || !e || ['SCRIPT', 'STYLE', 'OPTION'].includes(e.tagName) || !shown(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    leaves.push({ text, e, rects: [...range.getClientRects()].filter((r) => r.width > 1 && r.height > 1) });
  }
  for (const { text, e, rects } of leaves) {
    const { overflowX, textOverflow } = getComputedStyle(e);
    if (overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 1) say(textOverflow === 'ellipsis' ? 'shortened' : 'cut', text);
    if (rects.some((r) => r.right > width + 1) && !moved(e)) say('beyond', text);
    if (/\d{4}-\d\d-\d\dT\d\d|undefined|NaN|\[object|Invalid Date|\bnull\b/.test(text)) say('raw', text);
    else if (/^[a-z]+(\.[a-z]\w+)+$/i.test(text) || /\b[a-z]{2,}_[a-z_]+\b/.test(text)) say('code', text);
    else if (/\b(?=[0-9a-v]*\d)(?=[0-9a-v]*[a-v])[0-9a-v]{24,}\b/.test(text)) say('id', text);
    else if (/(^|[^\w.,/-])\d{5,}($|[^\w/-])/.test(text) && !e.closest('code')) say('figure', text);
    if (lang === 'zh' && /[A-Za-z]{4,}/.test(text) && !/\p{Script=Han}|-\d{4}-[A-Z]+-\d/u.test(text) && !e.closest('code, header.bar')) say('latin', text);
    if (lang === 'en' && /\p{Script=Han}/u.test(text)) say('han', text);
  }
  const boxes = leaves.filter((l) => !moved(l.e) && !l.e.closest('header.bar, nav')).flatMap((l) => l.rects.map((r) => ({ ...l, r })));
  boxes.sort((a, b) => a.r.top - b.r.top);
  for (let i = 0; i < boxes.length; i++) {
    for (let j = i + 1; j < boxes.length && boxes[j].r.top < boxes[i].r.bottom - 3; j++) {
      const [a, b] = [boxes[i], boxes[j]];
      const across = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left);
      const down = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top);
      if (a.e !== b.e && across > 3 && down > 4) say('over', `${a.text.slice(0, 40)} | ${b.text.slice(0, 40)}`);
    }
  }
  const main = document.querySelector('main');
  if (main && main.innerText.trim().length < 24) say('empty', main.innerText);
  return [...new Set(said)];
}

/** Text that is cut, lies over other text or beyond the window, and what is written for machines; in
 * English pages what is Chinese, in Chinese ones what is Latin: mostly names, to be judged by eye. */
export const looks = (page, lang) => page.evaluate(tell, lang);
