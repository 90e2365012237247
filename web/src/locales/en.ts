/** Everything that is said in English, as one file: texts compress well together only. */
import words from 'element-plus/es/locale/lang/en';
import { gathered } from './gathered';

export { words };
export const messages = gathered(import.meta.glob('./en/*.json', { import: 'default', eager: true }));
