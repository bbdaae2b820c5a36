/* The chart's dictionary, in the language in use. */
import { lang } from '.';
import { chartEn } from './chart.en';
import { chartZh, type ChartDict } from './chart.zh';

export type { ChartDict };
/* What we title notes and their sections with, in one language and in the other. */
const twins = (['zh', 'en'] as const).map((to) => {
  const [from, into] = to === 'zh' ? [chartEn, chartZh] : [chartZh, chartEn];
  const pairs = [...Object.keys(chartZh.templates).map((k) => [from.templates[k as keyof typeof from.templates], into.templates[k as keyof typeof into.templates]] as const),
    ...Object.keys(chartZh.sections).map((k) => [from.sections[k as keyof typeof from.sections], into.sections[k as keyof typeof into.sections]] as const)];
  return new Map(pairs);
});
/** A title of ours in the page's language, whichever it was written in; any other as it stands. */
export const titleWords = (words: string): string => twins[lang.value === 'zh' ? 0 : 1]?.get(words) ?? words;

export const chartText = (): ChartDict => (lang.value === 'zh' ? chartZh : chartEn);
