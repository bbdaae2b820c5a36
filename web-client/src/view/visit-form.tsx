/* Asking for a consultation: of whom, what, how soon, and what of the record goes along: shown as the specialist will see it. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { agendaText } from '../text/agenda';
import { visitText } from '../text/visit';
import * as wire from '../wire/fhir';
import { specialistsOf, triages, type Triage } from '../wire/agenda';
import { beginVisit, changeVisit, previewVisit, visit as readOne, type Attached, type Visit } from '../wire/visits';
import { useChart, type Chart } from '../state/chart';
import { useDraft } from '../state/draft';
import { say, useAct, useLoad } from '../state/load';
import { go } from '../state/route';
import { send } from '../state/session';
import { draft as getDraft } from '../wire/session';
import { Check, DraftText, SelectField } from '../ui/form';
import { Button, FaultNotice, Notice, PageHead, Section, Skeleton, St } from '../ui/parts';
import { AttachPick, groupsOf } from './chart-access';
import './chart.css';
import './visit.css';

const lengths = [20, 30, 40, 60];
const keyOf = (id: string): string => `visit/${id}`.toLowerCase();

/** One line of what goes along. */
export function AttachedLine({ item }: { item: Attached }) {
  const v = visitText();
  return (
    <li class={item.seen ? undefined : 'unseen'}>
      <span class="muted">{v.type[item.type] ?? v.typeOther}</span>
      <span>{item.words === '' ? v.typeOther : item.words} {item.at !== '' && <small class="num">{item.at.slice(0, 10)}</small>} {item.files > 0 && <small>{v.files(item.files)}</small>}</span>
      <span>{item.labels.map((l) => <St key={l} icon="lock">{v.label[l] ?? l}</St>)}{!item.seen && <St tone="warn">{v.unseen}</St>}</span>
    </li>
  );
}

function Preview({ patient, attached, labels }: { patient: string; attached: readonly string[]; labels: readonly string[] }) {
  const v = visitText();
  const key = `${attached.join(' ')}|${labels.join(' ')}`;
  const load = useLoad(() => previewVisit(patient, attached, labels), key);
  const items = load.value.value ?? [];
  return (
    <Section id="preview" title={v.preview} count={items.filter((i) => i.seen).length}>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {attached.length === 0 ? <p class="muted">{v.previewNone}</p> : <ul class="attached-list" data-preview="">{items.map((i) => <AttachedLine key={i.reference} item={i} />)}</ul>}
    </Section>
  );
}

/** One specialty that is asked, and by whom of it, where it matters. */
function Asked({ need, named, onName, onDrop }: { need: string; named: readonly string[]; onName: (reference: string, all: readonly string[]) => void; onDrop: () => void }) {
  const v = visitText();
  const a = agendaText();
  const load = useLoad(() => specialistsOf(need.replace('specialist:', '')), need);
  const people = (load.value.value ?? []).filter((p) => !p.suspended);
  const all = people.map((p) => p.reference);
  return (
    <div class="asked">
      <SelectField label={v.whom(a.need(need))} value={all.find((r) => named.includes(r)) ?? ''} options={[{ value: '', words: v.anybody }, ...people.map((p) => ({ value: p.reference, words: `${p.name} ${p.place}`.trim() }))]} onPick={(r) => { onName(r, all); }} />
      <Button icon="x" label={v.dropOne(a.need(need))} onClick={onDrop}>{v.drop}</Button>
    </div>
  );
}

/** Labels of secrecy that something ticked carries. */
const labelsOf = (items: readonly Attached[]): string[] => [...new Set(items.flatMap((i) => i.labels))];

