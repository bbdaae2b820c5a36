/* The dictionary of what patients say of their records, in the language in use. */
import { lang } from '.';
import { statementEn } from './statement.en';
import { statementZh, type StatementDict } from './statement.zh';

export const statementText = (): StatementDict => (lang.value === 'zh' ? statementZh : statementEn);
