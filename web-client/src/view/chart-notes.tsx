/* Notes: read with their amendments beside them, written from templates, signed. */
import { useSignal, type Signal } from '@preact/signals';
import { text } from '../text';
import { chartText, titleWords, type ChartDict } from '../text/chart';
import * as wire from '../wire/fhir';
import * as orders from '../wire/orders';
import { draftKey } from '../wire/session';
import { all, myself, visitOf, type Chart } from '../state/chart';
import { now, serverNow } from '../state/clock';
import { useDraft, type DraftBox } from '../state/draft';
import { hms, stamp } from '../state/format';
import { say, useAct } from '../state/load';
import { bodiesOf, draftOf, emptyDraft, isEmpty, lacksReason, templates, type Basis, type Draft, type SectionName, type Template } from '../state/note';
import { isWithin, periods, type Period } from '../state/period';
import { has } from '../state/session';
import { Check, SelectField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, IconButton, Notice, Section, Seg, St } from '../ui/parts';
import { Suggest } from '../ui/suggest';
import { SealPanel, SignDialog, type Signing } from './chart-sign';
import { PartState, stampOf } from './chart-summary';

export type Writing = { is: 'none' } | { is: 'new' } | { is: 'amend'; note: wire.Note };

const signed = (n: wire.Note): boolean => n.status === 'final' || n.status === 'amended';

function DraftLine({ box }: { box: DraftBox }) {
  const t = chartText();
  const s = box.state.value;
  const words = s.is === 'saving' ? t.draftSaving : s.is === 'saved' ? t.draftSaved(hms(s.at)) : s.is === 'restored' ? t.draftRestored(stamp(s.at)) : s.is === 'failed' ? t.draftFailed : '';
  return <p class="draft-line"><span data-draft={s.is} role="status">{words}</span>{s.is === 'restored' && <button type="button" class="linkish" onClick={() => { void box.drop(); }}>{t.draftDiscard}</button>}</p>;
}

function Diagnoses({ draft, change }: { draft: Draft; change: (d: Draft) => void }) {
  const t = chartText();
  return (
    <div>
      <Suggest label={t.diagnosisFind} none={t.diagnosisNone} ask={(q) => ({ ...orders.diagnoses(q), read: (v, at) => orders.diagnoses(q).read(v, at).codes })} words={(c) => ({ key: c.code, main: c.display, side: c.code })}
        onPick={(c) => { if (!draft.diagnoses.some((d) => d.code === c.code)) change({ ...draft, diagnoses: [...draft.diagnoses, c] }); }} />
      {draft.diagnoses.length > 0 && <div class="picked">{draft.diagnoses.map((d) => <span key={d.code} class="chip act">{d.display} {d.code}<button type="button" aria-label={t.diagnosisDrop(d.display)} onClick={() => { change({ ...draft, diagnoses: draft.diagnoses.filter((x) => x.code !== d.code) }); }}><Icon name="x" size="s" /></button></span>)}</div>}
    </div>
  );
}

/** What of the chart's images and files the note rests on: ticked, and named in it by reference. */
function Bases({ chart, draft, change }: { chart: Chart; draft: Draft; change: (d: Draft) => void }) {
  const t = chartText();
  const offered: Basis[] = [
    ...all(chart.studies).map((s) => ({ ref: `ImagingStudy/${s.id}`, words: [s.description || t.images, stampOf(s.started)].filter((w) => w !== '').join(t.comma) })),
    ...all(chart.documents).map((d) => ({ ref: `DocumentReference/${d.id}`, words: [d.content[0]?.attachment.title || d.description || wire.wordsOf(d.type), stampOf(d.date)].filter((w) => w !== '').join(t.comma) })),
  ];
  if (offered.length === 0) return null;
  return <fieldset class="pick-list"><legend>{t.based}</legend>{offered.map((o) => <Check key={o.ref} label={o.words} checked={draft.based.some((b) => b.ref === o.ref)} onPick={(on) => { change({ ...draft, based: on ? [...draft.based, o] : draft.based.filter((b) => b.ref !== o.ref) }); }} />)}</fieldset>;
}

function SectionField({ name, draft, change, flush, focus }: { name: SectionName; draft: Draft; change: (d: Draft) => void; flush: () => void; focus: boolean }) {
  const t = chartText();
  const usual = (t.fill as Partial<Record<SectionName, string>>)[name];
  const value = draft.sections[name] ?? '';
  const set = (words: string): void => { change({ ...draft, sections: { ...draft.sections, [name]: words } }); };
  return (
    <div class="field">
      <div class="label-row"><label for={`note-${name}`}>{t.sections[name]}</label>{usual !== undefined && value === '' && <button type="button" class="linkish" onClick={() => { set(usual); }}>{t.fillDo}</button>}</div>
      {name === 'diagnosis' && <Diagnoses draft={draft} change={change} />}
      <textarea id={`note-${name}`} class="textarea" rows={name === 'complaint' || name === 'diagnosis' ? 2 : 3} value={value} maxLength={4000} autofocus={focus} onInput={(e) => { set(e.currentTarget.value); }} onBlur={flush} />
    </div>
  );
}

