/* Who has come into custody, by the clock that runs: on a page of its own, and what presses on Today. */
import { text } from '../text';
import { intakeText } from '../text/intake';
import { intakes, type Intake } from '../wire/intake';
import type { WorkRow } from '../wire/sick';
import { now } from '../state/clock';
import { stamp } from '../state/format';
import { byClock, pressing } from '../state/intake';
import { news } from '../state/link';
import { useLoad, type Loaded } from '../state/load';
import { Empty, FaultNotice, PageHead, Section, Sep, Skeleton, St } from '../ui/parts';
import { Clock } from './sick-list';
import './home.css';
import './intake.css';

const isLate = (i: Intake): boolean => i.due !== null && i.due <= now.value;

function Line({ of }: { of: Intake }) {
  const t = intakeText();
  return (
    <a class="sick intake-row" data-row="" data-open="" href={`/intakes/${of.id}`}>
      <span class="who"><b>{of.patient.name}</b><span>{of.patient.cell}{of.patient.cell !== '' && <Sep />}{of.patient.number}</span></span>
      <span class="st-line"><St tone={of.state === 'due' ? 'warn' : of.state === 'handed' || of.state === 'in-progress' ? 'act' : 'ok'}>{t.state(of.state)}</St>{of.consent === 'refused' && <St tone="warn">{t.answer('consent', 'refused')}</St>}{of.housing !== '' && <span>{t.housings(of.housing)}</span>}<small>{t.arrivedAt} {of.arrived === null ? '' : stamp(of.arrived)}{of.due !== null && <><Sep />{t.dueBy(t.clock(of.clock), stamp(of.due))}</>}</small></span>
      {of.due !== null && of.clock_from !== null ? <Clock from={of.clock_from} due={of.due} /> : <span class="muted" />}
      <span class="go">{t.open}</span>
    </a>
  );
}

const kindOf: Record<string, string> = { start: 'screening', look: 'screening-look', assessment: 'assessment', review: 'review' };
/** Those whose hour has passed, as late work. */
export const lateOf = (all: readonly Intake[], at: number): WorkRow[] =>
  all.flatMap((i) => (i.due === null || i.due > at ? [] : [{ kind: kindOf[i.clock] ?? i.clock, type: 'Task', id: i.id, due: i.due, since: i.due, patient: i.patient, words: '', value: '', unit: '', flag: '' }]));

/** On Today: what nobody has signed, and assessments that are due soon. */
export function TodayIntakes({ list }: { list: Loaded<Intake[]> }) {
  const t = intakeText();
  const all = list.value.value;
  const shown = (all ?? []).filter((i) => pressing(i, now.value)).sort(byClock);
  if (all !== null && shown.length === 0) return null;
  return (
    <Section id="intakes" title={t.today} count={all === null ? undefined : shown.length} end={<a href="/intakes">{t.all}</a>}>
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all === null && list.slow.value && <Skeleton rows={2} />}
      {shown.length > 0 && <div class="list">{shown.slice(0, 6).map((i) => <Line key={i.id} of={i} />)}</div>}
    </Section>
  );
}

export function IntakesPage() {
  const t = intakeText();
  const list = useLoad(intakes, `${news.sick.value} ${news.late.value}`);
  const all = list.value.value;
  const screening = (all ?? []).filter((i) => i.clock === 'start' || i.clock === 'look').sort(byClock);
  const assessing = (all ?? []).filter((i) => i.clock === 'assessment' || i.clock === 'review').sort(byClock);
  return (
    <>
      <PageHead title={text().nav.intakes} sum={all === null ? undefined : t.sum(screening.length, screening.filter(isLate).length)} />
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all === null && list.slow.value && <Skeleton />}
      {all !== null && all.length === 0 && <Empty icon="badge" title={t.none}>{t.noneText}</Empty>}
      {all !== null && all.length > 0 && (
        <div class="stack">
          <Section id="in-screening" title={t.screening} count={screening.length}>{screening.length === 0 ? <p class="muted">{t.todayNone}</p> : <div class="list">{screening.map((i) => <Line key={i.id} of={i} />)}</div>}</Section>
          {assessing.length > 0 && <Section id="in-assessing" title={t.assessing} count={assessing.length}><div class="list">{assessing.map((i) => <Line key={i.id} of={i} />)}</div></Section>}
        </div>
      )}
    </>
  );
}
