/* One patient's chart: who it is, the allergy line that stands on every page of it, and the pages. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../text';
import { careText } from '../text/care';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { ageAt, all, custodyOf, isAllergy, openVisit, useChart, type Chart } from '../state/chart';
import { transferText } from '../text/transfer';
import { visitText } from '../text/visit';
import { now } from '../state/clock';
import { openGlasses, type OpenGlass } from '../wire/glass-break';
import { grants as grantsOf, ownGrants, type OwnGrant } from '../wire/grants';
import type { Call } from '../wire/http';
import { askTransfer } from '../wire/transfers';
import { useLoad } from '../state/load';
import { printed } from '../state/print';
import { stamp } from '../state/format';
import { grantEnded } from '../state/link';
import { go, path } from '../state/route';
import { has } from '../state/session';
import type { Fault } from '../wire/fault';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, IconButton, Notice, PageHead, Sep, Skeleton } from '../ui/parts';
import { Access, stateOf } from './chart-access';
import { CopyAsked } from './chart-copy';
import { Course } from './chart-course';
import { Files } from './chart-files';
import { GlassBanner, GlassDialog } from './chart-glass';
import { Labs, ReleasedLabs } from './chart-labs';
import { Notes, type Writing } from './chart-notes';
import { OrderForm } from './chart-order-form';
import { TransferForm } from './transfer-form';
import { Orders } from './chart-orders';
import { AllergyDialog } from './chart-problems';
import { Summary } from './chart-summary';
import { ChartStatements } from './statements';
import { VisitBar } from './chart-visit';
import './chart.css';

const tabs = ['summary', 'notes', 'labs', 'files', 'orders', 'course', 'access'] as const;
type Tab = (typeof tabs)[number];
/** Who lets specialists in is the doctor alone; a specialist has the list of what is open. */
const tabsOf = (): readonly Tab[] => (has('clinic-doctor') ? tabs : tabs.filter((k) => k !== 'access'));
const listOf = (): string => (has('specialist') ? '/charts' : '/patients');
const isGuest = (): boolean => has('specialist') && !has('clinic-doctor');

/** Whoever hears of an allergy writes it down where it is read. */
const AllergyEntry = ({ onEnter }: { onEnter: (() => void) | null }) => (onEnter === null ? null : <button type="button" class="linkish" onClick={onEnter}>{chartText().allergyEnter}</button>);

export function Allergies({ chart, onEnter }: { chart: Chart; onEnter: (() => void) | null }) {
  const t = chartText();
  const part = chart.allergies;
  if (part.fault.value !== null && part.value.value === null) return <div class="allergy" role="alert"><Icon name="u1" size="m" /><b>{t.allergyFault}</b> <button type="button" class="linkish" onClick={() => { void part.again(); }}>{text().retry}</button></div>;
  if (part.value.value === null) return <div class="allergy none"><span class="soft">{text().loading}</span></div>;
  const known = all(part).filter(isAllergy).sort((a, b) => Number(b.criticality === 'high') - Number(a.criticality === 'high'));
  const hidden = part.value.value.hidden;
  const worst = known[0];
  const reaction = (a: wire.Allergy): string => a.reaction.flatMap((r) => r.manifestation.map(wire.wordsOf)).filter((w) => w !== '').join(t.comma);
  if (worst === undefined) return hidden > 0 ? <div class="allergy" role="alert"><Icon name="u1" size="m" /><b>{t.allergyFault}</b></div> : <div class="allergy none"><Icon name="info" size="m" /><b>{isGuest() ? t.allergyUnseen : t.allergyNone}</b><span>{isGuest() ? t.allergyUnseenText : t.allergyNoneText}</span><span class="end"><AllergyEntry onEnter={onEnter} /></span></div>;
  const rest = known.slice(1);
  return (
    <div class="allergy">
      <Icon name="u1" size="m" /><b>{t.allergies}{wire.wordsOf(worst.code)}</b>
      <span class="soft">{[reaction(worst), worst.criticality === 'high' ? t.allergyHigh : ''].filter((w) => w !== '').join(t.comma)}</span>
      {rest.length > 0 && <span class="end">{t.allergyMore(rest.length)}{rest.map((a) => [wire.wordsOf(a.code), reaction(a)].filter((w) => w !== '').join(t.comma)).join(t.semicolon)}</span>}
      {hidden > 0 && <b>{t.hidden(hidden)}</b>}
      <span class={rest.length > 0 ? '' : 'end'}><AllergyEntry onEnter={onEnter} /></span>
    </div>
  );
}

