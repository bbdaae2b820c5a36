/* Somebody leaves for good: the summary read and signed by the doctor, printed, handed over with a receipt, and sent on with consent. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { transferText } from '../text/transfer';
import { handLeaving, leaving, leavingPdf, leavings, sendLeaving, signLeaving, type Leaving } from '../wire/leaving';
import { stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { printed } from '../state/print';
import { path } from '../state/route';
import { has } from '../state/session';
import type { Fault } from '../wire/fault';
import { Dialog } from '../ui/dialog';
import { PasswordField, TextField } from '../ui/form';
import { Button, Fact, Facts, FaultNotice, PageHead, Section, Skeleton, St } from '../ui/parts';
import { Parts } from './transfers';
import './transfer.css';

const tone = { drafted: 'warn', signed: 'act', handed: 'act', closed: 'ok' } as const;

/** On Today. Nothing where nobody leaves. */
export function LeavingToday() {
  const t = transferText();
  const load = useLoad(leavings, news.agenda.value);
  const rows = load.value.value ?? [];
  if (load.fault.value !== null) return <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />;
  if (rows.length === 0) return null;
  return (
    <Section id="leaving-today" title={t.leaving} count={rows.length}>
      <ul class="tf-list">{rows.map((r) => <li key={r.id}><a href={`/leaving/${r.id}`}>{r.patient.name} <span class="num">{r.patient.number}</span></a><St tone={tone[r.state]}>{t.leavingStates[r.state]}</St><small class="muted">{t.leavingSince(stamp(r.asked))}</small></li>)}</ul>
    </Section>
  );
}

function Sign({ id, digest, onDone, onClose }: { id: string; digest: string; onDone: () => void; onClose: () => void }) {
  const t = transferText();
  const password = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (password.value === '') return;
    const done = await act.run(signLeaving(id, digest, password.value));
    password.value = '';
    if (done.ok) { say(t.signed); onDone(); }
  };
  return (
    <Dialog title={t.leavingSign} sub={t.leavingSignSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <PasswordField label={text().login.password} value={password.value} onInput={(v) => { password.value = v; }} focus error={tried.value && password.value === '' ? t.required : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.signing : false}>{t.sign}</Button></div>
      </form>
    </Dialog>
  );
}

/** What is left to do: one field and its button. */
function Step({ of, again }: { of: Leaving; again: () => void }) {
  const t = transferText();
  const words = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const isHanding = of.state === 'signed';
  const run = async (agrees: boolean): Promise<void> => {
    tried.value = agrees;
    if (agrees && words.value.trim() === '') return;
    const r = await act.run(isHanding ? handLeaving(of.id, words.value.trim()) : sendLeaving(of.id, agrees ? words.value.trim() : ''));
    if (r.ok) { say(t.leavingStates[r.value.state] ?? ''); words.value = ''; tried.value = false; again(); }
  };
  return (
    <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void run(true); }}>
      <TextField label={isHanding ? t.leavingWitness : t.leavingTo} help={isHanding ? t.leavingWitnessHelp : t.leavingToHelp} max={60} value={words.value} onInput={(v) => { words.value = v; }} error={tried.value && words.value.trim() === '' ? t.needed : undefined} />
      <FaultNotice fault={act.fault} />
      <div class="row wrap"><Button type="submit" kind="primary" busy={act.busy ? t.stepBusy : false}>{isHanding ? t.leavingHand : t.leavingSend}</Button>{!isHanding && <Button busy={act.busy ? t.stepBusy : false} onClick={() => { void run(false); }}>{t.leavingNotSent}</Button>}</div>
    </form>
  );
}

export function LeavingPage() {
  const t = transferText();
  const id = /^\/leaving\/([A-Za-z0-9.-]{1,64})$/.exec(path.value)?.[1] ?? '-';
  const load = useLoad(() => leaving(id), `${id} ${news.agenda.value}`);
  const signing = useSignal(false);
  const drawing = useSignal(false);
  const fault = useSignal<Fault | null>(null);
  const again = (): void => { void load.again(); };
  const whole = load.value.value;
  const print = async (): Promise<void> => { drawing.value = true; fault.value = await printed(leavingPdf(id)); drawing.value = false; };
  if (whole === null) return <><PageHead title={t.leaving} /><FaultNotice fault={load.fault.value} again={again} />{load.slow.value ? <Skeleton /> : null}</>;
  const of = whole.row;
  const maySign = has('clinic-doctor') && (of.state === 'drafted' || of.state === 'signed');
  return (
    <>
      <PageHead title={t.leavingOf(of.patient.name)} sum={<><span class="num">{of.patient.number}</span> {of.patient.cell}</>} end={<a class="btn" href={`/patients/${of.patient.id}`}>{text().nav.chart}</a>} />
      <FaultNotice fault={load.fault.value ?? fault.value} again={again} />
      <div class="gap-5">
        <div class="row wrap"><St tone={tone[of.state]}>{t.leavingStates[of.state]}</St></div>
        {of.state !== 'closed' && of.state !== 'handed' && <Parts of={whole} top />}
        <div class="row wrap">
          {maySign && <Button kind={of.state === 'drafted' ? 'primary' : ''} icon="note" onClick={() => { signing.value = true; }}>{of.state === 'drafted' ? t.leavingSign : t.leavingSignAgain}</Button>}
          {of.summary !== '' && <Button icon="print" busy={drawing.value ? t.packetPrinting : false} onClick={() => { void print(); }}>{t.packetPrint}</Button>}
        </div>
        {(of.state === 'signed' || of.state === 'handed') && <Step key={of.state} of={of} again={again} />}
        {of.handed !== null && <Facts><Fact label={t.leavingHanded} note={of.receipt}><span class="num">{stamp(of.handed)}</span></Fact>{of.state === 'closed' && <Fact label={t.leavingTo}>{of.to === '' ? t.leavingNone : of.to}</Fact>}</Facts>}
      </div>
      {signing.value && <Sign id={of.id} digest={whole.digest} onDone={() => { signing.value = false; again(); }} onClose={() => { signing.value = false; again(); }} />}
    </>
  );
}
