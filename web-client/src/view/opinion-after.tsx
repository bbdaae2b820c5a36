/* After the opinion is signed: each advice ordered or declined, one click each, by the same checks as every order; the patient told in plain words. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { opinionText } from '../text/opinion';
import * as wire from '../wire/opinion';
import type { Call } from '../wire/http';
import { draftKey } from '../wire/session';
import { useDraft } from '../state/draft';
import { stamp } from '../state/format';
import { say, useAct } from '../state/load';
import { DateInput } from '../ui/date';
import { Dialog } from '../ui/dialog';
import { Check, DraftText, TextField } from '../ui/form';
import { Button, FaultNotice, Section, St } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { Prescribing } from './chart-order-form';
import { TransferForm } from './transfer-form';

type Opened = { is: 'none' } | { is: wire.Kind | 'decline'; one: wire.Advice };
interface Doing { o: wire.Opinion; one: wire.Advice; onDone: () => void; onClose: () => void }

function WordsDialog({ title, one, withDue, call, onDone, onClose }: Pick<Doing, 'one' | 'onDone' | 'onClose'> & { title: string; withDue: boolean; call: (words: string, due: string) => Call<unknown> }) {
  const t = opinionText();
  const words = useSignal(one.words);
  const due = useSignal(one.due);
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (words.value.trim() === '' || (withDue && due.value === '')) return;
    const r = await act.run(call(words.value.trim(), due.value));
    if (r.ok) onDone();
  };
  const bad = tried.value && withDue && due.value === '';
  return (
    <Dialog title={title} sub={t.asked(one.words)} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={t.words} value={words.value} onInput={(v) => { words.value = v; }} max={600} focus error={tried.value && words.value.trim() === '' ? t.proofNeeded : undefined} />
        {withDue && <div class={`field${bad ? ' bad' : ''}`}><label for="fu-due">{t.due}</label><DateInput id="fu-due" name="due" value={due.value} withTime={false} invalid={bad} described={bad ? 'fu-due-e' : undefined} onInput={(v) => { due.value = v; }} onBad={() => undefined} />{bad && <p class="error" id="fu-due-e" role="alert">{t.dueNeeded}</p>}</div>}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.orderBusy : false}>{t.order}</Button></div>
      </form>
    </Dialog>
  );
}

function Line({ o, one, pick, again }: { o: wire.Opinion; one: wire.Advice; pick: (to: Opened) => void; again: () => void }) {
  const t = opinionText();
  const act = useAct();
  const run = async (call: Call<unknown>): Promise<void> => { const r = await act.run(call); if (r.ok) { say(t.orderDone); again(); } };
  const ways: Record<wire.Kind, { words: string; go: () => void }> = {
    medication: { words: t.order, go: () => { pick({ is: 'medication', one }); } },
    examination: { words: t.examine, go: () => { pick({ is: 'examination', one }); } },
    'follow-up': { words: t.review, go: () => { pick({ is: 'follow-up', one }); } },
    referral: { words: t.sendOut, go: () => { pick({ is: 'referral', one }); } },
    other: { words: t.takeUp, go: () => { void run(wire.takeUp(o.visit, one.id)); } },
  };
  const way = ways[one.kind];
  const became = one.order === '' ? '' : t.orderStates[one.order_status] ?? one.order_status;
  return (
    <li class="op-advice" data-item={one.id} data-state={one.state}>
      <div class="op-advice-words"><b>{t.kinds[one.kind]}</b> <span>{one.words}</span>{one.due !== '' && <span class="muted"> {t.due} {one.due}</span>}</div>
      <div class="row wrap">
        <St tone={one.state === 'open' ? 'warn' : one.state === 'declined' ? undefined : 'ok'}>{t.adviceStates[one.state]}</St>{became !== '' && <span class="muted small">{became}</span>}{one.kind === 'referral' && one.order.startsWith('ServiceRequest/') && <a href={`/transfers/${one.order.slice('ServiceRequest/'.length)}`}>{t.sentOut}</a>}
        {one.reason !== '' && (one.state === 'declined' || one.state === 'open') && <span class="muted small">{one.reason}</span>}
        {one.by !== '' && <span class="muted small">{t.lastBy(one.by, one.at === '' ? '' : stamp(Date.parse(one.at)))}</span>}
        {o.may.decide && one.state === 'open' && <><Button onClick={way.go} busy={act.busy ? t.orderBusy : false}>{way.words}</Button><Button kind="plain" onClick={() => { pick({ is: 'decline', one }); }}>{t.decline}</Button></>}
        {o.may.decide && one.state === 'ordered' && <Button kind="plain" onClick={() => { void run(wire.finish(o.visit, one.id)); }}>{t.done}</Button>}
      </div>
      <FaultNotice fault={act.fault} />
    </li>
  );
}

function Telling({ o, again }: { o: wire.Opinion; again: () => void }) {
  const t = opinionText();
  const box = useDraft(draftKey('telling', o.visit));
  const whole = useSignal(true);
  const tried = useSignal(false);
  const holding = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (box.text.value.trim() === '') return;
    const r = await act.run(wire.tell(o.visit, box.text.value.trim(), whole.value));
    if (!r.ok) return;
    await box.drop();
    say(t.tellDone);
    again();
  };
  if (o.told !== null) return <Section id="telling" title={t.tell} end={<St tone="ok">{t.told(o.told.by, stamp(o.told.at))}</St>}><p class="plain">{o.told.words}</p>{o.told.opinion && <p class="muted">{t.toldWith}</p>}</Section>;
  if (!o.may.decide) return null;
  return (
    <Section id="telling" title={t.tell}>
      {o.held !== null && <p class="muted">{t.heldLine(o.held.by, stamp(o.held.at), o.held.reason)}</p>}
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <DraftText label={t.tellWords} help={t.tellHelp} box={box} rows={3} error={tried.value && box.text.value.trim() === '' ? t.proofNeeded : undefined} />
        <Check label={t.tellWith} checked={whole.value} onPick={(on) => { whole.value = on; }} />
        <FaultNotice fault={act.fault} />
        <div class="row wrap"><Button type="submit" kind="primary" busy={act.busy ? t.tellBusy : false}>{t.tellDo}</Button>{o.held === null && <Button kind="plain" onClick={() => { holding.value = true; }}>{t.hold}</Button>}</div>
      </form>
      {holding.value && <ReasonDialog title={t.holdTitle} sub={t.holdHelp} act={t.hold} busy={t.holdBusy} draft={['telling-hold', o.visit]} call={(reason) => wire.hold(o.visit, reason)} onDone={() => { holding.value = false; again(); }} onClose={() => { holding.value = false; }} />}
    </Section>
  );
}

/** What keeps the visit from being closed. */
function Ends({ o }: { o: wire.Opinion }) {
  const t = opinionText();
  const left = [o.open.signatures ? t.openSign : '', o.open.advice > 0 ? t.openAdvice(o.open.advice) : '', o.open.telling ? t.openTell : ''].filter((w) => w !== '');
  return <p class="op-ends"><b>{t.open}</b> {left.length === 0 ? <St tone="ok">{t.openNone}</St> : left.map((w) => <St key={w} tone="warn">{w}</St>)}</p>;
}

