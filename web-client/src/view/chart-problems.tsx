/* Problems and allergies: entered, ended, and marked as wrong. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import * as orders from '../wire/orders';
import { all, isAllergy, myself, openVisit, siteDate, type Chart } from '../state/chart';
import { serverNow } from '../state/clock';
import { say, useAct } from '../state/load';
import { Dialog } from '../ui/dialog';
import { Check, SelectField, TextField } from '../ui/form';
import { Button, FaultNotice } from '../ui/parts';
import { Suggest } from '../ui/suggest';

const terminology = 'http://terminology.hl7.org/CodeSystem';
const state = (list: string, code: string): Record<string, unknown> => ({ coding: [{ system: `${terminology}/${list}`, code }] });
const whereOf = (chart: Chart): Record<string, unknown> => { const visit = openVisit(chart); return visit === null ? {} : { encounter: { reference: `Encounter/${visit.id}` } }; };

/* ── problems ── */
export function ProblemDialog({ chart, onClose }: { chart: Chart; onClose: () => void }) {
  const t = chartText();
  const picked = useSignal<orders.Code | null>(null);
  const since = useSignal(siteDate(serverNow()));
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    const code = picked.value;
    if (code === null) return;
    const r = await act.run(wire.create('Condition', {
      clinicalStatus: state('condition-clinical', 'active'), verificationStatus: state('condition-ver-status', 'confirmed'), category: [state('condition-category', 'problem-list-item')],
      code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: code.code, display: code.display }], text: code.display }, subject: { reference: `Patient/${chart.id}` }, ...whereOf(chart),
      ...(since.value === '' ? {} : { onsetDateTime: since.value }), recordedDate: new Date(serverNow()).toISOString(), recorder: myself(),
    }, wire.readCondition));
    if (!r.ok) return;
    say(t.problemAdded);
    void chart.conditions.again();
    onClose();
  };
  return (
    <Dialog title={t.problemAdd} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <Suggest label={t.diagnosisFind} none={t.diagnosisNone} value={picked.value === null ? '' : `${picked.value.display} ${picked.value.code}`} ask={(q) => ({ ...orders.diagnoses(q), read: (v, at) => orders.diagnoses(q).read(v, at).codes })} words={(c) => ({ key: c.code, main: c.display, side: c.code })} onPick={(c) => { picked.value = c; }} error={tried.value && picked.value === null ? text().required : undefined} />
        <TextField label={t.problemSince} type="date" value={since.value} onInput={(v) => { since.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.keeping : false}>{t.keep}</Button></div>
      </form>
    </Dialog>
  );
}

/** The problem is over: it leaves the list and stays in the course. */
export const resolveProblem = (c: wire.Condition) => wire.patch('Condition', c.id, c.meta.versionId, [
  { op: 'add', path: '/clinicalStatus', value: state('condition-clinical', 'resolved') }, { op: 'add', path: '/abatementDateTime', value: new Date(serverNow()).toISOString() },
], wire.readCondition);

/* ── allergies ── */
function AllergyLine({ chart, allergy }: { chart: Chart; allergy: wire.Allergy }) {
  const t = chartText();
  const act = useAct();
  const wrong = async (): Promise<void> => {
    const r = await act.run(wire.patch('AllergyIntolerance', allergy.id, allergy.meta.versionId, [
      { op: 'add', path: '/verificationStatus', value: state('allergyintolerance-verification', 'entered-in-error') },
      /* An error has no clinical status (ait-2). */
      ...(wire.codeOf(allergy.clinicalStatus) === '' ? [] : [{ op: 'remove', path: '/clinicalStatus' }]),
    ], wire.readAllergy));
    if (r.ok) void chart.allergies.again();
  };
  return <li><span><b>{wire.wordsOf(allergy.code)}</b> {allergy.reaction.flatMap((x) => x.manifestation.map(wire.wordsOf)).join(t.comma)}</span><Button kind="plain" busy={act.busy ? t.keeping : false} label={t.allergyWrongOf(wire.wordsOf(allergy.code))} onClick={() => { void wrong(); }}>{t.allergyWrong}</Button><FaultNotice fault={act.fault} /></li>;
}

export function AllergyDialog({ chart, onClose }: { chart: Chart; onClose: () => void }) {
  const t = chartText();
  const what = useSignal('');
  const kind = useSignal<'medication' | 'food' | 'environment'>('medication');
  const how = useSignal('');
  const high = useSignal(false);
  const tried = useSignal(false);
  const act = useAct();
  const known = all(chart.allergies).filter(isAllergy);
  const submit = async (): Promise<void> => {
    tried.value = true;
    const words = what.value.trim();
    if (words === '') return;
    const r = await act.run(wire.create('AllergyIntolerance', {
      clinicalStatus: state('allergyintolerance-clinical', 'active'), verificationStatus: state('allergyintolerance-verification', 'confirmed'), category: [kind.value], ...(high.value ? { criticality: 'high' } : {}),
      code: { text: words }, patient: { reference: `Patient/${chart.id}` }, ...whereOf(chart), recordedDate: new Date(serverNow()).toISOString(), recorder: myself(),
      ...(how.value.trim() === '' ? {} : { reaction: [{ manifestation: [{ text: how.value.trim() }] }] }),
    }, wire.readAllergy));
    if (!r.ok) return;
    say(t.allergyAdded);
    void chart.allergies.again();
    onClose();
  };
  return (
    <Dialog title={t.allergyAdd} sub={t.allergyAddHelp} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        {known.length > 0 && <ul class="allergy-list">{known.map((a) => <AllergyLine key={a.id} chart={chart} allergy={a} />)}</ul>}
        <TextField label={t.allergen} value={what.value} onInput={(v) => { what.value = v; }} focus max={100} error={tried.value && what.value.trim() === '' ? text().required : undefined} />
        <SelectField label={t.allergenKind} value={kind.value} options={(['medication', 'food', 'environment'] as const).map((k) => ({ value: k, words: t.allergenKinds[k] }))} onPick={(v) => { kind.value = v; }} />
        <TextField label={t.reaction} value={how.value} onInput={(v) => { how.value = v; }} max={100} />
        <Check label={t.allergyIsHigh} checked={high.value} onPick={(on) => { high.value = on; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.keeping : false}>{t.keep}</Button></div>
      </form>
    </Dialog>
  );
}
