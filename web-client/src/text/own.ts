/* The dictionary of the own record, in the language in use. */
import { lang } from '.';
import { ownEn } from './own.en';
import { ownZh, type OwnDict } from './own.zh';

export const ownText = (): OwnDict => (lang.value === 'zh' ? ownZh : ownEn);
