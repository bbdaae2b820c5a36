/* The dictionary of consultations, in the language in use. */
import { lang } from '.';
import { visitEn } from './visit.en';
import { visitZh, type VisitDict } from './visit.zh';

export const visitText = (): VisitDict => (lang.value === 'zh' ? visitZh : visitEn);
