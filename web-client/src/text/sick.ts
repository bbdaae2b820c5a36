/* The dictionary of sick calls, visits in the clinic and what is late, in the language in use. */
import { lang } from '.';
import { sickEn } from './sick.en';
import { sickZh, type SickDict } from './sick.zh';

export const sickText = (): SickDict => (lang.value === 'zh' ? sickZh : sickEn);
