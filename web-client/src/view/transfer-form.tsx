/* Asking for a way to a hospital outside: from the chart, or by taking up a specialist's advice. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { transferText } from '../text/transfer';
import type { Call } from '../wire/http';
import { transferHospitals, transferKinds, transferMeans, type Asking, type TransferKind, type TransferMeans } from '../wire/transfers';
import { serverNow } from '../state/clock';
import { fieldOf, readField } from '../state/field';
import { useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, FaultNotice, Notice } from '../ui/parts';

const tomorrow_ms = 86_400_000;
const longest = 10_080;
const whole = (typed: string, least: number, most: number): number | null => {
  const n = Number(typed);
  return /^\d+$/.test(typed.trim()) && n >= least && n <= most ? n : null;
};

export function TransferForm<T>({ name, words: said, kind: first, call, onDone, onClose }: { name: string; words: string; kind: TransferKind; call: (a: Asking) => Call<T>; onDone: (made: T) => void; onClose: () => void }) {
  const t = transferText();
  const hospitals = useLoad(transferHospitals, 0);
  const kind = useSignal<TransferKind>(first);
  const hospital = useSignal('');
  const means = useSignal<TransferMeans>('walking');
  const officers = useSignal('2');
  const from = useSignal(fieldOf(serverNow() + tomorrow_ms));
  const minutes = useSignal('240');
  const words = useSignal(said);
  const tried = useSignal(false);
  const act = useAct();
  const rushes = kind.value === 'emergency';
  const leaves = from.value === '' ? null : readField(from.value);
  const many = whole(officers.value, 1, 12);
  const long = whole(minutes.value, 30, longest);
  const isBad = hospital.value === '' || words.value.trim() === '' || many === null || long === null || (!rushes && (leaves === null || leaves < serverNow()));
  const need = (bad: boolean, why = t.needed): string | undefined => (tried.value && bad ? why : undefined);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (isBad || many === null || long === null) return;
    const made = await act.run(call({ kind: kind.value, hospital: hospital.value, means: means.value, officers: many, from: rushes ? null : leaves, minutes: long, words: words.value.trim() }));
    if (made.ok) onDone(made.value);
  };
  return (
    <Dialog title={t.askTitle(name)} sub={t.askSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={t.kind} value={kind.value} options={transferKinds.map((value) => ({ value, words: t.kinds[value] ?? value }))} onPick={(v) => { kind.value = v; }} />
        <SelectField label={t.hospital} value={hospital.value} options={[{ value: '', words: t.choose }, ...(hospitals.value.value ?? []).map((h) => ({ value: h.id, words: h.name }))]} onPick={(v) => { hospital.value = v; }} error={need(hospital.value === '')} />
        <FaultNotice fault={hospitals.fault.value} again={() => { void hospitals.again(); }} />
        {rushes ? <Notice tone="warn">{t.fromNow}</Notice> : <TextField label={t.from} type="datetime-local" value={from.value} onInput={(v) => { from.value = v; }} error={need(leaves === null || leaves < serverNow(), t.badTime)} />}
        <TextField label={t.minutes} mode="numeric" max={5} value={minutes.value} onInput={(v) => { minutes.value = v; }} error={need(long === null)} />
        <SelectField label={t.meansLabel} value={means.value} options={transferMeans.map((value) => ({ value, words: t.means[value] ?? value }))} onPick={(v) => { means.value = v; }} />
        <TextField label={t.officers} mode="numeric" max={2} value={officers.value} onInput={(v) => { officers.value = v; }} error={need(many === null)} />
        <TextField label={t.words} help={t.wordsHelp} max={1000} value={words.value} onInput={(v) => { words.value = v; }} error={need(words.value.trim() === '')} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.sending : false}>{t.send}</Button></div>
      </form>
    </Dialog>
  );
}
