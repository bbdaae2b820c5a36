/* One person who has come: the form while it is open, what was signed, the assessment; beside it the clock, the conclusion and what is to be done. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { intakeText } from '../text/intake';
import * as wire from '../wire/intake';
import { draftKey } from '../wire/session';
import { release } from '../wire/sign';
import { useDraft } from '../state/draft';
import { hms, stamp } from '../state/format';
import { bodies } from '../state/intake';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { path } from '../state/route';
import { has } from '../state/session';
import { SelectField } from '../ui/form';
import { Button, Empty, Fact, Facts, FaultNotice, Notice, PageHead, Section, Skeleton, St } from '../ui/parts';
import { Assessment, Form, Injuries, type Filling } from './intake-form';
import { AssessDialog, ConcludeDialog } from './intake-sign';
import { Clock } from './sick-list';
import './chart.css';
import './home.css';
import './intake.css';

const screen = new Set(['in-progress', 'handed']);

/** Answers of a part: as the server has them, and over them what was typed since. */
function usePart(of: wire.Intake, part: wire.PartName): { answers: wire.Answers; set: (to: wire.Answers) => void; dirty: boolean; drop: () => Promise<void>; line: string } {
  const t = intakeText();
  const box = useDraft(draftKey('intake', of.id, part));
  const kept = of[part];
  const typed = box.text.value === '' ? null : wire.answersOf(box.text.value);
  const state = box.state.value;
  const draft = text().draft;
  const line = state.is === 'saving' ? draft.saving : state.is === 'saved' ? draft.saved(hms(state.at)) : state.is === 'restored' ? draft.restored(stamp(state.at)) : state.is === 'failed' ? draft.failed : kept !== null && kept.saved !== null ? t.savedBy(kept.by, stamp(kept.saved)) : '';
  const base = kept !== null && !kept.final ? kept.answers : {};
  return { answers: typed ?? base, set: (to) => { box.set(JSON.stringify(to)); }, dirty: typed !== null, drop: box.drop, line };
}

function show(link: string): void {
  requestAnimationFrame(() => {
    const at = document.querySelector<HTMLElement>(`[data-q="${link}"]`);
    at?.scrollIntoView({ block: 'center' });
    at?.querySelector<HTMLElement>('input, textarea')?.focus({ preventScroll: true });
  });
}

interface Parts { of: wire.Intake; onChange: (i: wire.Intake) => void }

/** The form, open: kept as a draft while it is typed, and by the button for everybody. */
function Screening({ of, onChange }: Parts) {
  const t = intakeText();
  const form = usePart(of, 'form');
  const injuries = usePart(of, 'injuries');
  const missing = useSignal('');
  const signing = useSignal(false);
  const act = useAct();
  const doctor = has('clinic-doctor');
  const save = async (): Promise<wire.Intake | null> => {
    let at: wire.Intake | null = of;
    for (const [name, part] of [['form', form], ['injuries', injuries]] as const) {
      if (!part.dirty) continue;
      const r = await act.run(wire.savePart(of.id, name, part.answers));
      if (!r.ok) { if (r.fault.where !== null) { missing.value = r.fault.where; show(r.fault.where); } return null; }
      at = r.value;
      onChange(at);
      await part.drop();
    }
    return at;
  };
  const saveOnly = async (): Promise<void> => { if (await save() !== null) say(t.saved); };
  const hand = async (): Promise<void> => {
    if (await save() === null) return;
    const r = await act.run(wire.intakeDo(of.id, 'hand'));
    if (r.ok) { say(t.handed); onChange(r.value); }
  };
  const filling = (p: typeof form): Filling => ({ answers: p.answers, missing: missing.value, set: (to) => { missing.value = ''; p.set(to); } });
  const refused = wire.words(form.answers, 'consent') === 'refused';
  return (
    <div>
      {of.state === 'handed' && !doctor && <Notice tone="act">{t.nurseWaits}</Notice>}
      <Form f={filling(form)} />
      {!refused && <Injuries f={filling(injuries)} judges={doctor} />}
      <FaultNotice fault={act.fault} />
      <div class="in-bar">
        <span class="grow" role="status">{form.dirty || injuries.dirty ? `${t.unsaved}${t.comma}${form.dirty ? form.line : injuries.line}` : form.line}</span>
        <Button busy={act.busy ? t.saving : false} onClick={() => { void saveOnly(); }}>{t.save}</Button>
        {of.state === 'in-progress' && !doctor && <Button kind="primary" disabled={act.busy} onClick={() => { void hand(); }}>{t.hand}</Button>}
        {doctor && <Button kind="primary" disabled={act.busy} onClick={() => { void save().then((at) => { if (at !== null) signing.value = true; }); }}>{t.sign}</Button>}
      </div>
      {signing.value && <ConcludeDialog of={of} signs onDone={(i) => { signing.value = false; onChange(i); }} onMissing={(link) => { signing.value = false; missing.value = link; show(link); }} onClose={() => { signing.value = false; }} />}
    </div>
  );
}

