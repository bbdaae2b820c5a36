/* Language and theme: the only two things this client ever keeps in the browser. */
import { effect, signal } from '@preact/signals';
import { lang, langTag, text, useLanguage, type Lang } from '../text';

export type Theme = 'system' | 'light' | 'dark';

const read = (key: string): string | null => {
  try { return localStorage.getItem(key); } catch { return null; }
};
const write = (key: string, value: string | null): void => {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch { /* storage may be forbidden; the choice then lasts as long as the page */ }
};

const storedTheme = read('theme');
export const theme = signal<Theme>(storedTheme === 'light' || storedTheme === 'dark' ? storedTheme : 'system');

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
});

export function setTheme(next: Theme): void {
  theme.value = next;
  write('theme', next === 'system' ? null : next);
}

export async function loadLanguage(): Promise<void> {
  const stored = read('lang');
  const wanted: Lang = stored === 'zh' || stored === 'en' ? stored : /^zh\b/i.test(navigator.language) ? 'zh' : 'en';
  await useLanguage(wanted);
  effect(() => { document.documentElement.lang = langTag(lang.value); });
}

export async function setLanguage(next: Lang): Promise<void> {
  await useLanguage(next);
  write('lang', next);
}

/** The page's title: the place, never a person. */
export function setTitle(place: string): void {
  document.title = place === '' ? text().brand : `${place} · ${text().brand}`;
}
