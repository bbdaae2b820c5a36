/* One consultation: where it stands, who takes part, what the patient says, what goes along, and the next step. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { visitText } from '../text/visit';
import { visit as readVisit, visits, visitStep, type Visit, type VisitConsent } from '../wire/visits';
import { now } from '../state/clock';
import { useDraft } from '../state/draft';
import { day, hm } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { go, path } from '../state/route';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { DraftText, SelectField } from '../ui/form';
import { Button, Empty, Fact, Facts, FaultNotice, Notice, PageHead, Section, Sep, Skeleton, St, When } from '../ui/parts';
import { isLost, PlaceAgain } from './place-again';
import { ConsentDialog, RefuseDialog } from './visit-consent';
import { AttachedLine, VisitChange, VisitForm } from './visit-form';
import { VisitOpinion } from './visit-opinion';
import { VisitQuality } from './visit-quality';
import { VisitRecordings } from './visit-recordings';
import { Exception, Reception } from './visit-reception';
import './agenda.css';
import './visit.css';

interface Part { visit: Visit; put: (v: Visit) => void }
interface Whole extends Part { again: () => void }
const tone = (v: Visit): 'ok' | 'warn' | 'act' | undefined => (['in-progress', 'closed'].includes(v.state) ? 'ok' : ['refused', 'revoked', 'onleave'].includes(v.state) ? 'warn' : ['arrived', 'more-info'].includes(v.state) ? 'act' : undefined);
const specialtiesOf = (v: Visit): string => v.needs.filter((n) => n.startsWith('specialist:')).map((n) => agendaText().need(n)).join(agendaText().and);
const isClinic = (): boolean => has('clinic-doctor') || has('nurse');
const begun: readonly string[] = ['in-progress', 'onleave', 'finished', 'closed'];
const firm = ['booked', 'checked-in', 'arrived'];

/** Where it stands: once it is asked for, where its booking stands. */
function Standing({ visit }: { visit: Visit }) {
  const b = visit.state === 'active' ? visit.booking : null;
  return b === null ? <St tone={tone(visit)}>{visitText().state[visit.state]}</St> : <St tone={firm.includes(b.state) ? 'ok' : undefined}>{agendaText().state(b.state)}</St>;
}

function ConsentLine({ c }: { c: VisitConsent }) {
  const v = visitText();
  return (
    <li>
      <b>{v.kind[c.kind]}</b> <St tone={c.says === 'agreed' ? 'ok' : c.says === 'waiting' ? 'act' : 'warn'}>{v.says[c.says]}</St> <When at={c.at} />
      <div class="muted small">{[c.signed ? v.signed : '', c.witness === '' ? '' : v.witnessed(c.witness), v.by(c.by), c.second === '' ? '' : v.seconded(c.second), c.reason].filter((w) => w !== '').join(' · ')}</div>
      {c.people.length > 0 && <div class="small">{v.named}: {c.people.map((p) => v.presentCode[p.name] ?? p.name).join(' · ')}</div>}
    </li>
  );
}

function Consents({ visit, put }: Part) {
  const v = visitText();
  const open = useSignal<'' | 'yes' | 'no'>('');
  const close = (): void => { open.value = ''; };
  const done = (next: Visit): void => { close(); put(next); };
  const before = ['draft', 'active', 'more-info'].includes(visit.state);
  return (
    <Section id="consent" title={v.consent} end={before && isClinic() && <>{!visit.stands.request && visit.may.includes('consent') && <Button kind="primary" onClick={() => { open.value = 'yes'; }}>{v.askConsent}</Button>}{visit.may.includes('refuse') && <Button onClick={() => { open.value = 'no'; }}>{v.refuse}</Button>}</>}>
      {visit.consents.length === 0 ? <p class="muted">{v.consentNone}</p> : <ul class="consent-list">{visit.consents.map((c) => <ConsentLine key={c.id} c={c} />)}</ul>}
      {before && <Exception visit={visit} put={put} />}
      {open.value === 'yes' && <ConsentDialog visit={visit} onDone={done} onClose={close} />}
      {open.value === 'no' && <RefuseDialog visit={visit} onDone={done} onClose={close} />}
    </Section>
  );
}

