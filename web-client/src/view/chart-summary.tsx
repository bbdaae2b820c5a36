/* The first page of the chart: what is wrong, what is taken, how it goes, what happened. */
import { useSignal } from '@preact/signals';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { all, isActive, type Chart } from '../state/chart';
import { now } from '../state/clock';
import { lastDay, refusedRunning } from '../state/doses';
import { date, stamp } from '../state/format';
import { useAct, type Loaded } from '../state/load';
import { isJudged, judgePoint, seriesOf, vitalNames, type Point, type VitalName } from '../state/vitals';
import { has } from '../state/session';
import { Button, Empty, FaultNotice, Notice, Section, Sep, Skeleton, St } from '../ui/parts';
import { goalOf, pressureGoal } from '../state/goal';
import { CourseList, everything } from './chart-course';
import { Precautions } from './chart-flags';
import { GoalDialog, GoalState, goalWords } from './chart-goal';
import { ProblemDialog, resolveProblem } from './chart-problems';
import { Spark, Trend } from './chart-trend';
import { VitalsDialog } from './chart-vitals';
import { doseWords } from './dose-words';

export const dayOf = (m: wire.Moment | null): string => (m === null ? '' : date(m.at, Math.abs(now.peek() - m.at) > 300 * 86_400_000));
export const stampOf = (m: wire.Moment | null): string => (m === null ? '' : m.isDay ? dayOf(m) : stamp(m.at));

/** What goes for each part: its fault, its waiting, what could not be read. */
export function PartState({ part }: { part: Loaded<{ hidden: number } & object> }) {
  const t = chartText();
  if (part.fault.value !== null) return <FaultNotice fault={part.fault.value} again={() => { void part.again(); }} />;
  if (part.value.value === null) return part.slow.value ? <Skeleton rows={3} /> : null;
  return part.value.value.hidden > 0 ? <Notice tone="warn">{t.hidden(part.value.value.hidden)}</Notice> : null;
}
const isThere = (part: Loaded<object>): boolean => part.value.value !== null;

export function Problems({ chart }: { chart: Chart }) {
  const t = chartText();
  const active = all(chart.conditions).filter(isActive).sort((a, b) => (b.recordedDate?.at ?? 0) - (a.recordedDate?.at ?? 0));
  const adding = useSignal(false);
  const aiming = useSignal<wire.Condition | null>(null);
  const act = useAct();
  const over = async (c: wire.Condition): Promise<void> => {
    const r = await act.run(resolveProblem(c));
    if (r.ok) void chart.conditions.again();
  };
  return (
    <Section id="problems" title={t.problems} count={active.length === 0 ? undefined : active.length} end={has('clinic-doctor') ? <Button kind="plain" onClick={() => { adding.value = true; }}>{t.add}</Button> : undefined}>
      <PartState part={chart.conditions} />
      <ul class="facts-list">{active.map((c) => {
        const goal = goalOf(c, all(chart.goals));
        const words = wire.wordsOf(c.code);
        return (
          <li key={c.id}><b>{words}</b><span class="muted">{goal === null ? wire.codeOf(c.code) : <GoalState chart={chart} goal={goal} />}</span>
            {(c.onsetDateTime !== null || goal !== null) && <p>{c.onsetDateTime !== null && t.since(dayOf(c.onsetDateTime))}{goal !== null && <>{c.onsetDateTime !== null && <Sep />}{t.goalIs(goalWords(goal))}</>}</p>}
            {has('clinic-doctor') && <p><button type="button" class="linkish" aria-label={t.goalSetOf(words)} onClick={() => { aiming.value = c; }}>{t.goalSet}</button><Sep /><button type="button" class="linkish" aria-label={t.problemOverOf(words)} onClick={() => { void over(c); }}>{t.problemOver}</button></p>}
          </li>
        );
      })}</ul>
      <FaultNotice fault={act.fault} />
      {adding.value && <ProblemDialog chart={chart} onClose={() => { adding.value = false; }} />}
      {aiming.value !== null && <GoalDialog chart={chart} condition={aiming.value} onClose={() => { aiming.value = null; }} />}
      {isThere(chart.conditions) && active.length === 0 && <p class="muted">{t.problemsNone}</p>}
    </Section>
  );
}

