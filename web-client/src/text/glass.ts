/* The dictionary of break-glass reviews, in the language in use. */
import { lang } from '.';
import { glassEn } from './glass.en';
import { glassZh, type GlassDict } from './glass.zh';

export const glassText = (): GlassDict => (lang.value === 'zh' ? glassZh : glassEn);
