/* What happened, newest first, out of all parts of the chart; searched as one types. */
import { useSignal } from '@preact/signals';
import { chartText, titleWords } from '../text/chart';
import * as wire from '../wire/fhir';
import { all, type Chart } from '../state/chart';
import { now } from '../state/clock';
import { brief, exact } from '../state/format';
import { isWithin, periods, type Period } from '../state/period';
import { isJudged, judgePoint, seriesOf, vitalNames } from '../state/vitals';
import { Icon } from '../ui/icon';
import { SelectField } from '../ui/form';
import { Button, Empty } from '../ui/parts';
import { Search } from '../ui/table';
import { dayOf, PartState } from './chart-summary';
import { doseWords } from './dose-words';

export const kinds = ['all', 'visits', 'notes', 'orders', 'problems', 'vitals', 'files'] as const;
export type Kind = (typeof kinds)[number];
const kindOf: Record<string, Kind> = { e: 'visits', t: 'visits', n: 'notes', m: 'orders', c: 'problems', v: 'vitals', d: 'files', s: 'files' };

export interface Event { key: string; kind: Kind; at: number; isDay: boolean; title: string; text: string; tone: '' | 'on' | 'hot'; labelled: boolean; href: string | null; found: string }

const confidential = ['R', 'V', 'PSY', 'HIV', 'ETH', 'SEX', 'SUD', 'SDV', 'MH'];
const isLabelled = (r: { meta: { security: readonly wire.Coding[] } }): boolean => r.meta.security.some((s) => confidential.includes(s.code));

export function eventsOf(chart: Chart): Event[] {
  const t = chartText();
  const to: Event[] = [];
  const add = (kind: string, r: { id: string; meta: { security: readonly wire.Coding[] } }, when: wire.Moment | null, title: string, words: string, tone: Event['tone'], href: string | null = null, more = ''): void => {
    if (when !== null) to.push({ key: `${kind}/${r.id}`, kind: kindOf[kind] ?? 'all', at: when.at, isDay: when.isDay, title, text: words, tone, labelled: isLabelled(r), href, found: `${title} ${words} ${more}`.toLowerCase() });
  };
  for (const e of all(chart.encounters)) {
    const title = wire.isCustody(e) ? t.custody : e.class.code === 'VR' ? t.virtual : t.visit;
    const who = e.participant.map((p) => p.individual.display).filter((w) => w !== '').join(t.comma);
    add('e', e, e.period.start, title, [wire.isCustody(e) ? wire.cellOf(e) : wire.wordsOf(e.reasonCode[0] ?? null), who].filter((w) => w !== '').join(t.comma), e.status === 'in-progress' && !wire.isCustody(e) ? 'on' : '');
  }
  for (const k of all(chart.tasks)) if (wire.codeOf(k.code) === 'sick-call') add('t', k, k.authoredOn, t.sickCall, k.description, '');
  for (const n of all(chart.notes)) {
    const sections = n.section.map((s) => `${s.title}${t.comma}${wire.plainOf(s.text?.div ?? '')}`).join(' ');
    add('n', n, n.date, titleWords(n.title || wire.wordsOf(n.type)), [n.author.map((a) => a.display).filter((w) => w !== '').join(t.comma), n.status === 'preliminary' ? t.unsigned : ''].filter((w) => w !== '').join(t.comma), n.status === 'preliminary' ? '' : 'on', `/patients/${chart.id}/notes`, sections);
  }
  for (const o of all(chart.orders)) add('m', o, o.authoredOn, wire.wordsOf(o.medicationCodeableConcept), [doseWords(o), t.status(o.status)].filter((w) => w !== '').join(t.comma), '', `/patients/${chart.id}/orders`);
  for (const d of all(chart.documents)) add('d', d, d.date, wire.wordsOf(d.type), d.description, '', `/patients/${chart.id}/files`);
  for (const s of all(chart.studies)) add('s', s, s.started, s.description || t.images, t.study(s.numberOfInstances), 'on', `/patients/${chart.id}/files`);
  for (const c of all(chart.conditions)) add('c', c, c.recordedDate, wire.wordsOf(c.code), wire.codeOf(c.code), '');
  /* What was measured at one time is one event. */
  const measured = new Map<number, string[]>();
  for (const name of vitalNames) {
    for (const p of seriesOf(name, all(chart.vitals))) {
      if (!isJudged(name) || judgePoint(name, p) === 'usual') continue;
      measured.set(p.at, [...(measured.get(p.at) ?? []), `${t.vital[name]} ${p.second === null ? p.value : `${p.value}/${p.second}`} ${t.unit[name]}`]);
    }
  }
  for (const [at, words] of measured) to.push({ key: `v/${at}`, kind: 'vitals', at, isDay: false, title: t.vitals, text: words.join(t.comma), tone: 'hot', labelled: false, href: null, found: `${t.vitals} ${words.join(' ')}`.toLowerCase() });
  return to.sort((a, b) => b.at - a.at);
}