function Editor({ chart, writing, onDone }: { chart: Chart; writing: Exclude<Writing, { is: 'none' }>; onDone: (made: Signing | null) => void }) {
  const t = chartText();
  const amends = writing.is === 'amend' ? writing.note : null;
  const offered: readonly Template[] = has('clinic-doctor') ? ['visit', 'ward', 'nursing'] : has('specialist') ? ['opinion'] : ['nursing'];
  const box = useDraft(draftKey('notes', chart.id, amends === null ? 'new' : amends.id));
  const act = useAct();
  const bare = useSignal(false);
  const draft = draftOf(box.text.value) ?? emptyDraft(amends !== null ? 'amendment' : offered[0] ?? 'visit');
  const change = (d: Draft): void => { bare.value = false; box.set(isEmpty(d) && d.based.length === 0 && d.template === offered[0] ? '' : JSON.stringify(d)); };
  const save = async (thenSign: boolean): Promise<void> => {
    bare.value = isEmpty(draft) || lacksReason(draft);
    if (bare.value) return;
    const titles = { note: t.templates[draft.template], section: (name: SectionName) => t.sections[name], based: t.based };
    const bodies = bodiesOf(draft, { patient: chart.id, encounter: visitOf(chart)?.id ?? null, author: myself(), at: new Date(serverNow()).toISOString(), amends: amends?.id ?? null, titles }, () => crypto.randomUUID());
    const r = await act.run(wire.transaction(bodies));
    if (!r.ok) return;
    const made = /Composition\/([^/]+)\/_history\/(\d+)/.exec(r.value[r.value.length - 1] ?? '');
    await box.drop();
    say(t.noteSaved);
    void chart.notes.again();
    void chart.conditions.again();
    onDone(thenSign && made !== null ? { id: made[1] ?? '', version: made[2] ?? '', final: false } : null);
  };
  return (
    <form class="editor" noValidate aria-label={amends === null ? t.writeNote : t.amendTitle} onSubmit={(e) => { e.preventDefault(); if (!act.busy) void save(true); }}>
      {amends === null ? offered.length > 1 && <div><Seg label={t.template} value={draft.template} options={offered.map((k) => ({ value: k, words: t.templates[k] }))} onPick={(k) => { change({ ...draft, template: k }); }} /></div> : <Notice tone="act">{t.amendHelp}</Notice>}
      {templates[draft.template].sections.map((name, i) => <SectionField key={name} name={name} draft={draft} change={change} flush={box.flush} focus={i === 0} />)}
      {draft.template !== 'amendment' && <Bases chart={chart} draft={draft} change={change} />}
      <DraftLine box={box} />
      {bare.value && <Notice tone="bad" live>{isEmpty(draft) ? t.noteEmpty : t.amendReason}</Notice>}
      <FaultNotice fault={act.fault} />
      <div class="row wrap">
        <Button type="submit" kind="primary" busy={act.busy ? t.noteSaving : false}>{t.noteSign}</Button>
        <Button disabled={act.busy} onClick={() => { void save(false); }}>{t.noteSave}</Button>
        <Button kind="plain" onClick={() => { box.flush(); onDone(null); }}>{text().close}</Button>
      </div>
    </form>
  );
}

const isSeen = (r: wire.Ref): boolean => /^(ImagingStudy|DocumentReference)\//.test(r.reference) && r.display !== '';
/** What a section rests on is opened from it. */
const Sections = ({ chart, note }: { chart: Chart; note: wire.Note }) => <dl>{note.section.map((s, i) => <><dt key={`t${i}`}>{titleWords(s.title)}</dt><dd key={`d${i}`}>{s.entry.some(isSeen) ? s.entry.filter(isSeen).map((r) => <a key={r.reference} class="basis" href={`/patients/${chart.id}/files`}>{r.display}</a>) : wire.plainOf(s.text?.div ?? '')}</dd></>)}</dl>;

const authors = (n: wire.Note, t: ChartDict): string => n.author.map((a) => a.display).filter((w) => w !== '').join(t.comma);

