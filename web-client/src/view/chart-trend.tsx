/* Trends: a small line in a row, a large one by uPlot, and the same as a table. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { chartText } from '../text/chart';
import { lang } from '../text';
import { now } from '../state/clock';
import { date, stamp } from '../state/format';
import { zone } from '../state/session';
import { diastolic, isJudged, measures, systolic, type Point, type VitalName } from '../state/vitals';
import type { PressureGoal } from '../state/goal';
import { Empty, Seg } from '../ui/parts';

const usualOf = (name: VitalName): readonly [number, number] => (name === 'pressure' ? systolic.usual : measures[name].usual);

export function Spark({ name, points }: { name: VitalName; points: readonly Point[] }) {
  const usual = usualOf(name);
  const values = points.map((p) => p.value);
  const least = Math.min(...values, isJudged(name) ? usual[0] : Infinity);
  const most = Math.max(...values, isJudged(name) ? usual[1] : -Infinity);
  const y = (v: number): number => (most === least ? 13 : 23 - ((v - least) / (most - least)) * 20);
  const x = (i: number): number => (points.length === 1 ? 128 : 4 + (i / (points.length - 1)) * 124);
  const last = points[points.length - 1];
  return (
    <svg class="spark" viewBox="0 0 132 26" aria-hidden="true">
      {isJudged(name) && <rect class="ok" x="0" y={y(usual[1])} width="132" height={Math.max(1, y(usual[0]) - y(usual[1]))} />}
      {points.length > 1 && <path d={points.map((p, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(p.value).toFixed(1)}`).join(' ')} />}
      {last !== undefined && <circle cx={x(points.length - 1)} cy={y(last.value)} r="2.8" />}
    </svg>
  );
}

type Span = 'd14' | 'd90' | 'all';
const days: Record<Span, number> = { d14: 14, d90: 90, all: Infinity };
const height = 214;

function options(plot: typeof uPlot, el: HTMLElement, name: VitalName, words: { upper: string; lower: string }, goals: readonly { at: number; words: string }[]): uPlot.Options {
  const style = getComputedStyle(el);
  const colour = (token: string): string => style.getPropertyValue(token).trim();
  /* Tokens are light-dark(): the browser resolves them through a colour of an element. */
  const probe = document.createElement('i');
  el.append(probe);
  const resolved = (token: string): string => { probe.style.color = `var(${token})`; return getComputedStyle(probe).color || colour(token); };
  const ink = resolved('--ink-3');
  const line = resolved('--line');
  const accent = resolved('--accent');
  const soft = resolved('--ok-soft');
  const second = resolved('--ink-2');
  const aim = resolved('--ok-ink');
  probe.remove();
  const font = `12px ${style.fontFamily}`;
  /* A goal of this person's stands in the place of what is usual in everybody. */
  const bands = goals.length > 0 ? [] : name === 'pressure' ? [systolic.usual, diastolic.usual] : isJudged(name) ? [measures[name].usual] : [];
  return {
    width: el.clientWidth, height, tzDate: (s) => (zone.value === undefined ? new Date(s * 1000) : plot.tzDate(new Date(s * 1000), zone.value)),
    legend: { show: false }, cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_u, least, most) => { const low = Math.min(least, ...bands.map((b) => b[0]), ...goals.map((g) => g.at)); const high = Math.max(most, ...bands.map((b) => b[1]), ...goals.map((g) => g.at)); const pad = Math.max(1, (high - low) * 0.08); return [low - pad, high + pad]; } } },
    axes: [
      { stroke: ink, font, grid: { show: false }, ticks: { show: false }, values: (_u, splits) => splits.map((s) => date(s * 1000)), space: 90 },
      { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false }, size: 44 },
    ],
    series: [
      {},
      { label: words.upper, stroke: accent, width: 2, points: { show: true, size: 6, fill: accent, stroke: accent } },
      ...(name === 'pressure' ? [{ label: words.lower, stroke: second, width: 2, dash: [5, 3], points: { show: true, size: 6, fill: second, stroke: second } }] : []),
    ],
    hooks: {
      drawClear: [(u) => {
        for (const b of bands) {
          const top = u.valToPos(b[1], 'y', true);
          u.ctx.fillStyle = soft;
          u.ctx.fillRect(u.bbox.left, top, u.bbox.width, u.valToPos(b[0], 'y', true) - top);
        }
      }],
      /* Over the lines: what the person is to stay below. */
      draw: [(u) => {
        const unit = devicePixelRatio;
        u.ctx.save();
        u.ctx.strokeStyle = u.ctx.fillStyle = aim;
        u.ctx.lineWidth = 1.5 * unit;
        u.ctx.font = `${12 * unit}px ${style.fontFamily}`;
        u.ctx.textAlign = 'right';
        u.ctx.textBaseline = 'alphabetic';
        for (const g of goals) {
          const y = u.valToPos(g.at, 'y', true);
          u.ctx.beginPath();
          u.ctx.moveTo(u.bbox.left, y);
          u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
          u.ctx.stroke();
          u.ctx.fillText(g.words, u.bbox.left + u.bbox.width, y - 4 * unit);
        }
        u.ctx.restore();
      }],
    },
  };
}

