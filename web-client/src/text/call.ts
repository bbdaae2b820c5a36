/* The dictionary of rooms and calls, in the language in use. */
import { lang } from '.';
import { callEn } from './call.en';
import { callZh, type CallDict } from './call.zh';

export type { CallDict };
/** A language by its code; the code itself where there is no word for it. */
export const languageName = (code: string): string => callText().languages[code] ?? code;
export const callText = (): CallDict => (lang.value === 'zh' ? callZh : callEn);
