/* All that this client ever keeps in the browser, and the only file that does: language and theme, for state/escorts the reports that wait for the line, that somebody left while out of reach,
   and, for this tab alone and ten minutes, a guard's day (state/kept-day). */
import { effect, signal } from '@preact/signals';
import { lang, langTag, text, useLanguage, type Lang } from '../text';

export type Theme = 'system' | 'light' | 'dark';

export const stored = (key: string): string | null => {
  try { return localStorage.getItem(key); } catch { return null; }
};
export const store = (key: string, value: string | null): void => {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch { /* storage may be forbidden; the choice then lasts as long as the page */ }
};

/** In this tab, gone with it. */
export const keptHere = (key: string): string | null => {
  try { return sessionStorage.getItem(key); } catch { return null; }
};
export const keepHere = (key: string, value: string | null): void => {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch { /* then a reload out of reach shows nothing */ }
};

const storedTheme = stored('theme');
export const theme = signal<Theme>(storedTheme === 'light' || storedTheme === 'dark' ? storedTheme : 'system');

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
});

export function setTheme(next: Theme): void {
  theme.value = next;
  store('theme', next === 'system' ? null : next);
}

export async function loadLanguage(): Promise<void> {
  const kept = stored('lang');
  const wanted: Lang = kept === 'zh' || kept === 'en' ? kept : /^zh\b/i.test(navigator.language) ? 'zh' : 'en';
  await useLanguage(wanted);
  effect(() => { document.documentElement.lang = langTag(lang.value); });
}

export async function setLanguage(next: Lang): Promise<void> {
  await useLanguage(next);
  store('lang', next);
}

/** The page's title: the place, never a person. */
export function setTitle(place: string): void {
  document.title = place === '' ? text().brand : `${place} · ${text().brand}`;
}
