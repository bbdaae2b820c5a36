/* The terminal's dictionary. It has languages of its own: what else is shown in Uyghur (roles, what a fault says) falls back to Chinese.
   Nothing of the choice is kept in the browser: the next person starts with the site's. */
import { computed, signal } from '@preact/signals';
import { faultText, lang, useLanguage } from '.';
import type { Fault } from '../wire/fault';
import { kioskEn } from './kiosk.en';
import { kioskUg } from './kiosk.ug';
import { kioskZh, type KioskDict } from './kiosk.zh';

export type KioskLang = 'zh' | 'en' | 'ug';
export const kioskLangs: readonly { value: KioskLang; words: string; lang: string }[] = [
  { value: 'zh', words: '中文', lang: 'zh-CN' }, { value: 'en', words: 'English', lang: 'en' }, { value: 'ug', words: 'ئۇيغۇرچە', lang: 'ug' },
];
const dicts: Record<KioskLang, KioskDict> = { zh: kioskZh, en: kioskEn, ug: kioskUg };

const isUyghur = signal(false);
export const kioskLang = computed<KioskLang>(() => (isUyghur.value ? 'ug' : lang.value));
export const kioskText = (): KioskDict => dicts[kioskLang.value];

export async function setKioskLang(next: KioskLang): Promise<void> {
  await useLanguage(next === 'en' ? 'en' : 'zh');
  isUyghur.value = next === 'ug';
}

export const kioskFault = (fault: Fault): string => kioskText().faults[fault.code] ?? faultText(fault);
