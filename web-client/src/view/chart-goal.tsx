/* What a problem is to come to, beside it; and the dialog that sets it. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { all, type Chart } from '../state/chart';
import { goalBody, goalOf, isReached, pressureGoal } from '../state/goal';
import { say, useAct } from '../state/load';
import { readTyped, diastolic, systolic, seriesOf, type Measure } from '../state/vitals';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Button, FaultNotice } from '../ui/parts';

export const goalWords = (g: wire.Goal): string => {
  const to = pressureGoal(g);
  return to === null ? wire.wordsOf(g.description) : chartText().pressureBelow(to.upper, to.lower);
};

/** Reached or not, where a number says so. */
export function GoalState({ chart, goal }: { chart: Chart; goal: wire.Goal }) {
  const t = chartText();
  const to = pressureGoal(goal);
  const reached = to === null ? null : isReached(to, seriesOf('pressure', all(chart.vitals)).at(-1));
  return reached === null ? null : <span class={reached ? 'st ok' : 'st bad'}>{reached ? t.goalReached : t.goalMissed}</span>;
}

export function GoalDialog({ chart, condition, onClose }: { chart: Chart; condition: wire.Condition; onClose: () => void }) {
  const t = chartText();
  const old = goalOf(condition, all(chart.goals));
  const before = old === null ? null : pressureGoal(old);
  const upper = useSignal(String(before?.upper ?? ''));
  const lower = useSignal(String(before?.lower ?? ''));
  const words = useSignal(before === null && old !== null ? wire.wordsOf(old.description) : '');
  const tried = useSignal(false);
  const act = useAct();
  const number = (m: Measure, typed: string): number | null | 'bad' => { const r = readTyped(m, typed); return r.is === 'empty' ? null : r.is === 'good' || r.is === 'odd' ? r.value : 'bad'; };
  const [u, l] = [number(systolic, upper.value), number(diastolic, lower.value)];
  const wrong = u === 'bad' || l === 'bad' || (u !== null && l !== null && u <= l);
  const none = u === null && l === null && words.value.trim() === '';
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (wrong || none) return;
    const body = goalBody(chart.id, condition.id, words.value.trim() || t.pressureBelow(u, l), { upper: u, lower: l });
    const r = await act.run(old === null ? wire.create('Goal', body, wire.readGoal) : wire.update('Goal', old.id, old.meta.versionId, body, wire.readGoal));
    if (!r.ok) return;
    say(t.goalKept);
    void chart.goals.again();
    onClose();
  };
  return (
    <Dialog title={t.goalSet} sub={wire.wordsOf(condition.code)} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <div class="two">
          <TextField label={t.goalUpper} value={upper.value} onInput={(v) => { upper.value = v; }} mode="numeric" max={3} focus error={tried.value && wrong ? t.goalBad : undefined} />
          <TextField label={t.goalLower} value={lower.value} onInput={(v) => { lower.value = v; }} mode="numeric" max={3} />
        </div>
        <TextField label={t.goalWords} help={t.goalHelp} value={words.value} onInput={(v) => { words.value = v; }} max={100} error={tried.value && none ? t.goalNeeded : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.keeping : false}>{t.keep}</Button></div>
      </form>
    </Dialog>
  );
}
