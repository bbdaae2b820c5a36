/* One case, and what is done about it; and a suspicion, marked. */
import { useSignal } from '@preact/signals';
import { epidemicText } from '../text/epidemic';
import { lang, text } from '../text';
import * as fhir from '../wire/fhir';
import { caseDo, release, suspect, tell, type CaseVerb, type EpiCase, type Epidemic, type Illness } from '../wire/epidemic';
import { now } from '../state/clock';
import { readField } from '../state/field';
import { stamp } from '../state/format';
import { say, useAct } from '../state/load';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, Fact, Facts, FaultNotice, St } from '../ui/parts';
import { Suggest } from '../ui/suggest';
import { PasswordDialog } from './chart-sign';

export const illnessName = (all: readonly Illness[], code: string): string => {
  const it = all.find((i) => i.code === code);
  return it === undefined ? code : lang.value === 'zh' ? it.zh : it.en;
};
const options = (all: readonly Illness[]): { value: string; words: string }[] => all.map((i) => ({ value: i.code, words: illnessName(all, i.code) }));
const findPatients = (words: string) => ({
  ...fhir.search('Patient', fhir.readPatient, [[/^\d+$/.test(words) ? 'identifier' : 'name', words], ['active', 'true'], ['_count', '12'], ['_sort', 'family']]),
  read: (v: unknown, at: string) => fhir.readFound('Patient', fhir.readPatient)(v, at).found,
});

