/* The dictionary of ringing a specialist at once, in the language in use. */
import { lang } from '.';
import { ringsEn } from './rings.en';
import { ringsZh, type RingsDict } from './rings.zh';

export const ringsText = (): RingsDict => (lang.value === 'zh' ? ringsZh : ringsEn);
