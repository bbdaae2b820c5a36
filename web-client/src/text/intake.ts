/* The dictionary of the intake, in the language in use. */
import { lang } from '.';
import { intakeEn } from './intake.en';
import { intakeZh, type IntakeDict } from './intake.zh';

export const intakeText = (): IntakeDict => (lang.value === 'zh' ? intakeZh : intakeEn);
