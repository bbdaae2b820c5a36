/* The chart's dictionary, in the language in use. */
import { lang } from '.';
import { chartEn } from './chart.en';
import { chartZh, type ChartDict } from './chart.zh';

export type { ChartDict };
export const chartText = (): ChartDict => (lang.value === 'zh' ? chartZh : chartEn);