function Plot({ name, points, goals, say }: { name: VitalName; points: readonly Point[]; goals: readonly { at: number; words: string }[]; say: string }) {
  const t = chartText();
  const box = useRef<HTMLDivElement>(null);
  const key = `${name} ${points.length} ${points[0]?.at ?? 0} ${goals.map((g) => g.at).join('/')} ${lang.value}`;
  useEffect(() => {
    const el = box.current;
    if (el === null) return undefined;
    let gone = false;
    let made: uPlot | null = null;
    let watch: ResizeObserver | null = null;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    let again = (): void => undefined;
    void Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]).then(([{ default: Made }]) => {
      if (gone) return;
      const draw = (): void => {
        made?.destroy();
        const data: uPlot.AlignedData = name === 'pressure' ? [points.map((p) => p.at / 1000), points.map((p) => p.value), points.map((p) => p.second)] : [points.map((p) => p.at / 1000), points.map((p) => p.value)];
        made = new Made(options(Made, el, name, { upper: t.systolic, lower: t.diastolic }, goals), data, el);
      };
      draw();
      again = draw;
      dark.addEventListener('change', draw);
      watch = new ResizeObserver(() => { if (made !== null && el.clientWidth > 0) made.setSize({ width: el.clientWidth, height }); });
      watch.observe(el);
    });
    return () => { gone = true; dark.removeEventListener('change', again); watch?.disconnect(); made?.destroy(); };
  }, [key]);
  return <div class="trend" ref={box} role="img" aria-label={say} />;
}

export function Trend({ name, points, goal }: { name: VitalName; points: readonly Point[]; goal: PressureGoal | null }) {
  const t = chartText();
  const span = useSignal<Span>(points.some((p) => p.at > now.peek() - 14 * 86_400_000) && points.filter((p) => p.at > now.peek() - 14 * 86_400_000).length > 1 ? 'd14' : 'all');
  const table = useSignal(false);
  const within = points.filter((p) => p.at >= now.peek() - days[span.value] * 86_400_000);
  const words = (p: Point): string => (p.second === null ? String(p.value) : `${p.value}/${p.second}`);
  const first = within[0];
  const last = within[within.length - 1];
  const usual = usualOf(name);
  const goals = goal === null ? [] : [goal.upper, goal.lower].flatMap((at) => (at === null ? [] : [{ at, words: t.goalIs(t.below(at)) }]));
  return (
    <section aria-labelledby="trend">
      <div class="sec-head trend-head"><h2 id="trend">{t.vital[name]}</h2><span class="end"><Seg label={t.range} value={span.value} options={[{ value: 'd14', words: t.ranges.d14 }, { value: 'd90', words: t.ranges.d90 }, { value: 'all', words: t.ranges.all }]} onPick={(v) => { span.value = v; }} /></span></div>
      {first === undefined || last === undefined ? <Empty icon="wave" title={t.plotNone} /> : table.value
        ? <div class="tablewrap"><table class="table" aria-label={t.vital[name]}><thead><tr><th scope="col">{t.when}</th><th scope="col">{t.value}</th><th scope="col">{t.by}</th></tr></thead>
          <tbody>{[...within].reverse().map((p) => <tr key={p.at}><td>{stamp(p.at)}</td><td class="num-id">{words(p)} {t.unit[name]}</td><td>{p.by}</td></tr>)}</tbody></table></div>
        : <Plot name={name} points={within} goals={goals} say={t.plotSay(t.vital[name], within.length, words(first), words(last))} />}
      <p class="muted small">{t.unit[name]}{isJudged(name) && `${t.comma}${name === 'pressure' ? `${t.systolic} ${t.usualIs(systolic.usual[0], systolic.usual[1])}${t.comma}${t.diastolic} ${t.usualIs(diastolic.usual[0], diastolic.usual[1])}` : t.usualIs(usual[0], usual[1])}`} <button type="button" class="linkish" onClick={() => { table.value = !table.value; }}>{table.value ? t.asPlot : t.asTable}</button></p>
    </section>
  );
}
