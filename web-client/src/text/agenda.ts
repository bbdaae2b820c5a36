/* The dictionary of bookings, in the language in use. */
import { lang } from '.';
import { agendaEn } from './agenda.en';
import { agendaZh, type AgendaDict } from './agenda.zh';

export type { AgendaDict };
export const agendaText = (): AgendaDict => (lang.value === 'zh' ? agendaZh : agendaEn);
