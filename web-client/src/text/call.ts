/* The dictionary of rooms and calls, in the language in use. */
import { lang } from '.';
import { callEn } from './call.en';
import { callZh, type CallDict } from './call.zh';

export type { CallDict };
export const callText = (): CallDict => (lang.value === 'zh' ? callZh : callEn);