function Booked({ visit, again }: { visit: Visit; again: () => void }) {
  const v = visitText();
  const a = agendaText();
  const b = visit.booking;
  if (b === null) return <Section id="people" title={v.people}><div class="gap-3"><p class="muted">{v.noBooking}</p>{visit.state === 'active' && (has('scheduling-admin') || has('clinic-doctor')) && <a class="btn" href={has('scheduling-admin') ? '/joint' : '/waiting'}>{v.joint}</a>}</div></Section>;
  const isOpen = firm.includes(b.state) && b.room !== '' && b.closes !== null && now.value < b.closes && (isClinic() || (b.opens !== null && now.value >= b.opens));
  return (
    <Section id="people" title={v.people} end={isOpen ? <a class="btn btn-primary" href={`/rooms/${b.room}`}>{v.enter}</a> : undefined}>
      <Facts>
        <Fact label={v.when}><span class="num">{day(b.start)} {hm(b.start)}–{hm(b.end)}</span> <St>{a.state(b.state)}</St></Fact>
        {b.seats.map((s) => <Fact key={`${s.need} ${s.reference}`} label={a.need(s.need)}>{s.name} {s.answer === 'asked' ? <St tone="act">{a.answer('asked')}</St> : s.answer === 'refused' ? <St tone="warn">{a.answer('refused')}</St> : null}</Fact>)}
      </Facts>
      {isLost(b) && has('clinic-doctor') && <PlaceAgain booking={b} onDone={again} />}
      {!isOpen && b.opens !== null && now.value < b.opens && !isClinic() && <p class="muted">{v.opens(hm(b.opens))}</p>}
    </Section>
  );
}

function Words({ visit, put }: Part) {
  const v = visitText();
  const act = useAct();
  const verb = visit.may.includes('answer') ? 'answer' : visit.may.includes('ask') ? 'ask' : '';
  const box = useDraft(`visit/${visit.id}/${verb === '' ? 'words' : verb}`.toLowerCase());
  const submit = async (): Promise<void> => {
    const said = box.text.value.trim();
    if (said === '') return;
    const done = await act.run(visitStep(visit.id, verb, { text: said }));
    if (!done.ok) return;
    await box.drop();
    say(v.sent);
    put(done.value);
  };
  if (visit.words.length === 0 && verb === '') return null;
  return (
    <Section id="words" title={v.words}>
      {visit.words.length === 0 ? <p class="muted">{v.wordsNone}</p> : <ul class="visit-words">{visit.words.map((w, i) => <li key={i}><b>{w.kind === 'question' ? v.question1 : v.answer1} {w.by}</b> <When at={w.at} /><br />{w.text}</li>)}</ul>}
      {verb !== '' && (
        <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
          <DraftText label={verb === 'ask' ? v.askMoreText : v.answerText} box={box} rows={3} />
          <FaultNotice fault={act.fault} />
          <div class="actions"><Button type="submit" busy={act.busy ? v.sending : false}>{verb === 'ask' ? v.askMore : v.answer}</Button></div>
        </form>
      )}
    </Section>
  );
}

function RevokeDialog({ visit, put, onClose }: Part & { onClose: () => void }) {
  const v = visitText();
  const act = useAct();
  const reason = useSignal<'need-gone' | 'left'>('need-gone');
  const submit = async (): Promise<void> => { const done = await act.run(visitStep(visit.id, 'revoke', { reason: reason.value })); if (done.ok) { say(v.revoked); put(done.value); onClose(); } };
  return (
    <Dialog title={v.revokeTitle} onClose={onClose}>
      <SelectField label={v.revokeWhy} value={reason.value} options={(['need-gone', 'left'] as const).map((r) => ({ value: r, words: v.revokeReason[r] }))} onPick={(r) => { reason.value = r; }} />
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button kind="danger" busy={act.busy ? v.recording : false} onClick={() => { void submit(); }}>{v.revoke}</Button></div>
    </Dialog>
  );
}

/** What there is to do now, and what stands in its way. */
function Next({ visit, put }: Part) {
  const v = visitText();
  const act = useAct();
  const open = useSignal<'' | 'revoke' | 'finish'>('');
  const close = (): void => { open.value = ''; };
  const may = (verb: string): boolean => visit.may.includes(verb);
  const step = async (verb: string, words: string): Promise<void> => { const done = await act.run(visitStep(visit.id, verb)); if (done.ok) { say(words); put(done.value); } };
  return (
    <div class="gap-4 visit-next">
      {visit.lacks.length > 0 && isClinic() && <Notice tone="act">{visit.lacks.map((l) => v.lacks[l] ?? l).join(' · ')}</Notice>}
      <FaultNotice fault={act.fault} />
      <div class="row wrap">
        {may('activate') && <Button kind="primary" disabled={visit.lacks.length > 0} busy={act.busy ? v.activating : false} onClick={() => { void step('activate', v.activated); }}>{v.activate}</Button>}
        {may('change') && <a class="btn" href={`/visits/change/${visit.id}`}>{v.change}</a>}
        {may('finish') && visit.state !== 'arrived' && <Button onClick={() => { open.value = 'finish'; }}>{v.finish}</Button>}
        {may('close') && <Button onClick={() => { void step('close', v.closed); }}>{v.close}</Button>}
        {may('revoke') && <Button kind="plain" onClick={() => { open.value = 'revoke'; }}>{v.revoke}</Button>}
      </div>
      {open.value === 'revoke' && <RevokeDialog visit={visit} put={put} onClose={close} />}
      {open.value === 'finish' && <Dialog title={v.finishTitle} sub={v.finishSub} onClose={close}><div class="actions"><Button onClick={close}>{text().cancel}</Button><Button kind="primary" onClick={() => { close(); void step('finish', v.finished); }}>{v.finish}</Button></div></Dialog>}
    </div>
  );
}

