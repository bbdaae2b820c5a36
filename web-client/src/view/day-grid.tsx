/* A day as a row of hours: what is open, what is taken, and what is chosen. Places are set by script, as the page allows no styles of its own. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hm } from '../state/format';

export interface Day { from: number; until: number }
const hour = 3_600_000;

export const share = (d: Day, at: number): number => Math.min(1, Math.max(0, (at - d.from) / (d.until - d.from)));

export function Bar({ day, start, end, kind, children, label, booking, onDown, onKey }: { day: Day; start: number; end: number; kind: string; children?: ComponentChildren; label?: string; booking?: string; onDown?: (e: PointerEvent) => void; onKey?: () => void }) {
  const at = useRef<HTMLDivElement>(null);
  useEffect(() => {
    at.current?.style.setProperty('--at', String(share(day, start)));
    at.current?.style.setProperty('--to', String(share(day, end)));
  }, [day.from, day.until, start, end]);
  if (end <= day.from || start >= day.until) return null;
  const acts = onKey === undefined ? {} : { role: 'button' as const, tabIndex: 0, 'aria-label': label };
  return (
    <div ref={at} class={`bar ${kind}`} title={label} data-booking={booking} {...acts}
      onPointerDown={(e) => onDown?.(e)}
      onKeyDown={(e) => { if (onKey !== undefined && (e.key === 'Enter' || e.key === ' ')) { e.preventDefault(); onKey(); } }}
    >{children}</div>
  );
}

export function Hours({ day }: { day: Day }) {
  const marks: number[] = [];
  for (let t = day.from; t < day.until; t += hour) marks.push(t);
  return <div class="grid-row grid-head" aria-hidden="true"><span /><div class="lane">{marks.map((t) => <Bar key={t} day={day} start={t} end={t + hour} kind="tick">{hm(t).slice(0, 2).replace(/^0/, '')}</Bar>)}</div></div>;
}

export function Lane({ name, sub, children }: { name: string; sub?: string | undefined; children: ComponentChildren }) {
  return <div class="grid-row"><span><b>{name}</b>{sub === undefined || sub === '' ? null : <small> {sub}</small>}</span><div class="lane">{children}</div></div>;
}
