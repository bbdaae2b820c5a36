/* An emergency goes first: the doctor says why and by when; what had to give way is told to the people it concerns, and here. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { override, type Booking, type Overridden, type Waiting } from '../wire/agenda';
import { now } from '../state/clock';
import { full } from '../state/format';
import { useAct } from '../state/load';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, FaultNotice, Notice, St } from '../ui/parts';

const hour = 3_600_000;
const within = ['2', '8', '24', '72'] as const;
const whoOf = (b: Booking): string => {
  const patient = b.seats.find((s) => s.need === 'patient');
  return patient?.name ?? b.seats.map((s) => s.name).filter((n) => n !== '').join(agendaText().and);
};

/** What became of each that lost its place: another time, or a person must find one. */
function Told({ result }: { result: Overridden }) {
  const a = agendaText();
  return (
    <div class="gap-4">
      <Notice tone="ok">{a.overrideDone(full(result.booking.start), a.state(result.booking.state))}</Notice>
      {result.displaced.length === 0 && result.engagements === 0 && <p>{a.overrideNone}</p>}
      {result.displaced.length > 0 && <b>{a.overrideGone}</b>}
      <ul class="seat-list">{result.displaced.map((b) => (
        <li key={b.id}><b>{whoOf(b)}</b><span class="end">{b.state === 'displaced' ? <St tone="warn">{a.state(b.state)}</St> : <St tone="ok">{a.moved(full(b.start))}</St>}</span></li>
      ))}</ul>
      {result.engagements > 0 && <p>{a.overrideEngagements(result.engagements)}</p>}
    </div>
  );
}

export function Override({ w, onClose }: { w: Waiting; onClose: () => void }) {
  const t = text();
  const a = agendaText();
  const act = useAct();
  const by = useSignal<(typeof within)[number]>('2');
  const why = useSignal('');
  const tried = useSignal(false);
  const result = useSignal<Overridden | null>(null);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (why.value.trim() === '') return;
    const done = await act.run(override(w, now.value + Number(by.value) * hour, why.value.trim()));
    if (done.ok) result.value = done.value;
  };
  return (
    <Dialog title={a.override} sub={w.name} onClose={onClose}>
      {result.value !== null ? (
        <div class="gap-4"><Told result={result.value} /><div class="actions"><Button kind="primary" onClick={onClose}>{t.close}</Button></div></div>
      ) : (
        <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
          <p class="muted">{a.overrideHelp}</p>
          <SelectField label={a.overrideWithin} value={by.value} options={within.map((v) => ({ value: v, words: a.overrideHours(Number(v)) }))} onPick={(v) => { by.value = v; }} />
          <TextField label={a.overrideWhy} value={why.value} max={160} error={tried.value && why.value.trim() === '' ? t.required : undefined} onInput={(v) => { why.value = v; }} />
          <FaultNotice fault={act.fault} />
          <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="danger" busy={act.busy ? a.overriding : false}>{a.overrideDo}</Button></div>
        </form>
      )}
    </Dialog>
  );
}
