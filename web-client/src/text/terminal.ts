/* The dictionary of the list of terminals, in the language in use. */
import { lang } from '.';
import { terminalEn } from './terminal.en';
import { terminalZh, type TerminalDict } from './terminal.zh';

export const terminalText = (): TerminalDict => (lang.value === 'zh' ? terminalZh : terminalEn);