/** By what right the chart is open: the clinic's own, with the glass broken or not; a guest's by grants. */
interface Way { broken: OpenGlass[]; grants: OwnGrant[] }
const clinicWay = (): Call<Way> => ({ ...openGlasses(), read: (v, at) => ({ broken: openGlasses().read(v, at).broken, grants: [] }) });
const guestWay = (): Call<Way> => ({ ...ownGrants(), read: (v, at) => ({ broken: [], grants: ownGrants().read(v, at).rows }) });

/** Who of outside reads what was attached, now: nobody looks unseen. */
function Watchers({ chart }: { chart: Chart }) {
  const t = chartText();
  const load = useLoad(() => grantsOf(chart.id), chart.id);
  const live = (load.value.value?.rows ?? []).filter((g) => stateOf(g, now.value) === 'live');
  if (live.length === 0) return null;
  const names = [...new Set(live.map((g) => g.account.display))];
  const papers = new Set(live.flatMap((g) => g.attached)).size;
  return <><Sep /><a href={`/patients/${chart.id}/access`}>{t.watchers(names.join(t.listComma), papers)}</a></>;
}

function Head({ chart, patient, onNote, onOrder, onSend, onGlass, print, printBusy }: { chart: Chart; patient: wire.Patient; onGlass: (() => void) | null; onNote: () => void; onOrder: () => void; onSend: () => void; print: (() => void) | null; printBusy: boolean }) {
  const t = chartText();
  const custody = custodyOf(chart);
  const start = custody?.period.start ?? null;
  const age = patient.birthDate === null ? null : ageAt(patient.birthDate, now.peek());
  const facts = [t.gender(patient.gender), age === null ? '' : t.age(age), patient.birthDate ?? ''].filter((w) => w !== '');
  const place = [t.number(wire.numberOf(patient)), custody === null ? '' : wire.cellOf(custody), start === null ? '' : t.dayIn(Math.max(1, Math.floor((now.peek() - start.at) / 86_400_000) + 1))].filter((w) => w !== '');
  return (
    <header class="pt-head">
      <span class="avatar pt" aria-hidden="true">{[...wire.nameOf(patient)][0]}</span>
      <div><h1 tabIndex={-1}>{wire.nameOf(patient)}<span>{facts.map((f, i) => <>{i > 0 && <Sep />}{f}</>)}</span></h1><p>{place.map((f, i) => <>{i > 0 && <Sep />}{f}</>)}{has('clinic-doctor') && <Watchers chart={chart} />}</p></div>
      <span class="end row wrap">
        {onGlass !== null && <IconButton icon="eye" label={t.glass} onClick={onGlass} />}
        {print !== null && <Button icon="print" busy={printBusy ? t.printBusy : false} onClick={print}>{t.print}</Button>}
        {has('clinic-doctor') && <a class="btn" href={`/visits/new/${chart.id}${openVisit(chart) === null ? '' : `/${openVisit(chart)!.id}`}`}>{visitText().ask}</a>}
        {(has('clinic-doctor') || has('nurse')) && <Button icon="out" onClick={onSend}>{transferText().ask}</Button>}
        {has('clinic-doctor') && <Button icon="order" onClick={onOrder}>{t.writeOrder}</Button>}
        {(has('clinic-doctor') || has('nurse') || has('specialist')) && <Button kind="primary" icon="note" onClick={onNote}>{isGuest() ? t.writeOpinion : t.writeNote}</Button>}
      </span>
    </header>
  );
}

/** Rule 8: the grant is over; nothing of the record stays on the page. */
function Closed() {
  const t = careText();
  return <div class="chart one" data-closed=""><PageHead title={t.closedTitle} /><div role="alert"><Empty icon="lock" title={t.closedTitle} action={<a class="btn btn-primary" href="/charts">{t.closedBack}</a>}>{t.closedText}</Empty></div></div>;
}

