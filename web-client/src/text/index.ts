/* The language in use. Each dictionary is its own chunk: only the one in use is loaded. */
import { signal } from '@preact/signals';
import type { Fault } from '../wire/fault';
import type { Dict } from './zh';

export type { Dict };
export type Lang = 'zh' | 'en';

const loaders: Record<Lang, () => Promise<Dict>> = {
  zh: async () => (await import('./zh')).zh,
  en: async () => (await import('./en')).en,
};

export const lang = signal<Lang>('zh');
export const langTag = (l: Lang): string => (l === 'zh' ? 'zh-CN' : 'en');

const dict = signal<Dict | null>(null);

/** The dictionary; a component that calls this is drawn again when the language changes. */
export function text(): Dict {
  if (dict.value === null) throw new Error('no dictionary loaded');
  return dict.value;
}

export async function useLanguage(l: Lang): Promise<void> {
  const loaded = await loaders[l]();
  lang.value = l;
  dict.value = loaded;
}

/** What went wrong, and what to do next. Our own words for each code; the server's for what is new to us. */
export function faultText(fault: Fault): string {
  const t = text();
  const known = (t.codes as Record<string, string>)[fault.code];
  const what = known ?? (fault.message !== '' ? fault.message : t.codes.bad_answer);
  const own = fault.code === 'password_weak' || known === undefined || fault.code === 'bad_field';
  const parts = [what];
  if (own && fault.todo !== null && fault.todo !== what) parts.push(fault.todo);
  if (fault.left !== null) parts.push(t.leftTries(fault.left));
  return parts.join(lang.value === 'zh' ? '' : ' ');
}
