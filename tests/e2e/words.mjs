// The console's own texts, so that a story finds things by what people read.
import { readFileSync } from 'node:fs';

const kept = new Map();

function room(lang, name) {
  const key = `${lang}/${name}`;
  if (!kept.has(key)) {
    const url = new URL(`../../web/src/locales/${key}.json`, import.meta.url);
    kept.set(key, JSON.parse(readFileSync(url, 'utf8')));
  }
  return kept.get(key);
}

/** say('zh', 'work.inbox'), with {names} filled in; of "one | many" by `n`. */
export function say(lang, key, values = {}) {
  const [first, ...rest] = key.split('.');
  const found = rest.reduce((at, part) => at?.[part], room(lang, first));
  if (typeof found !== 'string') throw new Error(`no text ${key} in ${lang}`);
  const forms = found.split(' | ');
  const form = forms.length > 1 && values.n !== 1 ? forms[1] : forms[0];
  return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
