/* The dictionary of what spreads, in the language in use. */
import { lang } from '.';
import { epidemicEn } from './epidemic.en';
import { epidemicZh, type EpidemicDict } from './epidemic.zh';

export const epidemicText = (): EpidemicDict => (lang.value === 'zh' ? epidemicZh : epidemicEn);
