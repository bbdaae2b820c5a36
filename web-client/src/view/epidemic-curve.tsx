/* The epidemic curve: onsets by day, the alarm line across; and the same as a table. */
import { useSignal } from '@preact/signals';
import { epidemicText } from '../text/epidemic';
import type { CurveDay } from '../state/epidemic';
import { Swatch } from './epidemic-plan';

const short = (day: string): string => `${Number(day.slice(5, 7))}/${Number(day.slice(8, 10))}`;

export function Curve({ days, line }: { days: readonly CurveDay[]; line: number }) {
  const t = epidemicText();
  const table = useSignal(false);
  const most = Math.max(line + 1, ...days.map((d) => d.suspected + d.confirmed));
  const top = Math.ceil(most / 2) * 2;
  const unit = 108 / top;
  const step = 774 / days.length;
  const y = (n: number): number => 150 - n * unit;
  const total = days.reduce((n, d) => n + d.suspected + d.confirmed, 0);
  return (
    <section aria-labelledby="curve">
      <div class="sec-head"><h2 id="curve">{t.curve}</h2><span class="count">{t.byOnset}</span><span class="legend end"><Swatch state="bar-iso" words={t.suspected} /><Swatch state="bar-conf" words={t.confirmed} /></span></div>
      {table.value
        ? <div class="tablewrap"><table class="table" aria-label={t.curve}><thead><tr><th scope="col">{t.day}</th><th scope="col">{t.suspected}</th><th scope="col">{t.confirmed}</th></tr></thead>
          <tbody>{[...days].reverse().map((d) => <tr key={d.day}><td>{short(d.day)}</td><td>{d.suspected}</td><td>{d.confirmed}</td></tr>)}</tbody></table></div>
        : <svg class="plot epi-plot" viewBox="0 28 800 148" role="img" aria-label={t.curveSay(days.length, total)}>
          {[0, 0.5, 1].map((f) => <g key={f}><path class="grid" d={`M26 ${y(top * f)}H800`} /><text x="18" y={y(top * f) + 4} text-anchor="end">{top * f}</text></g>)}
          {days.map((d, i) => {
            const x = 26 + i * step + step / 2;
            return (
              <g key={d.day}>
                {d.confirmed > 0 && <rect class="bar-conf" x={x - 17} y={y(d.confirmed)} width="34" height={d.confirmed * unit} />}
                {d.suspected > 0 && <rect class="bar-iso" x={x - 16.5} y={y(d.confirmed + d.suspected) + 0.5} width="33" height={d.suspected * unit - 1} />}
                {(i % 2 === (days.length - 1) % 2) && <text x={x} y="168" text-anchor="middle" class={i === days.length - 1 ? 'now' : undefined}>{i === days.length - 1 ? t.today : short(d.day)}</text>}
              </g>
            );
          })}
          <path class="alarm-line" d={`M26 ${y(line)}H800`} /><text class="alarm-words" x="34" y={y(line) - 6}>{t.line(line)}</text>
        </svg>}
      <button type="button" class="linkish small" onClick={() => { table.value = !table.value; }}>{table.value ? t.asPlot : t.asTable}</button>
    </section>
  );
}
