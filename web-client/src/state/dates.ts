/* Days and times as people type them, in the page's language whatever the browser's. Pure: a day is YYYY-MM-DD, a time HH:MM, both YYYY-MM-DDTHH:MM. */

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const two = (n: number): string => String(n).padStart(2, '0');

/** A day of the calendar, or null: the 30th of February is none. */
export function dayFrom(y: number, m: number, d: number): string | null {
  const at = new Date(Date.UTC(y, m - 1, d));
  return y >= 1900 && y <= 2199 && at.getUTCMonth() === m - 1 && at.getUTCDate() === d ? `${y}-${two(m)}-${two(d)}` : null;
}
export const addDays = (day: string, n: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);
/** The same day of another month, or that month's last. */
export function addMonths(day: string, n: number): string {
  const [y = 0, m = 1, d = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(y, m - 1 + n + 1, 0));
  return dayFrom(last.getUTCFullYear(), last.getUTCMonth() + 1, Math.min(d, last.getUTCDate())) ?? day;
}

/* What Chinese writes between numbers is written in escapes here: it is read, never shown. */

/** 2026-11-27, 2026/11/27, 20261127, the Chinese forms, 11-27, 27 Nov 2026, 27 November, 27/11/2026, today's words. today fills in the year. */
export function readDay(typed: string, today: string): string | null {
  const t = typed.trim().toLowerCase().replace(/[,\uff0c]/g, ' ').replace(/\s*(\u5468|\u661f\u671f)[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u65e5\u5929]$/, '').replace(/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s+/, '').replace(/\s+/g, ' ').trim();
  if (/^(\u4eca\u5929|today)$/.test(t)) return today;
  if (/^(\u660e\u5929|tomorrow)$/.test(t)) return addDays(today, 1);
  if (/^(\u6628\u5929|yesterday)$/.test(t)) return addDays(today, -1);
  const year = Number(today.slice(0, 4));
  const whole = /^(\d{4})[-/.\u5e74](\d{1,2})[-/.\u6708](\d{1,2})\u65e5?$/.exec(t) ?? /^(\d{4})(\d\d)(\d\d)$/.exec(t);
  if (whole !== null) return dayFrom(Number(whole[1]), Number(whole[2]), Number(whole[3]));
  const short = /^(\d{1,2})[-\u6708](\d{1,2})\u65e5?$/.exec(t);
  if (short !== null) return dayFrom(year, Number(short[1]), Number(short[2]));
  const british = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/.exec(t);
  if (british !== null) return dayFrom(Number(british[3]), Number(british[2]), Number(british[1]));
  const named = /^(\d{1,2}) ?([a-z]{3,9})\.? ?(\d{4})?$/.exec(t);
  const month = named === null ? -1 : months.findIndex((m) => (named[2] ?? '').startsWith(m));
  return named === null || month < 0 ? null : dayFrom(named[3] === undefined ? year : Number(named[3]), month + 1, Number(named[1]));
}

/** 14:30, 1430, 2 pm, 2:30pm. */
export function readTime(typed: string): string | null {
  const t = typed.trim().toLowerCase();
  const m = /^(\d{1,2})[:\uff1a.h\u70b9](\d{2})?\u5206?\s*(am|pm)?$/.exec(t) ?? /^(\d{2})(\d{2})()$/.exec(t) ?? /^(\d{1,2})()\s*(am|pm)$/.exec(t);
  if (m === null) return null;
  const half = m[3] ?? '';
  const h = Number(m[1]) % (half === '' ? 100 : 12) + (half === 'pm' ? 12 : 0);
  const min = Number(m[2] ?? '') || 0;
  return h < 24 && min < 60 && (half === '' || Number(m[1]) <= 12) ? `${two(h)}:${two(min)}` : null;
}

/** A day, then a blank (or T), then a time. */
export function readDayTime(typed: string, today: string): string | null {
  const t = typed.trim();
  const iso = /^(\S+)T(\d\d:\d\d)$/.exec(t);
  const at = iso === null ? /^(.*\S)[\s,\uff0c]+(\d{1,2}[:\uff1a.h\u70b9]?\d{0,2}\u5206?\s*(?:am|pm)?)$/i.exec(t) : iso;
  if (at === null) return null;
  const day = readDay(at[1] ?? '', today);
  const time = readTime(at[2] ?? '');
  return day === null || time === null ? null : `${day}T${time}`;
}

/** The weeks of a month, Monday first, whole weeks: days of the months beside it too. */
export function weeksOf(day: string): string[][] {
  const first = `${day.slice(0, 8)}01`;
  const before = (new Date(`${first}T00:00:00Z`).getUTCDay() + 6) % 7;
  const start = addDays(first, -before);
  const weeks = Array.from({ length: 6 }, (_, w) => Array.from({ length: 7 }, (_, d) => addDays(start, 7 * w + d)));
  return weeks.filter((w) => w.some((d) => d.startsWith(day.slice(0, 7))));
}