function Open({ id, tab }: { id: string; tab: Tab }) {
  const t = chartText();
  const chart = useChart(id);
  const writing = useSignal<Writing>({ is: 'none' });
  const ordering = useSignal(false);
  const sending = useSignal(false);
  const breaking = useSignal(false);
  const entering = useSignal(false);
  const glasses = useLoad(isGuest() ? guestWay : clinicWay, id);
  const grant = glasses.value.value?.grants.find((g) => g.patient === id) ?? null;
  const broken = glasses.value.value?.broken.find((g) => wire.idOf(g.patient) === id && g.ends > now.value) ?? null;
  const printing = useSignal(false);
  const printFault = useSignal<Fault | null>(null);
  const bar = useRef<HTMLElement>(null);
  useEffect(() => { bar.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }); }, [tab]);
  const patient = chart.patient.value.value;
  if (patient === null) {
    const fault = chart.patient.fault.value;
    if (fault === null) return <div class="chart one">{chart.patient.slow.value && <Skeleton rows={8} />}</div>;
    if (fault.code !== 'not_found') return <div class="chart one"><PageHead title={text().nav.chart} /><FaultNotice fault={fault} again={() => { void chart.patient.again(); }} /></div>;
    return <div class="chart one"><PageHead title={t.gone} /><Empty icon="search" title={t.gone} action={<a class="btn btn-primary" href={listOf()}>{t.back}</a>}>{t.goneText}</Empty></div>;
  }
  const counts: Partial<Record<Tab, number>> = { notes: all(chart.notes).length, files: all(chart.documents).length + all(chart.studies).length };
  const print = async (what: string): Promise<void> => {
    printing.value = true;
    printFault.value = await printed(what);
    printing.value = false;
  };
  const screens: Record<Tab, () => VNode> = {
    summary: () => <Summary chart={chart} />,
    notes: () => <Notes chart={chart} writing={writing} print={isGuest() ? null : (note) => { void print(`/api/notes/${note}/print.pdf`); }} />,
    labs: () => (has('clinic-doctor') ? <ReleasedLabs chart={chart} patient={id} /> : <Labs chart={chart} />),
    files: () => <Files chart={chart} />,
    orders: () => <Orders chart={chart} />,
    course: () => <Course chart={chart} />,
    access: () => <Access chart={chart} />,
  };
  return (
    <>
      {broken !== null && <GlassBanner ends={broken.ends} />}
      <Head chart={chart} patient={patient} onGlass={!isGuest() && glasses.value.value !== null && broken === null ? () => { breaking.value = true; } : null} printBusy={printing.value} print={isGuest() ? null : () => { void print(`/api/patients/${id}/summary.pdf`); }}
        onNote={() => { writing.value = { is: 'new' }; go(`/patients/${id}/notes`); }} onOrder={() => { ordering.value = true; }} onSend={() => { sending.value = true; }} />
      {(has('clinic-doctor') || has('nurse')) && <VisitBar chart={chart} />}
      <Allergies chart={chart} onEnter={has('clinic-doctor') || has('nurse') ? () => { entering.value = true; } : null} />
      {grant !== null && <p class="granted-until muted"><Icon name="lock" size="s" />{grant.ends === null ? careText().openUntilSigned : careText().openUntil(stamp(grant.ends))}</p>}
      {(has('clinic-doctor') || has('nurse')) && <CopyAsked patient={id} busy={printing.value} print={(path) => { void print(path); }} />}
      {(has('clinic-doctor') || has('nurse')) && <ChartStatements patient={id} />}
      {printFault.value !== null && <div class="chart one"><Notice tone="bad" live><FaultNotice fault={printFault.value} /></Notice></div>}
      <nav class="tabs chart-tabs" aria-label={t.tabsLabel} ref={bar}>
        {tabsOf().map((k) => <a key={k} href={k === 'summary' ? `/patients/${id}` : `/patients/${id}/${k}`} aria-current={k === tab ? 'page' : undefined}>{t.tabs[k]}{(counts[k] ?? 0) > 0 && <small>{counts[k]}</small>}</a>)}
      </nav>
      {screens[tab]()}
      {breaking.value && <GlassDialog patient={id} onClose={() => { breaking.value = false; }} onDone={() => { breaking.value = false; void glasses.again(); for (const part of [chart.encounters, chart.conditions, chart.allergies, chart.vitals, chart.labs, chart.orders, chart.doses, chart.notes, chart.documents, chart.studies, chart.tasks, chart.goals, chart.flags]) void part.again(); }} />}
      {entering.value && <AllergyDialog chart={chart} onClose={() => { entering.value = false; }} />}
      {sending.value && <TransferForm name={wire.nameOf(patient)} words="" kind="referral" call={(a) => askTransfer(id, a)} onDone={(made) => { go(`/transfers/${made.id}`); }} onClose={() => { sending.value = false; }} />}
      {ordering.value && <OrderForm chart={chart} onClose={() => { ordering.value = false; }} />}
    </>
  );
}

/** The chart while it may be seen. Its parts are dropped with the component that loaded them. */
function Guarded({ id, tab }: { id: string; tab: Tab }) {
  const before = useRef(grantEnded.peek());
  const ended = grantEnded.value;
  return isGuest() && ended !== null && ended !== before.current && ended.patient === id ? <Closed /> : <Open id={id} tab={tab} />;
}

export function ChartPage() {
  const [, , id = '', at = 'summary', more] = path.value.split('/');
  const tab = tabsOf().find((k) => k === at);
  if (id === '' || tab === undefined || more !== undefined) return <div class="chart one"><PageHead title={chartText().gone} /><Empty icon="search" title={chartText().gone} action={<a class="btn btn-primary" href={listOf()}>{chartText().back}</a>}>{chartText().goneText}</Empty></div>;
  return <Guarded key={id} id={decodeURIComponent(id)} tab={tab} />;
}
