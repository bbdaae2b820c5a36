/* The dictionary of what waits on the homes of who schedules and of specialists, in the language in use. */
import { lang } from '.';
import { deskEn } from './desk.en';
import { deskZh, type DeskDict } from './desk.zh';

export const deskText = (): DeskDict => (lang.value === 'zh' ? deskZh : deskEn);
