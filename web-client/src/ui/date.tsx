/* A day, or a day with its time, typed or picked from a month. The browser's own fields speak the browser's language; this one the page's. Arrow keys in
   the field go by days; the month is a grid with one stop for Tab (WAI-ARIA's date picker). */
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { lang, text } from '../text';
import { now } from '../state/clock';
import { addDays, addMonths, readDay, readDayTime, weeksOf } from '../state/dates';
import { dayKey } from '../state/format';
import { IconButton } from './parts';

const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const made = (day: string, options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(lang.value === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'UTC', ...options }).format(utc(day));

/** 2026-11-27, 27 Nov 2026. */
export function shownDay(day: string): string {
  return day === '' || lang.value === 'zh' ? day : made(day, { day: 'numeric', month: 'short', year: 'numeric' });
}
const shown = (value: string): string => {
  const [day = '', time = ''] = value.split('T');
  return [shownDay(day), time].filter((w) => w !== '').join(' ');
};

export interface DateProps {
  id: string;
  value: string;
  withTime: boolean;
  name?: string | undefined;
  focus?: boolean | undefined;
  invalid: boolean;
  described: string | undefined;
  onInput: (value: string) => void;
  /** What was typed is no day. */
  onBad: (bad: boolean) => void;
}

export function DateInput({ id, value, withTime, name, focus = false, invalid, described, onInput, onBad }: DateProps) {
  const t = text();
  const typed = useSignal(shown(value));
  const told = useRef(value);
  const box = useRef<HTMLInputElement>(null);
  const pop = useRef<HTMLDivElement>(null);
  const month = useSignal('');
  const heading = useId();
  const today = dayKey(now.peek());
  const read = (words: string): string | null => (withTime ? readDayTime(words, today) : readDay(words, today));

  /* What the screen sets is shown; what was typed here stays as it was typed until the field is left. */
  useEffect(() => { if (value !== told.current) { told.current = value; typed.value = shown(value); } }, [value]);
  useEffect(() => { if (document.activeElement !== box.current && told.current !== '') typed.value = shown(told.current); }, [lang.value]);

  const tell = (next: string): void => { told.current = next; onInput(next); };
  const take = (words: string): void => {
    typed.value = words;
    const got = words.trim() === '' ? '' : read(words);
    onBad(false);
    tell(got ?? '');
  };
  const put = (day: string): void => {
    const time = told.current.split('T')[1] ?? '09:00';
    const next = withTime ? `${day}T${time}` : day;
    onBad(false);
    tell(next);
    typed.value = shown(next);
  };
  const dayNow = (): string => told.current.split('T')[0] || today;
  const leave = (): void => {
    if (typed.value.trim() === '') { onBad(false); return; }
    const got = read(typed.value);
    onBad(got === null);
    if (got !== null) typed.value = shown(got);
  };
  const focusDay = (): void => { requestAnimationFrame(() => { pop.current?.querySelector<HTMLButtonElement>('[tabindex="0"][data-day]')?.focus(); }); };
  const open = (): void => {
    const at = box.current?.getBoundingClientRect();
    const p = pop.current;
    if (at === undefined || p === null) return;
    month.value = dayNow();
    p.showPopover();
    const below = at.bottom + 4 + p.offsetHeight <= innerHeight;
    p.style.setProperty('inset-inline-start', `${Math.max(8, Math.min(at.left, innerWidth - p.offsetWidth - 8))}px`);
    p.style.setProperty('inset-block-start', `${below ? at.bottom + 4 : Math.max(8, at.top - p.offsetHeight - 4)}px`);
    focusDay();
  };
  const pick = (day: string): void => { put(day); pop.current?.hidePopover(); box.current?.focus(); };
  const move = (e: KeyboardEvent): void => {
    const by: Record<string, () => string> = {
      ArrowLeft: () => addDays(month.value, -1), ArrowRight: () => addDays(month.value, 1), ArrowUp: () => addDays(month.value, -7), ArrowDown: () => addDays(month.value, 7),
      PageUp: () => addMonths(month.value, -1), PageDown: () => addMonths(month.value, 1),
    };
    const next = by[e.key];
    if (next === undefined) return;
    e.preventDefault();
    month.value = next();
    focusDay();
  };

  return (
    <div class="date-field">
      <input
        ref={box} id={id} class="input" type="text" value={typed.value} name={name} autocomplete="off" spellcheck={false} autofocus={focus} placeholder={withTime ? t.date.shapeTime : t.date.shape}
        aria-invalid={invalid ? 'true' : undefined} aria-describedby={described} onInput={(e) => { take(e.currentTarget.value); }} onBlur={leave}
        onKeyDown={(e) => {
          if (e.altKey && e.key === 'ArrowDown') { e.preventDefault(); open(); } else if (e.key === 'ArrowUp' || e.key === 'ArrowDown') { e.preventDefault(); put(told.current === '' ? today : addDays(dayNow(), e.key === 'ArrowUp' ? 1 : -1)); }
        }}
      />
      <IconButton icon="cal" label={t.date.calendar} onClick={open} />
      <div ref={pop} class="date-pop" popover="auto" role="dialog" aria-labelledby={heading}>
        {month.value !== '' && <>
          <div class="date-head"><IconButton icon="left" label={t.date.before} onClick={() => { month.value = addMonths(month.value, -1); }} /><b id={heading} aria-live="polite">{made(month.value, { year: 'numeric', month: 'long' })}</b><IconButton icon="right" label={t.date.after} onClick={() => { month.value = addMonths(month.value, 1); }} /></div>
          <table role="grid" aria-labelledby={heading} onKeyDown={move}>
            <thead><tr>{(weeksOf(month.value)[0] ?? []).map((d) => <th key={d} scope="col" abbr={made(d, { weekday: 'long' })}>{made(d, { weekday: 'narrow' })}</th>)}</tr></thead>
            <tbody>{weeksOf(month.value).map((w) => <tr key={w[0]}>{w.map((d) => (
              <td key={d} role="gridcell" aria-selected={d === told.current.split('T')[0]}>
                <button type="button" data-day={d} tabIndex={d === month.value ? 0 : -1} class={d.slice(0, 7) === month.value.slice(0, 7) ? undefined : 'beside'} aria-current={d === today ? 'date' : undefined} aria-label={made(d, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })} onClick={() => { pick(d); }}>{Number(d.slice(8))}</button>
              </td>))}</tr>)}</tbody>
          </table>
          <div class="date-foot"><button type="button" class="linkish" onClick={() => { pick(today); }}>{t.date.today}</button></div>
        </>}
      </div>
    </div>
  );
}
