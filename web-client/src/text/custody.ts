/* The dictionary of custody's tasks, in the language in use. */
import { lang } from '.';
import { custodyEn } from './custody.en';
import { custodyZh, type CustodyDict } from './custody.zh';

export const custodyText = (): CustodyDict => (lang.value === 'zh' ? custodyZh : custodyEn);