function Inside({ visit, put, again }: Whole) {
  const v = visitText();
  return (
    <div class="cols">
      <div class="stack">
        <Section id="question" title={v.question}><p class="visit-question">{visit.question}</p></Section>
        <Section id="attached" title={v.attach} count={visit.attached.length}>{visit.attached.length === 0 ? <p class="muted">{v.previewNone}</p> : <ul class="attached-list">{visit.attached.map((i) => <AttachedLine key={i.reference} item={i} />)}</ul>}</Section>
        <Words visit={visit} put={put} />
        {begun.includes(visit.state) && <VisitOpinion visit={visit.id} />}
        {begun.includes(visit.state) && <VisitQuality visit={visit} />}
        {begun.includes(visit.state) && <VisitRecordings visit={visit.id} />}
      </div>
      <div class="stack">
        <Booked visit={visit} again={again} />
        <Consents visit={visit} put={put} />
        {isClinic() && (visit.may.includes('arrive') || visit.may.includes('identify')) && visit.booking !== null && <Reception visit={visit} put={put} />}
      </div>
    </div>
  );
}

function One({ id }: { id: string }) {
  const v = visitText();
  const a = agendaText();
  const load = useLoad(() => readVisit(id), `${id} ${news.agenda.value}`);
  const visit = load.value.value;
  if (visit === null) return load.fault.value !== null ? <Empty icon="warn" title={v.none} /> : load.slow.value ? <Skeleton /> : null;
  const put = (next: Visit): void => { load.value.value = next; };
  const again = (): void => { void load.again(); };
  return (
    <>
      <PageHead title={visit.patient === null ? v.title : `${v.title} · ${visit.patient.name}`} sum={<><Standing visit={visit} /><Sep />{[specialtiesOf(visit), visit.triage === '' ? '' : a.triage(visit.triage), visit.requester === '' ? '' : `${v.requester} ${visit.requester}`].filter((w) => w !== '').join(' · ')}</>} end={visit.inside && visit.patient !== null ? <a class="btn" href={`/patients/${visit.patient.reference.slice(8)}`}>{v.openChart}</a> : undefined} />
      <FaultNotice fault={load.fault.value} again={again} />
      <Next visit={visit} put={put} />
      {visit.inside ? <Inside visit={visit} put={put} again={again} /> : <><Notice tone="act">{v.outside}<br />{v.outsideText}</Notice><Booked visit={visit} again={again} /><Words visit={visit} put={put} /></>}
    </>
  );
}

function All() {
  const v = visitText();
  const load = useLoad(() => visits(), news.agenda.value);
  /* What has no time yet first, then by time. */
  const all = load.value.value === null ? null : [...load.value.value].sort((x, y) => (x.booking?.start ?? 0) - (y.booking?.start ?? 0));
  return (
    <>
      <PageHead title={v.list} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {all === null ? (load.slow.value ? <Skeleton /> : null) : all.length === 0 ? <Empty icon="video" title={v.none} /> : (
        <ul class="consult-list">{all.map((x) => <li key={x.id} data-row=""><b class="num">{x.booking === null ? '' : `${day(x.booking.start)} ${hm(x.booking.start)}`}</b><span>{x.patient?.name ?? ''} <Standing visit={x} /><br /><small>{specialtiesOf(x)}</small></span><a class="btn" href={`/visits/${x.id}`} aria-label={`${v.visitOf} ${x.patient?.name ?? ''}`}>{v.visitOf}</a></li>)}</ul>
      )}
    </>
  );
}

/** /visits, /visits/ID, /visits/new/PATIENT[/ENCOUNTER], /visits/change/ID. */
export function VisitsPage() {
  const [, , first = '', second = '', third = ''] = path.value.split('/');
  if (first === '') return <All />;
  if (first === 'change') return <VisitChange id={second} />;
  if (first !== 'new') return <One id={first} />;
  if (second === '') { go('/patients', true); return null; }
  return <VisitForm patient={second} from={third} old={null} />;
}
