/* Ways to a hospital outside: those under way, and one of them with all that is to be done for it. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { transferText } from '../text/transfer';
import { packet, packetPdf, signPacket, transfer, transferStep, transfers, type Packet, type Transfer } from '../wire/transfers';
import { now } from '../state/clock';
import { span, stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { printed } from '../state/print';
import { path } from '../state/route';
import { has } from '../state/session';
import type { Fault } from '../wire/fault';
import { Dialog } from '../ui/dialog';
import { PasswordField, TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, Fact, Facts, FaultNotice, PageHead, Section, Skeleton, St } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { Row, Table } from '../ui/table';
import { isProved, ProofFields, proofBody, useProof } from './visit-consent';
import './transfer.css';

const waiting: readonly Transfer['state'][] = ['needed', 'approved', 'arranged', 'ready'];
const isWaiting = (t: Transfer): boolean => waiting.includes(t.state);
/** Somebody of the clinic has to do something for it. */
export const wants = (t: Transfer): boolean => !t.over && (t.approved === null || (isWaiting(t) && t.packet === ''));

export function TransferMark({ of }: { of: Transfer }) {
  const t = transferText();
  const late = of.approve_by !== null && of.approve_by < now.value;
  const tone = of.state === 'refused' || of.state === 'called-off' ? undefined : of.approved === null ? (late ? 'bad' : 'warn') : of.state === 'returned' ? 'ok' : 'act';
  return <><St tone={tone}>{t.states[of.state]}</St>{of.state === 'returned' && !of.over && <St tone="bad">{t.formMissing}</St>}</>;
}

const Due = ({ of }: { of: Transfer }) => {
  const t = transferText();
  if (of.approve_by === null) return null;
  return of.approve_by < now.value ? <small class="late">{t.late(span(now.value - of.approve_by))}</small> : <small class="muted">{t.approveBy(stamp(of.approve_by))}</small>;
};

/** On Today: what a doctor approves, and what is to be signed before they leave. Nothing where nothing waits. */
export function TransfersToday() {
  const t = transferText();
  const load = useLoad(() => transfers(), news.agenda.value);
  const rows = (load.value.value ?? []).filter(wants);
  if (load.fault.value !== null) return <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />;
  if (rows.length === 0) return null;
  return (
    <Section id="transfers-today" title={t.today} count={rows.length} end={<a href="/transfers">{t.title}</a>}>
      <ul class="tf-list">{rows.map((r) => (
        <li key={r.id} data-transfer={r.state}>
          <a href={`/transfers/${r.id}`}>{r.patient.name} <span class="num">{r.patient.number}</span></a><span>{t.kinds[r.kind]} {r.hospital_name}</span>
          {r.approved === null ? <TransferMark of={r} /> : <St tone="warn">{t.packet} {t.packetUnsigned}</St>}<Due of={r} />
        </li>
      ))}</ul>
    </Section>
  );
}

export function TransfersPage() {
  const t = transferText();
  const load = useLoad(() => transfers(), news.agenda.value);
  const all = load.value.value;
  const id = /^\/transfers\/([A-Za-z0-9.-]{1,64})$/.exec(path.value)?.[1];
  if (id !== undefined) return <TransferPage key={id} id={id} />;
  return (
    <>
      <PageHead title={t.title} sum={all === null ? undefined : t.sum(all.length)} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {all === null && load.slow.value ? <Skeleton /> : null}
      {all !== null && all.length === 0 ? <Empty icon="out" title={t.none}>{t.noneText}</Empty> : null}
      {all !== null && all.length > 0 && (
        <Table label={t.title} columns={[{ words: t.who }, { words: t.hospital, wide: true }, { words: t.when }, { words: t.state }]}>{all.map((r) => (
          <Row key={r.id}><td><a data-open="" href={`/transfers/${r.id}`} aria-label={t.openOf(r.patient.name)}><b>{r.patient.name}</b></a> <span class="num">{r.patient.number}</span></td><td>{t.kinds[r.kind]} {r.hospital_name}</td><td class="num" data-col={t.when}>{stamp(r.from)}</td><td data-col={t.state}><TransferMark of={r} /> <Due of={r} /></td></Row>
        ))}</Table>
      )}
    </>
  );
}

const steps = ['asked', 'consented', 'approved', 'arranged', 'departed', 'arrived', 'admitted', 'returned'] as const;