export function Medication({ chart }: { chart: Chart }) {
  const t = chartText();
  const taken = all(chart.orders).filter((o) => o.status === 'active' || o.status === 'on-hold' || o.status === 'draft');
  return (
    <Section id="medication" title={t.medication} count={taken.length === 0 ? undefined : taken.length} end={<a href={`/patients/${chart.id}/orders`}>{t.tabs.orders}</a>}>
      <PartState part={chart.orders} />
      <ul class="facts-list">{taken.map((o) => {
        const last = lastDay(o, all(chart.doses), now.value);
        const refused = refusedRunning(o, all(chart.doses));
        return (
          <li key={o.id}><b>{wire.wordsOf(o.medicationCodeableConcept)}</b><span>{doseWords(o)}</span>
            <p>{o.authoredOn !== null && t.since(dayOf(o.authoredOn))}{last.last !== null && <><Sep />{t.lastDose(stamp(last.last))}</>}{o.dosageInstruction?.asNeededBoolean === true && <><Sep />{t.count24(last.count)}</>}</p>
            {o.status === 'draft' && <p><St tone="warn">{t.waiting}</St></p>}
            {o.status === 'on-hold' && <p><St tone="warn">{t.status(o.status)}</St></p>}
            {refused >= 3 && <p><St tone="bad">{t.refusedThree(refused)}</St></p>}
          </li>
        );
      })}</ul>
      {isThere(chart.orders) && taken.length === 0 && <p class="muted">{t.medicationNone}</p>}
    </Section>
  );
}

const shown = (name: VitalName, p: Point): string => (name === 'pressure' && p.second !== null ? `${p.value}/${p.second}` : String(p.value));

export function Vitals({ chart }: { chart: Chart }) {
  const t = chartText();
  const entering = useSignal(false);
  const picked = useSignal<VitalName | null>(null);
  const rows = vitalNames.map((name) => ({ name, points: seriesOf(name, all(chart.vitals)) })).filter((r) => r.points.length > 0);
  const latest = Math.max(0, ...rows.map((r) => r.points[r.points.length - 1]?.at ?? 0));
  const by = rows.flatMap((r) => r.points).find((p) => p.at === latest)?.by ?? '';
  const on = rows.find((r) => r.name === picked.value) ?? rows[0];
  const goal = all(chart.conditions).filter(isActive).map((c) => goalOf(c, all(chart.goals))).map((g) => (g === null ? null : pressureGoal(g))).find((g) => g !== null) ?? null;
  return (
    <Section id="vitals" title={t.vitals} end={has('clinic-doctor') || has('nurse') ? <Button kind="plain" icon="plus" onClick={() => { entering.value = true; }}>{t.enter}</Button> : undefined}>
      <PartState part={chart.vitals} />
      {rows.length > 0 && <p class="muted small">{stamp(latest)}{by !== '' && <><Sep />{by}</>}</p>}
      {isThere(chart.vitals) && rows.length === 0 && <Empty icon="wave" title={t.vitalsNone}>{t.vitalsNoneText}</Empty>}
      {rows.length > 0 && (
        <div class="tablewrap"><table class="table vitals" aria-label={t.vitals}>
          <thead><tr><th scope="col">{t.columnsVitals.what}</th><th scope="col">{t.columnsVitals.last}</th><th scope="col">{t.columnsVitals.trend}</th><th scope="col">{t.columnsVitals.at}</th><th scope="col">{t.columnsVitals.judged}</th></tr></thead>
          <tbody>{rows.map(({ name, points }) => {
            const last = points[points.length - 1];
            if (last === undefined) return null;
            const judged = judgePoint(name, last);
            const odd = isJudged(name) && judged !== 'usual';
            return (
              <tr key={name} data-row="" tabIndex={-1} data-on={name === on?.name ? '' : undefined}>
                <td><button type="button" class="pickrow" data-open="" aria-pressed={name === on?.name} onClick={() => { picked.value = name; }}>{t.vital[name]}</button></td>
                <td><span class={odd ? 'hi' : undefined}>{shown(name, last)}</span> <span class="unit">{t.unit[name]}</span></td>
                <td><Spark name={name} points={points.slice(-14)} /></td>
                <td class="muted">{stamp(last.at)}</td>
                <td>{isJudged(name) ? odd ? <span class="st bad">{t.judged[judged]}</span> : <span class="muted">{t.judged.usual}</span> : ''}</td>
              </tr>
            );
          })}</tbody>
        </table></div>
      )}
      {on !== undefined && <Trend key={on.name} name={on.name} points={on.points} goal={on.name === 'pressure' ? goal : null} />}
      {entering.value && <VitalsDialog chart={chart} onClose={() => { entering.value = false; }} />}
    </Section>
  );
}

export function Summary({ chart }: { chart: Chart }) {
  const t = chartText();
  return (
    <div class="chart">
      <div class="stack"><Problems chart={chart} /><Medication chart={chart} /><Precautions chart={chart} /></div>
      <div class="stack"><Vitals chart={chart} /></div>
      <Section id="course" title={t.course} end={<a href={`/patients/${chart.id}/course`}>{t.courseAll}</a>}><CourseList chart={chart} filter={everything} most={10} /></Section>
    </div>
  );
}
