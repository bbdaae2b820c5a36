/* The dictionary of the round, in the language in use. */
import { lang } from '.';
import { roundEn } from './round.en';
import { roundZh, type RoundDict } from './round.zh';

export const roundText = (): RoundDict => (lang.value === 'zh' ? roundZh : roundEn);