function Steps({ of }: { of: Transfer }) {
  const t = transferText();
  return (
    <ol class="tf-steps" aria-label={t.stepsLabel}>{steps.filter((s) => s !== 'admitted' || of.admitted !== null).map((s) => (
      <li key={s} data-on={of[s] === null ? undefined : ''}><Icon name={of[s] === null ? 'time' : 'check'} size="s" /><b>{t.steps[s]}</b><small class="num">{of[s] === null ? '' : stamp(of[s])}</small></li>
    ))}</ol>
  );
}

function Consent({ of, onDone, onClose }: { of: Transfer; onDone: () => void; onClose: () => void }) {
  const t = transferText();
  const proof = useProof();
  const why = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const say_it = async (agrees: boolean): Promise<void> => {
    tried.value = true;
    if (!isProved(proof)) return;
    const done = await act.run(transferStep(of.id, 'consent', { agrees, ...proofBody(proof), ...(agrees || why.value.trim() === '' ? {} : { reason: why.value.trim() }) }));
    if (done.ok) { say(agrees ? t.consentSaved : t.refuseSaved); onDone(); }
  };
  return (
    <Dialog title={t.consent} sub={t.consentSub} wide onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void say_it(true); }}>
        <Facts><Fact label={t.hospital}>{of.hospital_name}</Fact><Fact label={t.words}>{of.words}</Fact></Facts>
        <ProofFields proof={proof} tried={tried.value} />
        {isWaiting(of) && <TextField label={t.refuseWhy} value={why.value} max={300} onInput={(v) => { why.value = v; }} />}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button>{isWaiting(of) && <Button kind="danger" busy={act.busy ? t.consentBusy : false} onClick={() => { void say_it(false); }}>{t.refuses}</Button>}<Button type="submit" kind="primary" busy={act.busy ? t.consentBusy : false}>{t.agrees}</Button></div>
      </form>
    </Dialog>
  );
}

export const Parts = ({ of, top = false }: { of: Packet; top?: boolean }) => <div class="tf-packet" tabIndex={0} role="region" aria-label={of.title}>{of.parts.map((p) => <section key={p.title}>{top ? <h2>{p.title}</h2> : <h3>{p.title}</h3>}<p class="plain">{p.text === '' ? transferText().nothing : p.text}</p></section>)}</div>;

/** Read, and signed with the own password: what stands here and nothing else. */
function SignPacket({ of, onDone, onClose }: { of: Transfer; onDone: () => void; onClose: () => void }) {
  const t = transferText();
  const load = useLoad(() => packet(of.id), of.id);
  const password = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const shown = load.value.value;
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (shown === null || password.value === '') return;
    const done = await act.run(signPacket(of.id, shown.digest, password.value));
    password.value = '';
    if (done.ok) { say(t.signed); onDone(); } else { tried.value = false; void load.again(); }
  };
  return (
    <Dialog title={shown?.title ?? t.packet} sub={t.packetSub(of.hospital_name)} wide onClose={onClose}>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {shown === null ? <Skeleton /> : <Parts of={shown} />}
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <PasswordField label={text().login.password} value={password.value} onInput={(v) => { password.value = v; }} error={tried.value && password.value === '' ? t.required : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" disabled={shown === null} busy={act.busy ? t.signing : false}>{t.sign}</Button></div>
      </form>
    </Dialog>
  );
}

function PacketSection({ of, again }: { of: Transfer; again: () => void }) {
  const t = transferText();
  const signing = useSignal(false);
  const drawing = useSignal(false);
  const fault = useSignal<Fault | null>(null);
  const print = async (): Promise<void> => { drawing.value = true; fault.value = await printed(packetPdf(of.id)); drawing.value = false; };
  return (
    <Section id="packet" title={t.packet} end={of.packet === '' ? <St tone="warn">{t.packetUnsigned}</St> : <St tone="ok">{t.packetSigned}</St>}>
      <div class="gap-4">
      <p class="muted">{t.packetHelp}</p>
      <FaultNotice fault={fault.value} />
      <div class="row wrap">
        {has('clinic-doctor') && !of.over && <Button kind={of.packet === '' ? 'primary' : ''} icon="note" onClick={() => { signing.value = true; }}>{of.packet === '' ? t.packetRead : t.packetAgain}</Button>}
        {of.packet !== '' && <Button icon="print" busy={drawing.value ? t.packetPrinting : false} onClick={() => { void print(); }}>{t.packetPrint}</Button>}
      </div>
      </div>
      {signing.value && <SignPacket of={of} onDone={() => { signing.value = false; again(); }} onClose={() => { signing.value = false; }} />}
    </Section>
  );
}

