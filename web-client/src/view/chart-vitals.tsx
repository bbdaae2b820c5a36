/* Vital signs are entered: each value is looked at as it is typed; what is rare is confirmed, what cannot be is refused. */
import { useSignal } from '@preact/signals';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { all, myself, openVisit, type Chart } from '../state/chart';
import { serverNow } from '../state/clock';
import { say, useAct } from '../state/load';
import { diastolic, isJump, measures, observationOf, pressurePair, readTyped, seriesOf, systolic, vitalNames, type Entered, type Measure, type VitalName } from '../state/vitals';
import { Dialog } from '../ui/dialog';
import { Check, TextField } from '../ui/form';
import { Button, FaultNotice, Notice } from '../ui/parts';

type Field = Exclude<VitalName, 'pressure'> | 'upper' | 'lower';
const fields: readonly Field[] = ['upper', 'lower', 'pulse', 'temperature', 'breaths', 'oxygen', 'pain', 'glucose', 'weight', 'height'];
const measureOf = (f: Field): Measure => (f === 'upper' ? systolic : f === 'lower' ? diastolic : measures[f]);

interface Looked { entered: Entered[]; errors: Partial<Record<Field, string>>; odd: string[] }

function look(typed: Record<Field, string>, chart: Chart): Looked {
  const t = chartText();
  const to: Looked = { entered: [], errors: {}, odd: [] };
  const values: Partial<Record<Field, number>> = {};
  for (const f of fields) {
    const m = measureOf(f);
    const r = readTyped(m, typed[f]);
    if (r.is === 'no_number') to.errors[f] = t.noNumber;
    if (r.is === 'impossible') to.errors[f] = t.impossible(r.least, r.most);
    if (r.is === 'odd' || r.is === 'good') values[f] = r.value;
    if (r.is === 'odd') to.odd.push(t.odd(f === 'upper' || f === 'lower' ? t[f] : t.vital[f], `${r.value} ${m.unit}`));
  }
  const { upper, lower } = values;
  if ((upper === undefined) !== (lower === undefined) && to.errors.upper === undefined && to.errors.lower === undefined) to.errors[upper === undefined ? 'upper' : 'lower'] = t.lonely;
  if (upper !== undefined && lower !== undefined) {
    const pair = pressurePair(upper, lower);
    if (pair === 'order') to.errors.lower = t.order;
    if (pair === 'narrow') to.odd.push(t.narrow);
    to.entered.push({ name: 'pressure', value: upper, second: lower, words: t.vital.pressure });
  }
  for (const name of vitalNames) {
    if (name === 'pressure') continue;
    const value = values[name];
    if (value === undefined) continue;
    const before = seriesOf(name, all(chart.vitals)).pop()?.value ?? null;
    if (isJump(name, value, before)) to.odd.push(t.jump(t.vital[name], `${before ?? ''} ${measures[name].unit}`));
    to.entered.push({ name, value, second: null, words: t.vital[name] });
  }
  return to;
}

const empty = Object.fromEntries(fields.map((f) => [f, ''])) as Record<Field, string>;

export function VitalsDialog({ chart, onClose }: { chart: Chart; onClose: () => void }) {
  const t = chartText();
  const typed = useSignal(empty);
  const tried = useSignal(false);
  const sure = useSignal(false);
  const act = useAct();
  const looked = look(typed.value, chart);
  const set = (f: Field) => (v: string): void => { typed.value = { ...typed.value, [f]: v }; sure.value = false; };
  /* What is being typed is not scolded: "1" on its way to "120". Once tried, everything is told. */
  const error = (f: Field): string | undefined => (tried.value ? looked.errors[f] : undefined);
  const field = (f: Field, focus = false) => <TextField key={f} label={`${f === 'upper' || f === 'lower' ? t[f] : t.vital[f]} (${f === 'upper' || f === 'lower' ? t.unit.pressure : t.unit[f].replace('/ ', '0-')})`} value={typed.value[f]} onInput={set(f)} mode="numeric" focus={focus} max={6} error={error(f)} />;
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (Object.keys(looked.errors).length > 0 || looked.entered.length === 0 || (looked.odd.length > 0 && !sure.value)) return;
    const circumstances = { patient: chart.id, encounter: openVisit(chart)?.id ?? null, performer: myself(), at: new Date(serverNow()).toISOString(), names: { systolic: t.systolic, diastolic: t.diastolic } };
    const result = await act.run(wire.transaction(looked.entered.map((e) => ({ url: `urn:uuid:${crypto.randomUUID()}`, body: observationOf(e, circumstances) }))));
    if (!result.ok) return;
    say(t.kept);
    void chart.vitals.again();
    onClose();
  };
  return (
    <Dialog title={t.vitalsTitle} sub={t.vitalsHelp} wide onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <div class="vit-grid"><div class="pair">{field('upper', true)}{field('lower')}</div>{fields.slice(2).map((f) => field(f))}</div>
        {looked.odd.length > 0 && tried.value && Object.keys(looked.errors).length === 0 && (
          <Notice tone="warn" live><b>{t.oddTitle}</b><br />{looked.odd.join(t.semicolon)}<Check label={t.oddConfirm} checked={sure.value} onPick={(on) => { sure.value = on; }} />{!sure.value && <span>{t.oddNeeded}</span>}</Notice>
        )}
        {tried.value && looked.entered.length === 0 && Object.keys(looked.errors).length === 0 && <Notice tone="bad" live>{t.vitalsEmpty}</Notice>}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button type="submit" kind="primary" busy={act.busy ? t.keeping : false}>{t.keep}</Button></div>
      </form>
    </Dialog>
  );
}
