/* The dictionary of concerns, in the language in use. */
import { lang } from '.';
import { concernEn } from './concern.en';
import { concernZh, type ConcernDict } from './concern.zh';

export const concernText = (): ConcernDict => (lang.value === 'zh' ? concernZh : concernEn);