function Assessing({ of, onChange }: Parts) {
  const t = intakeText();
  const part = usePart(of, 'assessment');
  const missing = useSignal('');
  const signing = useSignal(false);
  const act = useAct();
  const done = of.assessment !== null && of.assessment.final ? of.assessment : null;
  const save = async (): Promise<boolean> => {
    if (!part.dirty) return true;
    const r = await act.run(wire.savePart(of.id, 'assessment', part.answers));
    if (!r.ok) return false;
    onChange(r.value);
    await part.drop();
    return true;
  };
  const filling: Filling = { answers: part.answers, missing: missing.value, set: (to) => { missing.value = ''; part.set(to); } };
  return (
    <Section id="in-assess" title={t.assessment}>
      <p class="help">{t.assessmentHelp}</p>
      {done !== null && <><p class="muted">{t.lastAssessment} {of.assessed === null ? '' : stamp(of.assessed)} {of.assessed_by}</p><Assessment f={{ answers: done.answers, missing: '', set: null }} /></>}
      {has('clinic-doctor') && (
        <>
          <Assessment f={filling} />
          <FaultNotice fault={act.fault} />
          <div class="in-bar"><span class="grow" role="status">{part.dirty ? `${t.unsaved}${t.comma}${part.line}` : ''}</span><Button busy={act.busy ? t.saving : false} onClick={() => { void save().then((ok) => { if (ok) say(t.saved); }); }}>{t.save}</Button><Button kind="primary" disabled={act.busy} onClick={() => { void save().then((ok) => { if (ok) signing.value = true; }); }}>{t.assessSign}</Button></div>
          {signing.value && <AssessDialog of={of} onDone={(i) => { signing.value = false; onChange(i); }} onMissing={(link) => { signing.value = false; missing.value = link; show(link); }} onClose={() => { signing.value = false; }} />}
        </>
      )}
    </Section>
  );
}

function Allegation({ of, onChange }: Parts) {
  const t = intakeText();
  const to = useSignal<string>('procuratorate');
  const act = useAct();
  const a = of.allegation;
  if (a === null) return null;
  const submit = async (): Promise<void> => { const r = await act.run(wire.sendAllegation(of.id, to.value)); if (r.ok) onChange(r.value); };
  return (
    <Section id="in-allegation" title={t.allegation}>
      <p class="help">{t.allegationText}</p>
      {a.sent !== null ? <St tone="ok">{t.allegationSent(t.bodies(a.to), stamp(a.sent))}</St> : (
        <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
          <SelectField label={t.allegationTo} value={to.value} options={bodies.map((b) => ({ value: b as string, words: t.bodies(b) }))} onPick={(v) => { to.value = v; }} />
          <FaultNotice fault={act.fault} />
          <div><Button type="submit" busy={act.busy ? t.allegationBusy : false}>{t.allegationDo}</Button></div>
        </form>
      )}
    </Section>
  );
}

