/* The dictionary of signatures, grants and erasures, in the language in use. */
import { lang } from '.';
import { careEn } from './care.en';
import { careZh, type CareDict } from './care.zh';

export type { CareDict };
export const careText = (): CareDict => (lang.value === 'zh' ? careZh : careEn);