export function After({ o, again }: { o: wire.Opinion; again: () => void }) {
  const t = opinionText();
  const open = useSignal<Opened>({ is: 'none' });
  const close = (): void => { open.value = { is: 'none' }; };
  const done = (): void => { close(); say(t.orderDone); again(); };
  const at = open.value;
  return (
    <>
      {o.advice.length > 0 && <Section id="advice" title={t.advice} end={o.open.advice > 0 ? <St tone="warn">{t.adviceOpen(o.open.advice)}</St> : <St tone="ok">{t.adviceClosed}</St>}>
        <ul class="op-advices">{o.advice.map((one) => <Line key={one.id} o={o} one={one} pick={(to) => { open.value = to; }} again={again} />)}</ul>
      </Section>}
      <Telling o={o} again={again} />
      {o.may.decide && <Ends o={o} />}
      {at.is === 'medication' && <Prescribing patient={o.patient} encounter={o.visit} hint={t.asked(at.one.words)} call={(p, override) => wire.orderDrug(o.visit, at.one.id, p, override)} onDone={done} onClose={close} />}
      {at.is === 'examination' && <WordsDialog title={t.examineTitle} one={at.one} withDue={false} call={(words) => wire.orderExamination(o.visit, at.one.id, words)} onDone={done} onClose={close} />}
      {at.is === 'follow-up' && <WordsDialog title={t.reviewTitle} one={at.one} withDue call={(words, due) => wire.orderReview(o.visit, at.one.id, words, due)} onDone={done} onClose={close} />}
      {at.is === 'referral' && <TransferForm name={t.kinds.referral ?? ''} words={at.one.words} kind="referral" call={(a) => wire.sendOut(o.visit, at.one.id, a)} onDone={done} onClose={close} />}
      {at.is === 'decline' && <ReasonDialog title={t.declineTitle} sub={t.declineHelp} act={t.decline} busy={t.declineBusy} draft={['decline', o.visit, at.one.id]} call={(reason) => wire.decline(o.visit, at.one.id, reason)} onDone={done} onClose={close} />}
    </>
  );
}
