/* The dictionary of how long recordings are kept, in the language in use. */
import { lang } from '.';
import { keepingEn } from './keeping.en';
import { keepingZh, type KeepingDict } from './keeping.zh';

export type { KeepingDict };
export const keepingText = (): KeepingDict => (lang.value === 'zh' ? keepingZh : keepingEn);
