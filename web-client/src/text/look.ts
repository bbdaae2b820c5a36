/* The dictionary of what is looked at together in a room, in the language in use. */
import { lang } from '.';
import { lookEn } from './look.en';
import { lookZh, type LookDict } from './look.zh';

export const lookText = (): LookDict => (lang.value === 'zh' ? lookZh : lookEn);
