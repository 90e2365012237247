/** Boxes that a script opens: imported when they are wanted, not with the page. */
import 'element-plus/es/components/message/style/css';
import 'element-plus/es/components/message-box/style/css';

export { ElMessage } from 'element-plus/es/components/message/index';
export { ElMessageBox } from 'element-plus/es/components/message-box/index';