function Form({ chart, from, old, words }: { chart: Chart; from: string; old: Visit | null; words: string }) {
  const v = visitText();
  const a = agendaText();
  const groups = groupsOf(chart);
  const specialties = useSignal<readonly string[]>(old?.needs.filter((n) => n.startsWith('specialist:')) ?? []);
  const named = useSignal<readonly string[]>(old?.named ?? []);
  const device = useSignal(old?.needs.includes('device:exam-camera') ?? false);
  const level = useSignal<Triage>((old?.triage as Triage | undefined) ?? 'soon');
  const minutes = useSignal(String(old?.minutes ?? 40));
  const labels = useSignal<readonly string[]>(old?.labels ?? []);
  const picked = useSignal<ReadonlySet<string>>(new Set());
  const first = useSignal(true);
  const tried = useSignal(false);
  const box = useDraft(keyOf(old?.id ?? chart.id));
  const act = useAct();
  const loaded = [chart.conditions, chart.allergies, chart.orders, chart.notes, chart.labs, chart.documents, chart.studies, chart.vitals].every((p) => p.value.value !== null || p.fault.value !== null);
  useEffect(() => { if (words !== '') box.set(words); }, []);
  useEffect(() => {
    if (!loaded || !first.peek()) return;
    first.value = false;
    const had = new Set(old?.attached.map((x) => x.reference) ?? []);
    picked.value = new Set(groups.flatMap((g) => g.items).filter((i) => (old === null ? groups.find((g) => g.items.includes(i))!.usual : i.ref.split(' ').some((r) => had.has(r)))).map((i) => i.ref));
  }, [loaded]);
  const attached = [...picked.value].flatMap((p) => p.split(' ')).slice(0, 60);
  const patient = `Patient/${chart.id}`;
  const shown = useLoad(() => previewVisit(patient, attached, []), attached.join(' '));
  const carried = labelsOf(shown.value.value ?? []);
  const about = labels.value.filter((l) => carried.includes(l));
  const question = box.text.value.trim();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (specialties.value.length === 0 || question === '') return;
    const ask = { patient, ...(from === '' ? {} : { from: `Encounter/${from}` }), needs: [...specialties.value, ...(device.value ? ['device:exam-camera'] : [])], named: named.value, question, triage: level.value, minutes: Number(minutes.value), attached, labels: about };
    const done = await act.run(old === null ? beginVisit(ask) : changeVisit(old.id, ask));
    if (!done.ok) return;
    await box.drop();
    say(v.saved);
    go(`/visits/${done.value.id}`);
  };
  const name = (reference: string, all: readonly string[]): void => { named.value = [...named.value.filter((r) => !all.includes(r)), ...(reference === '' ? [] : [reference])]; };
  const pick = (code: string): void => { if (code !== '' && !specialties.value.includes(code)) specialties.value = [...specialties.value, code]; };
  return (
    <form class="visit-form" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
      <div class="stack">
        <SelectField label={v.specialties} help={v.specialtiesHelp} value="" options={[{ value: '', words: '' }, ...a.departments.map((d) => ({ value: `specialist:${d.code}`, words: d.words }))]} onPick={pick} error={tried.value && specialties.value.length === 0 ? v.specialtyNone : undefined} />
        {specialties.value.map((s) => <Asked key={s} need={s} named={named.value} onName={(r, all) => { name(r, all); }} onDrop={() => { specialties.value = specialties.value.filter((x) => x !== s); }} />)}
        <DraftText label={v.question} help={v.questionHelp} box={box} rows={5} error={tried.value && question === '' ? v.questionNone : undefined} />
        <div class="two">
          <SelectField label={v.urgency} value={level.value} options={triages.map((t) => ({ value: t, words: a.triage(t) }))} onPick={(t) => { level.value = t; }} />
          <SelectField label={v.minutes} value={minutes.value} options={lengths.map((n) => ({ value: String(n), words: a.minutes(n) }))} onPick={(n) => { minutes.value = n; }} />
        </div>
        <Check label={v.device} checked={device.value} onPick={(on) => { device.value = on; }} />
      </div>
      <div class="stack">
        <Section id="attach" title={v.attach}>
          <p class="muted small">{v.attachHelp}</p>
          {!loaded ? <Skeleton /> : <AttachPick groups={groups} picked={picked.value} onPick={(next) => { picked.value = next; }} />}
        </Section>
        {carried.length > 0 && <fieldset class="pick-list"><legend>{v.about}</legend><p class="help">{v.aboutHelp}</p>{carried.map((l) => <Check key={l} label={v.label[l] ?? l} checked={labels.value.includes(l)} onPick={(on) => { labels.value = on ? [...labels.value, l] : labels.value.filter((x) => x !== l); }} />)}</fieldset>}
        <Preview patient={patient} attached={attached} labels={about} />
      </div>
      <div class="wide gap-4">
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button type="submit" kind="primary" busy={act.busy ? v.saving : false}>{v.saveDraft}</Button></div>
      </div>
    </form>
  );
}

/** words: the question to begin with, where nothing that was typed waits as a draft. */
export function VisitForm({ patient, from, old, words = '' }: { patient: string; from: string; old: Visit | null; words?: string }) {
  const v = visitText();
  const chart = useChart(patient);
  const who = chart.patient.value.value;
  return (
    <>
      <PageHead title={old === null ? v.newTitle : v.change} sum={who === null ? v.newSum : `${wire.nameOf(who)} ${wire.numberOf(who)}`} />
      <FaultNotice fault={chart.patient.fault.value} />
      {who === null ? (chart.patient.slow.value ? <Skeleton /> : null) : <Form chart={chart} from={from} old={old} words={words} />}
    </>
  );
}

/** Of a draft that is there. */
export function VisitChange({ id }: { id: string }) {
  const v = visitText();
  const old = useSignal<{ visit: Visit; words: string } | null>(null);
  const gone = useSignal(false);
  useEffect(() => {
    void Promise.all([send(readOne(id)), send(getDraft(keyOf(id)))]).then(([r, typed]) => { if (r.ok) old.value = { visit: r.value, words: typed.ok && typed.value.text !== '' ? '' : r.value.question }; else gone.value = true; });
  }, [id]);
  if (gone.value) return <Notice tone="warn">{v.none}</Notice>;
  const v1 = old.value?.visit ?? null;
  return v1 === null || v1.patient === null ? <Skeleton /> : <VisitForm patient={v1.patient.reference.slice(8)} from={v1.from.replace('Encounter/', '')} old={v1} words={old.value?.words ?? ''} />;
}