function Actions({ of, again }: { of: Transfer; again: () => void }) {
  const t = transferText();
  const act = useAct();
  const open = useSignal<'' | 'consent' | 'call-off'>('');
  const step = async (verb: 'approve' | 'depart' | 'admit', words: string): Promise<void> => { const r = await act.run(transferStep(of.id, verb)); if (r.ok) { say(words); again(); } };
  const done = (): void => { open.value = ''; again(); };
  const rushes = of.kind === 'emergency';
  const mayApprove = has('clinic-doctor') && of.approved === null && (rushes || of.consented !== null);
  const away = of.state === 'departed' || of.state === 'at-hospital';
  return (
    <>
      {has('clinic-doctor') && of.approved === null && !mayApprove && <p class="muted">{t.approveNeeds}</p>}
      <FaultNotice fault={act.fault} />
      <div class="row wrap">
        {of.consented === null && <Button kind={mayApprove ? '' : 'primary'} onClick={() => { open.value = 'consent'; }}>{t.consent}</Button>}
        {mayApprove && <Button kind="primary" icon="check" busy={act.busy ? t.approveBusy : false} onClick={() => { void step('approve', t.approved); }}>{t.approve}</Button>}
        {isWaiting(of) && (rushes || of.state === 'ready') && <Button busy={act.busy ? t.stepBusy : false} onClick={() => { void step('depart', t.states['departed'] ?? ''); }}>{t.depart}</Button>}
        {away && <Button busy={act.busy ? t.stepBusy : false} onClick={() => { void step('admit', t.states['admitted'] ?? ''); }}>{t.admit}</Button>}
        {isWaiting(of) && <Button kind="plain" onClick={() => { open.value = 'call-off'; }}>{t.callOff}</Button>}
      </div>
      {open.value === 'consent' && <Consent of={of} onDone={done} onClose={() => { open.value = ''; }} />}
      {open.value === 'call-off' && <ReasonDialog title={t.callOff} sub={t.callOffSub} act={t.callOff} busy={t.callOffBusy} danger draft={['transfer-off', of.id]} call={(reason) => transferStep(of.id, 'call-off', { reason })} onDone={done} onClose={() => { open.value = ''; }} />}
    </>
  );
}

function TransferPage({ id }: { id: string }) {
  const t = transferText();
  const load = useLoad(() => transfer(id), `${id} ${news.agenda.value}`);
  const of = load.value.value;
  const again = (): void => { void load.again(); };
  if (of === null) return <><PageHead title={t.title} /><FaultNotice fault={load.fault.value} again={again} />{load.slow.value ? <Skeleton /> : null}</>;
  const escort = of.escort;
  return (
    <>
      <PageHead title={t.askTitle(of.patient.name)} sum={<><span class="num">{of.patient.number}</span> {of.patient.cell}</>} end={<a class="btn" href={`/patients/${of.patient.id}`}>{text().nav.chart}</a>} />
      <FaultNotice fault={load.fault.value} again={again} />
      <div class="gap-5">
        <div class="row wrap"><TransferMark of={of} /><Due of={of} /></div>
        <Steps of={of} />
        {!of.over && <Actions of={of} again={again} />}
        <Facts>
          <Fact label={t.kind}>{t.kinds[of.kind]}</Fact>
          <Fact label={t.hospital}>{of.hospital_name}</Fact>
          <Fact label={t.words} note={t.by(of.by)}>{of.words}</Fact>
          <Fact label={t.leave}><span class="num">{stamp(of.from)}</span></Fact>
          <Fact label={t.until}><span class="num">{stamp(of.until)}</span></Fact>
          <Fact label={t.meansLabel}>{t.means[of.means]}</Fact>
          <Fact label={t.escort}>{escort === null || !escort.arranged ? t.escortNone : t.escortLine(escort.lead, escort.officers, t.vehicles[escort.vehicle] ?? '')}</Fact>
          {of.approved_by !== '' && <Fact label={t.steps['approved'] ?? ''}>{of.approved_by}</Fact>}
          {of.why !== '' && <Fact label={t.states[of.state] ?? ''}>{of.why}</Fact>}
          {of.visit !== '' && <Fact label={t.visit}><a href={`/opinions/${of.visit}`}>{t.openVisit}</a></Fact>}
        </Facts>
        {of.state !== 'refused' && of.state !== 'called-off' && <PacketSection of={of} again={again} />}
      </div>
    </>
  );
}