export function SuspectDialog({ illnesses, onDone, onClose }: { illnesses: readonly Illness[]; onDone: () => void; onClose: () => void }) {
  const t = epidemicText();
  const patient = useSignal<fhir.Patient | null>(null);
  const illness = useSignal('influenza-like');
  const onset = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (patient.value === null) return;
    const r = await act.run(suspect(patient.value.id, illness.value, onset.value === '' ? null : readField(onset.value)));
    if (!r.ok) return;
    say(t.suspectDone);
    onDone();
  };
  return (
    <Dialog title={t.suspectTitle} sub={t.suspectSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <Suggest label={t.patient} none={t.patientNone} ask={(q) => findPatients(q)} words={(p) => ({ key: p.id, main: fhir.nameOf(p), side: fhir.numberOf(p) })} value={patient.value === null ? '' : `${fhir.nameOf(patient.value)} ${fhir.numberOf(patient.value)}`} onPick={(p) => { patient.value = p; }} error={tried.value && patient.value === null ? t.patientFirst : undefined} />
        <SelectField label={t.illness} value={illness.value} options={options(illnesses)} onPick={(v) => { illness.value = v; }} />
        <TextField label={t.onset} help={t.onsetHelp} type="datetime-local" value={onset.value} onInput={(v) => { onset.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.saving : false}>{t.suspectDo}</Button></div>
      </form>
    </Dialog>
  );
}

function Criterion({ c, of }: { c: EpiCase; of: Illness }) {
  const t = epidemicText();
  const wellFor = c.well === null ? -1 : now.value - c.well;
  const rows = [{ words: t.days(of.apart_days), met: now.value >= c.until }, { words: t.wellFor(of.well_h), met: wellFor >= of.well_h * 3_600_000 }, ...(of.negatives > 0 ? [{ words: t.tests(of.negatives), met: c.negatives >= of.negatives }] : [])];
  return <Facts>{rows.map((r) => <Fact key={r.words} label={r.words}><St tone={r.met ? 'ok' : undefined}>{r.met ? t.met : t.notMet}</St></Fact>)}</Facts>;
}

export function CaseDialog({ one: c, all, again, onClose }: { one: EpiCase; all: Epidemic; again: () => void; onClose: () => void }) {
  const t = epidemicText();
  const act = useAct();
  const signing = useSignal(false);
  const place = useSignal('');
  const as = useSignal(c.illness);
  const well = useSignal('');
  const negatives = useSignal(String(c.negatives));
  const whom = useSignal(all.commands[0]?.id ?? '');
  const why = useSignal('cellmates');
  const doctor = has('clinic-doctor');
  const of = all.illnesses.find((i) => i.code === c.illness);
  const run = async (verb: CaseVerb, words: string, body: Readonly<Record<string, string | number>> = {}): Promise<void> => { const r = await act.run(caseDo(c.id, verb, body)); if (r.ok) { say(words); again(); } };
  const told = async (): Promise<void> => { const r = await act.run(tell(c.id, whom.value, why.value)); if (r.ok) say(t.told); };
  const open = c.state !== 'released';
  const unsettled = c.state === 'suspected' || c.state === 'isolated';
  if (signing.value) return <PasswordDialog title={t.releaseDo} sub={`${c.patient.name} ${c.patient.number}`} act={t.releaseDo} busy={t.releasing} run={(p) => release(c.id, p)} onDone={() => { say(t.released); again(); onClose(); }} onClose={() => { signing.value = false; }} />;
  return (
    <Dialog title={`${c.patient.name} ${c.patient.number}`} sub={`${illnessName(all.illnesses, c.illness)} · ${t.state(c.state)}`} onClose={onClose} wide>
      <div class="gap-4 epi-case">
        <Facts>
          <Fact label={t.onset}>{stamp(c.onset)}</Fact>
          {c.isolated !== null && <Fact label={t.isolate}>{stamp(c.isolated)}{c.place !== '' && ` · ${all.places.find((p) => p.id === c.place)?.name ?? ''}`}</Fact>}
          {c.reported !== null && <Fact label={t.report}>{t.reported(stamp(c.reported), c.number)}</Fact>}
          {c.ended !== null && <Fact label={t.state('released')}>{stamp(c.ended)} · {c.left === '' ? c.by : t.leftWith}</Fact>}
        </Facts>
        <FaultNotice fault={act.fault} />
        {open && c.isolated === null && c.state !== 'excluded' && <div class="row wrap epi-act"><SelectField label={t.isolateWhere} value={place.value} options={[{ value: '', words: t.inCell }, ...all.places.filter((p) => p.isolation).map((p) => ({ value: p.id, words: p.name }))]} onPick={(v) => { place.value = v; }} /><Button kind="primary" busy={act.busy ? t.saving : false} onClick={() => { void run('isolate', t.isolated, place.value === '' ? {} : { place: place.value }); }}>{t.isolate}</Button></div>}
        {open && doctor && unsettled && <div class="row wrap epi-act"><SelectField label={t.confirmAs} value={as.value} options={options(all.illnesses)} onPick={(v) => { as.value = v; }} /><Button busy={act.busy ? t.saving : false} onClick={() => { void run('confirm', t.confirmDone, { illness: as.value }); }}>{t.confirm}</Button><Button busy={act.busy ? t.saving : false} onClick={() => { void run('exclude', t.excludeDone); }}>{t.exclude}</Button></div>}
        {open && !doctor && <p class="muted small">{t.doctorOnly}</p>}
        {open && of !== undefined && c.state !== 'excluded' && <section aria-labelledby="criterion"><div class="sec-head"><h3 id="criterion">{t.criterion}</h3></div><Criterion c={c} of={of} />
          <div class="row wrap epi-act"><TextField label={t.wellSince} help={t.wellHelp} type="datetime-local" value={well.value} onInput={(v) => { well.value = v; }} /><TextField label={t.negatives} mode="numeric" value={negatives.value} onInput={(v) => { negatives.value = v; }} max={2} />
            <Button busy={act.busy ? t.saving : false} onClick={() => { const at = well.value === '' ? null : readField(well.value); void run('course', t.courseDone, { negatives: Math.min(20, Number(negatives.value) || 0), ...(at === null ? {} : { well: new Date(at).toISOString() }) }); }}>{t.courseDo}</Button></div></section>}
        {open && doctor && !unsettled && <div class="row"><Button kind={c.may_end ? 'primary' : ''} disabled={!c.may_end} onClick={() => { signing.value = true; }}>{t.releaseDo}…</Button>{c.may_end && <St tone="ok">{t.mayEnd}</St>}</div>}
        {open && doctor && all.commands.length > 0 && <details class="epi-tell"><summary>{t.tell}</summary><p class="muted small">{t.tellText}</p><div class="row wrap epi-act"><SelectField label={t.tellWhom} value={whom.value} options={all.commands.map((p) => ({ value: p.id, words: p.name }))} onPick={(v) => { whom.value = v; }} /><SelectField label={t.tellWhy} value={why.value} options={['cellmates', 'officers', 'transport', 'law'].map((v) => ({ value: v, words: t.why(v) }))} onPick={(v) => { why.value = v; }} /><Button busy={act.busy ? t.saving : false} onClick={() => { void told(); }}>{t.tellDo}</Button></div></details>}
        <div class="row"><a class="btn" href={`/patients/${c.patient.id}`}>{t.chart}</a>{open && c.state !== 'excluded' && <Button kind="plain" busy={act.busy ? t.saving : false} onClick={() => { void run('trace', t.traced); }}>{t.trace}</Button>}</div>
      </div>
    </Dialog>
  );
}
