/** Everything that is said in Chinese, as one file: texts compress well together only. */
import words from 'element-plus/es/locale/lang/zh-cn';
import { gathered } from './gathered';

export { words };
export const messages = gathered(import.meta.glob('./zh/*.json', { import: 'default', eager: true }));