/** What was concluded, and what can be made of it. */
function Result({ of, onChange }: Parts) {
  const t = intakeText();
  const housing = useSignal(false);
  const act = useAct();
  if (of.signed === null) return null;
  const records = async (): Promise<void> => { const r = await act.run(wire.makeRecords(of.id)); if (r.ok) say(t.made(r.value)); };
  const give = async (): Promise<void> => {
    for (const part of [of.form, of.injuries]) {
      if (part === null || part.released !== null) continue;
      const r = await act.run(release('QuestionnaireResponse', part.id));
      if (!r.ok) return;
    }
    say(t.releasedNow);
    const now = await act.run(wire.intake(of.id));
    if (now.ok) onChange(now.value);
  };
  return (
    <Section id="in-result" title={t.result}>
      <div class="in-told"><St tone={of.fitness === 'fit' ? 'ok' : of.fitness === 'unfit' ? 'bad' : 'warn'}>{t.fitnesses(of.fitness)}</St><b>{t.housings(of.housing)}</b>{of.until !== null && <span>{t.until} {stamp(of.until)}</span>}<small class="muted">{t.told}</small></div>
      <FaultNotice fault={act.fault} />
      {has('clinic-doctor') && (
        <div class="actions-col">
          <Button onClick={() => { housing.value = true; }}>{t.house}</Button>
          <Button kind="plain" icon="chart" busy={act.busy ? t.making : false} onClick={() => { void records(); }}>{t.records}</Button><p class="help">{t.recordsHelp}</p>
          {of.form?.released == null ? <Button kind="plain" icon="eye" disabled={act.busy} onClick={() => { void give(); }}>{t.release}</Button> : <p class="muted">{t.released(stamp(of.form.released))}</p>}
        </div>
      )}
      {housing.value && <ConcludeDialog of={of} signs={false} onDone={(i) => { housing.value = false; onChange(i); }} onMissing={() => undefined} onClose={() => { housing.value = false; }} />}
    </Section>
  );
}

function Times({ of }: { of: wire.Intake }) {
  const t = intakeText();
  const all = [[t.arrivedAt, of.arrived, ''], [t.begunAt, of.begun, of.begun_by], [t.handedAt, of.handed, of.handed_by], [t.signedAt, of.signed, of.signed_by], [t.assessedAt, of.assessed, of.assessed_by]] as const;
  return (
    <div>
      {of.due !== null && of.clock_from !== null && <p class="row wrap"><Clock from={of.clock_from} due={of.due} /><span>{t.dueBy(t.clock(of.clock), stamp(of.due))}</span></p>}
      <Facts>{all.map(([label, at, who]) => (at === null ? null : <Fact key={label} label={label} note={who === '' ? undefined : who}>{stamp(at)}</Fact>))}</Facts>
    </div>
  );
}

function Signed({ of }: { of: wire.Intake }) {
  const t = intakeText();
  return (
    <div>
      {of.form !== null && <Form f={{ answers: of.form.answers, missing: '', set: null }} />}
      {of.injuries !== null ? <Injuries f={{ answers: of.injuries.answers, missing: '', set: null }} judges={false} />
        : !has('clinic-doctor') && <section class="in-chapter"><h2>{t.injuries}</h2><p class="muted">{t.hidden} {t.hiddenText}</p></section>}
    </div>
  );
}

export function IntakePage() {
  const t = intakeText();
  const id = /^\/intakes\/([A-Za-z0-9.-]{1,64})$/.exec(path.value)?.[1] ?? '';
  const load = useLoad(() => wire.intake(id), id);
  const act = useAct();
  const of = load.value.value;
  useEffect(() => { if (load.at.value > 0) void load.again(); }, [news.late.value]);
  const change = (i: wire.Intake): void => { load.value.value = i; };
  const begin = async (): Promise<void> => { const r = await act.run(wire.intakeDo(id, 'begin')); if (r.ok) { say(t.begun); change(r.value); } };
  if (of === null) return <><PageHead title={t.title} /><FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />{load.slow.value && <Skeleton />}</>;
  return (
    <>
      <PageHead title={of.patient.name} sum={<>{t.title} <St tone={of.state === 'due' ? 'warn' : 'act'}>{t.state(of.state)}</St> {of.patient.cell} <span class="num">{of.patient.number}</span></>} end={<><a class="btn" href="/intakes">{t.back}</a><a class="btn" href={`/patients/${of.patient.id}`}>{t.chart}</a></>} />
      <div class="in-page">
        <div class="stack">
          {of.state === 'due' && <Empty icon="badge" title={t.state('due')} action={<Button kind="primary" busy={act.busy ? t.beginning : false} onClick={() => { void begin(); }}>{t.begin}</Button>}>{of.due === null ? '' : t.dueBy(t.clock('start'), stamp(of.due))}</Empty>}
          <FaultNotice fault={act.fault} />
          {screen.has(of.state) && <Screening key={of.id} of={of} onChange={change} />}
          {(of.state === 'completed' || of.state === 'assessed') && <Assessing key={`${of.id} a`} of={of} onChange={change} />}
          {of.signed !== null && <Signed of={of} />}
        </div>
        <div class="in-side"><Times of={of} /><Result of={of} onChange={change} /><Allegation of={of} onChange={change} /></div>
      </div>
    </>
  );
}
