/* The dictionary of transfers, in the language in use. */
import { lang } from '.';
import { transferEn } from './transfer.en';
import { transferZh, type TransferDict } from './transfer.zh';

export const transferText = (): TransferDict => (lang.value === 'zh' ? transferZh : transferEn);
