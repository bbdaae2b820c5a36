/* The dictionary of the review of a death, in the language in use. */
import { lang } from '.';
import { deathEn } from './death.en';
import { deathZh, type DeathDict } from './death.zh';

export const deathText = (): DeathDict => (lang.value === 'zh' ? deathZh : deathEn);
