/* The dictionary of opinions, in the language in use. */
import { lang } from '.';
import { opinionEn } from './opinion.en';
import { opinionZh, type OpinionDict } from './opinion.zh';

export type { OpinionDict };
export const opinionText = (): OpinionDict => (lang.value === 'zh' ? opinionZh : opinionEn);