export function Notes({ chart, writing, print }: { chart: Chart; writing: Signal<Writing>; print: ((note: string) => void) | null }) {
  const t = chartText();
  const signing = useSignal<Signing | null>(null);
  const looking = useSignal<string | null>(null);
  const seen = useSignal(0);
  const found = all(chart.notes);
  const amendsOf = (n: wire.Note): string | null => { const to = n.relatesTo[0]?.targetReference.reference ?? ''; return to === '' ? null : wire.idOf(to); };
  const isHere = (id: string): boolean => found.some((n) => n.id === id);
  const originals = found.filter((n) => { const of = amendsOf(n); return of === null || !isHere(of); });
  const kind = useSignal('');
  const period = useSignal<Period>('all');
  const kindOf = (n: wire.Note): string => titleWords(n.title || wire.wordsOf(n.type));
  const shown = originals.filter((n) => (kind.value === '' || kindOf(n) === kind.value) && (n.date === null || isWithin(period.value, n.date.at, now.peek())));
  const w = writing.value;
  const may = has('clinic-doctor') || has('nurse') || has('specialist');
  const again = (): void => { seen.value += 1; void chart.notes.again(); };
  const word = (n: wire.Note) => (signed(n) ? <St tone="ok">{t.status(n.status)}</St> : <St tone="warn">{t.unsigned}</St>);
  return (
    <div class="chart one">
      <Section id="notes" title={t.tabs.notes} count={originals.length === 0 ? undefined : originals.length} end={may && w.is === 'none' ? <Button kind="plain" icon="plus" onClick={() => { writing.value = { is: 'new' }; }}>{t.writeNote}</Button> : undefined}>
        {w.is !== 'none' && <Editor key={w.is === 'amend' ? w.note.id : 'new'} chart={chart} writing={w} onDone={(made) => { writing.value = { is: 'none' }; signing.value = made; }} />}
        <PartState part={chart.notes} />
        {originals.length > 1 && <div class="filters">
          <SelectField label={t.noteKind} value={kind.value} options={[{ value: '', words: t.noteKindAll }, ...[...new Set(originals.map(kindOf))].map((value) => ({ value, words: value }))]} onPick={(v) => { kind.value = v; }} />
          <SelectField label={t.period} value={period.value} options={periods.map((value) => ({ value, words: t.periods[value] }))} onPick={(v) => { period.value = v; }} />
        </div>}
        {originals.length > 0 && shown.length === 0 && <Empty icon="search" title={t.filteredNone} action={<Button onClick={() => { kind.value = ''; period.value = 'all'; }}>{t.filterOff}</Button>} />}
        {shown.map((n) => {
          const amendments = found.filter((a) => amendsOf(a) === n.id).sort((a, b) => (a.date?.at ?? 0) - (b.date?.at ?? 0));
          return (
            <article key={n.id} class={amendments.length > 0 ? 'note with-amendments' : 'note'} aria-labelledby={`n-${n.id}`}>
              <header><b id={`n-${n.id}`}>{kindOf(n)}</b><span class="muted">{t.noteBy(authors(n, t), stampOf(n.date))}</span>{word(n)}{amendments.some(signed) && <St tone="warn">{t.amendedSince}</St>}
                <span class="end row">{signed(n) && <Button kind="plain" onClick={() => { looking.value = looking.value === n.id ? null : n.id; }}>{t.seals}</Button>}{print !== null && <IconButton icon="print" label={t.printNote} onClick={() => { print(n.id); }} />}
                  {may && signed(n) && <Button kind="plain" onClick={() => { writing.value = { is: 'amend', note: n }; }}>{t.amend}</Button>}
                  {may && !signed(n) && <Button onClick={() => { signing.value = { id: n.id, version: n.meta.versionId, final: false }; }}>{t.sign}</Button>}</span></header>
              <div><Sections chart={chart} note={n} />{looking.value === n.id && <SealPanel key={seen.value} note={n} may={may} onSign={() => { signing.value = { id: n.id, version: n.meta.versionId, final: true }; }} />}</div>
              {amendments.length > 0 && <aside aria-label={t.amendments}>{amendments.map((a) => <div key={a.id}><b>{t.amendmentOf}</b><p class="muted">{t.noteBy(authors(a, t), stampOf(a.date))} {word(a)}</p><Sections chart={chart} note={a} />{wire.reasonOf(a) !== '' && <p>{t.amendedFor(wire.reasonOf(a))}</p>}{may && signed(a) && <Button kind="plain" onClick={() => { looking.value = looking.value === a.id ? null : a.id; }}>{t.seals}</Button>}{looking.value === a.id && <SealPanel key={seen.value} note={a} may={may} onSign={() => { signing.value = { id: a.id, version: a.meta.versionId, final: true }; }} />}{may && !signed(a) && <Button onClick={() => { signing.value = { id: a.id, version: a.meta.versionId, final: false }; }}>{t.sign}</Button>}</div>)}</aside>}
            </article>
          );
        })}
        {chart.notes.value.value !== null && originals.length === 0 && w.is === 'none' && <Empty icon="note" title={t.noteNone}>{t.noteNoneText}</Empty>}
      </Section>
      {signing.value !== null && <SignDialog note={signing.value} onChange={(n) => { signing.value = n; }} onDone={() => { signing.value = null; again(); }} onClose={() => { signing.value = null; again(); }} />}
    </div>
  );
}
