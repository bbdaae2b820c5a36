/* The viewer's dictionary, in the language in use. */
import { lang } from '.';
import { imagingEn } from './imaging.en';
import { imagingZh, type ImagingDict } from './imaging.zh';

export const imagingText = (): ImagingDict => (lang.value === 'zh' ? imagingZh : imagingEn);