export const matches = (e: Event, find: string): boolean => find.trim().toLowerCase().split(/\s+/).every((w) => e.found.includes(w));

export interface Filter { find: string; kind: Kind; period: Period }
export const everything: Filter = { find: '', kind: 'all', period: 'all' };

export function CourseList({ chart, filter, most, onAll }: { chart: Chart; filter: Filter; most: number; onAll?: () => void }) {
  const t = chartText();
  const shown = eventsOf(chart).filter((e) => matches(e, filter.find) && (filter.kind === 'all' || e.kind === filter.kind) && isWithin(filter.period, e.at, now.peek()));
  const isNarrow = filter.find.trim() !== '' || filter.kind !== 'all' || filter.period !== 'all';
  const parts = [chart.encounters, chart.notes, chart.orders, chart.conditions, chart.vitals];
  return (
    <>
      {isNarrow && shown.length > 0 && <p class="muted" role="status">{t.courseFound(shown.length)}</p>}
      {parts.filter((p) => p.fault.value !== null).slice(0, 1).map((p) => <PartState key="fault" part={p} />)}
      {shown.length === 0 && parts.every((p) => p.value.value !== null) && (!isNarrow ? <Empty icon="time" title={t.courseNone} /> : <Empty icon="search" title={filter.find.trim() === '' ? t.filteredNone : t.courseFound(0)} action={onAll && <Button onClick={onAll}>{t.filterOff}</Button>} />)}
      <ol class="tl">{shown.slice(0, most).map((e) => (
        <li key={e.key}><time dateTime={new Date(e.at).toISOString()} title={e.isDay ? dayOf({ at: e.at, isDay: true }) : exact(e.at)}>{brief(e.at)}</time><span class={`dot ${e.tone}`} />
          <div>{e.href === null ? <b>{e.title}</b> : <a href={e.href}><b>{e.title}</b></a>}{e.labelled && <> <span class="chip"><Icon name="lock" />{t.labelled}</span></>}{e.text !== '' && <p>{e.text}</p>}</div></li>
      ))}</ol>
    </>
  );
}

export function Course({ chart }: { chart: Chart }) {
  const t = chartText();
  const filter = useSignal<Filter>(everything);
  const put = (part: Partial<Filter>): void => { filter.value = { ...filter.value, ...part }; };
  return (
    <div class="chart one">
      <section aria-labelledby="course">
        <div class="sec-head"><h2 id="course">{t.course}</h2></div>
        <div class="filters"><Search label={t.courseFind} value={filter.value.find} onSearch={(find) => { put({ find }); }} />
          <SelectField label={t.courseKind} value={filter.value.kind} options={kinds.map((value) => ({ value, words: t.courseKinds[value] }))} onPick={(kind) => { put({ kind }); }} />
          <SelectField label={t.period} value={filter.value.period} options={periods.map((value) => ({ value, words: t.periods[value] }))} onPick={(period) => { put({ period }); }} /></div>
        <CourseList chart={chart} filter={filter.value} most={400} onAll={() => { filter.value = everything; }} />
      </section>
    </div>
  );
}
