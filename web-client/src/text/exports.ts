/* The dictionary of exports, in the language in use. */
import { lang } from '.';
import { exportsEn } from './exports.en';
import { exportsZh, type ExportsDict } from './exports.zh';

export const exportsText = (): ExportsDict => (lang.value === 'zh' ? exportsZh : exportsEn);
