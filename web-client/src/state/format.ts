/* Times always in the site's zone, by Intl: 11月23日 周一 15:24 / Mon 23 Nov, 15:24. 24 hours. */
import { lang, langTag, text } from '../text';
import { now } from './clock';
import { zone } from './session';

const cache = new Map<string, Intl.DateTimeFormat>();

function maker(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${lang.value} ${zone.value ?? ''} ${JSON.stringify(options)}`;
  let made = cache.get(key);
  if (!made) {
    const site = zone.value === undefined ? {} : { timeZone: zone.value };
    try {
      made = new Intl.DateTimeFormat(lang.value === 'zh' ? 'zh-CN' : 'en-GB', { ...options, ...site });
    } catch {
      made = new Intl.DateTimeFormat(langTag(lang.value), options);
    }
    cache.set(key, made);
  }
  return made;
}

const parts = (at: number, options: Intl.DateTimeFormatOptions): Record<string, string> =>
  Object.fromEntries(maker(options).formatToParts(at).map((p) => [p.type, p.value]));

const zh = (): boolean => lang.value === 'zh';

export const hm = (at: number): string => {
  const p = parts(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return `${p['hour']}:${p['minute']}`;
};

export const hms = (at: number): string => {
  const p = parts(at, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  return `${p['hour']}:${p['minute']}:${p['second']}`;
};

export const day = (at: number, withYear = false): string => {
  const p = parts(at, { year: 'numeric', month: zh() ? 'numeric' : 'short', day: 'numeric', weekday: 'short' });
  return zh()
    ? `${withYear ? `${p['year']}年` : ''}${p['month']}月${p['day']}日 ${p['weekday']}`
    : `${p['weekday']} ${p['day']} ${p['month']}${withYear ? ` ${p['year']}` : ''}`;
};

/** Without the weekday: 11月23日 / 23 Nov. */
export const date = (at: number, withYear = false): string => {
  const p = parts(at, { year: 'numeric', month: zh() ? 'numeric' : 'short', day: 'numeric' });
  return zh() ? `${withYear ? `${p['year']}年` : ''}${p['month']}月${p['day']}日` : `${p['day']} ${p['month']}${withYear ? ` ${p['year']}` : ''}`;
};

/** 2026-11-23, in the site's zone. */
export const dayKey = (at: number): string => {
  const p = parts(at, { year: 'numeric', month: '2-digit', day: '2-digit' });
  return `${p['year']}-${p['month']}-${p['day']}`;
};

/** Time alone today; else the date too, and the year when it is another. */
export const stamp = (at: number): string => {
  const today = dayKey(now.peek());
  const then = dayKey(at);
  if (today === then) return hm(at);
  const d = day(at, today.slice(0, 4) !== then.slice(0, 4));
  return zh() ? `${d} ${hm(at)}` : `${d}, ${hm(at)}`;
};

/** In a narrow column: the time today, else the date alone. */
export const brief = (at: number): string => {
  const today = dayKey(now.peek());
  return today === dayKey(at) ? hm(at) : date(at, today.slice(0, 4) !== dayKey(at).slice(0, 4));
};

export const full = (at: number): string => {
  const d = day(at, dayKey(now.peek()).slice(0, 4) !== dayKey(at).slice(0, 4));
  return zh() ? `${d} ${hm(at)}` : `${d}, ${hm(at)}`;
};

/** Down to the second: for the audit. */
export const exact = (at: number): string => {
  const d = day(at, true);
  return zh() ? `${d} ${hms(at)}` : `${d}, ${hms(at)}`;
};

export const offset = (at: number): string =>
  (parts(at, { timeZoneName: 'shortOffset' })['timeZoneName'] ?? '').replace('GMT', 'UTC');

/** h:mm, or m:ss under an hour when seconds matter. */
export const span = (ms: number): string => {
  const m = Math.floor(Math.max(0, ms) / 60_000);
  return `${Math.floor(m / 60)}:${String(m % 60).padStart(2, '0')}`;
};

export const countdown = (ms: number): string => {
  const s = Math.ceil(Math.max(0, ms) / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const h = Math.floor(s / 3600);
  return h > 0 ? `${h}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
};

export const longSpan = (s: number): string => {
  const days = Math.floor(s / 86_400);
  return text().system.days(days, span((s - days * 86_400) * 1000));
};

export const bytes = (n: number): string => {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  let v = n;
  while (v >= 1024 && i < units.length - 1) { v /= 1024; i += 1; }
  return `${v >= 100 || i === 0 ? Math.round(v) : v.toFixed(1)} ${units[i]}`;
};

export const count = (n: number): string => new Intl.NumberFormat(langTag(lang.value)).format(n);

/** The instant of a local `YYYY-MM-DD` at the site's midnight, plus `days`. */
export function siteMidnight(date: string, days = 0): number {
  const guess = Date.parse(`${date}T00:00:00Z`) + days * 86_400_000;
  const p = parts(guess, { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const num = (k: string): number => Number((p[k] ?? '0').replace(/\D/g, ''));
  const month = zh() ? num('month') : num('month') || 1;
  const shown = Date.UTC(num('year'), month - 1, num('day'), num('hour'), num('minute'));
  return guess - (shown - guess);
}

export const browserName = (agent: string): string => {
  const browser = /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrom(e|ium)\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : '';
  const system = /Windows/.test(agent) ? 'Windows' : /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iOS' : /Mac OS X/.test(agent) ? 'macOS' : /Linux/.test(agent) ? 'Linux' : '';
  return [browser, system].filter((s) => s !== '').join(' ') || text().account.unknownAgent;
};
