/* Asking for an export: a doctor names a patient by number, an officer by the id of an order, or rows of the trail; or many records at once. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { exportsText } from '../text/exports';
import * as wire from '../wire/exports';
import type { ExportFormat, ExportKind, ExportLevel } from '../wire/exports';
import { readPatient, search } from '../wire/fhir';
import { siteMidnight } from '../state/format';
import { say, useAct } from '../state/load';
import { session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, FaultNotice } from '../ui/parts';

const least = 4;
const iso = (date: string, days: number): string => new Date(siteMidnight(date, days)).toISOString();

export function ExportAsk({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = text();
  const x = exportsText();
  const officer = session.value?.account.roles.includes('privacy-officer') === true;
  const kind = useSignal<ExportKind>('record');
  const format = useSignal<ExportFormat>('pdf');
  const patient = useSignal('');
  const actor = useSignal('');
  const action = useSignal('');
  const from = useSignal('');
  const level = useSignal<ExportLevel>('patient');
  const types = useSignal('');
  const since = useSignal('');
  const to = useSignal('');
  const recipient = useSignal('');
  const reason = useSignal('');
  const code = useSignal('');
  const tried = useSignal(false);
  const absent = useSignal(false);
  const act = useAct();

  const short = (v: string): boolean => [...v.trim()].length < least;
  const record = kind.value === 'record';
  const bulk = kind.value === 'bulk';
  const wrong = { patient: record && patient.value.trim() === '', recipient: short(recipient.value), reason: short(reason.value), code: code.value.trim() === '' };

  /** What the doctor typed is a number on a card; the record goes by its id. */
  const idOf = async (): Promise<string | null> => {
    const typed = patient.value.trim();
    if (officer || typed === '') return typed;
    const found = await act.run(search('Patient', readPatient, [['identifier', typed], ['_count', '2']]));
    if (!found.ok) return null;
    absent.value = found.value.found.length !== 1;
    return found.value.found[0]?.id ?? null;
  };
  const submit = async (): Promise<void> => {
    tried.value = true;
    absent.value = false;
    if (Object.values(wrong).some(Boolean)) return;
    const id = bulk ? '' : await idOf();
    if (id === null || absent.value) return;
    const scope = record ? {} : bulk ? {
      level: level.value, ...(types.value.trim() === '' ? {} : { types: types.value.split(/[^A-Za-z]+/).filter((v) => v !== '').join(',') }), ...(since.value === '' ? {} : { since: iso(since.value, 0) }),
    } : {
      ...(actor.value.trim() === '' ? {} : { actor: actor.value.trim() }), ...(action.value === '' ? {} : { action: action.value }),
      ...(from.value === '' ? {} : { from: iso(from.value, 0) }), ...(to.value === '' ? {} : { to: iso(to.value, 1) }),
    };
    const result = await act.run(wire.askExport({ kind: kind.value, format: bulk ? 'ndjson' : format.value, ...(bulk || id === '' ? {} : { patient: id }), ...scope, recipient: recipient.value.trim(), reason: reason.value.trim(), code: code.value.trim() }));
    code.value = '';
    if (!result.ok) return;
    say(x.sent);
    onDone();
  };

  const needs = (w: boolean, words: string): string | undefined => (tried.value && w ? words : undefined);
  return (
    <Dialog title={x.ask} sub={x.sum} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={x.kind} value={kind.value} options={wire.kinds.filter((v) => officer || v !== 'audit').map((v) => ({ value: v, words: x.kinds[v] }))} onPick={(v) => { kind.value = v; }} />
        {bulk ? <>
          <SelectField label={x.level} value={level.value} options={wire.levels.map((v) => ({ value: v, words: x.levels[v] }))} onPick={(v) => { level.value = v; }} />
          <TextField label={x.types} help={x.typesHelp} value={types.value} max={400} onInput={(v) => { types.value = v; }} />
          <TextField label={x.since} type="date" value={since.value} onInput={(v) => { since.value = v; }} />
        </> : <TextField label={!officer ? x.number : record ? x.patient : x.patientAny} help={!officer ? x.numberHelp : record ? x.patientHelp : undefined} value={patient.value} max={64} focus onInput={(v) => { patient.value = v; absent.value = false; }} error={absent.value ? x.noNumber : needs(wrong.patient, t.required)} />}
        {kind.value === 'audit' && <>
          <TextField label={x.actor} value={actor.value} max={40} onInput={(v) => { actor.value = v; }} />
          <SelectField label={x.action} value={action.value} options={[{ value: '', words: x.anyAction }, ...Object.entries(t.audit.actions).map(([value, words]) => ({ value, words }))]} onPick={(v) => { action.value = v; }} />
          <div class="two"><TextField label={x.from} type="date" value={from.value} onInput={(v) => { from.value = v; }} /><TextField label={x.to} type="date" value={to.value} onInput={(v) => { to.value = v; }} /></div>
        </>}
        <TextField label={x.recipient} help={x.recipientHelp} value={recipient.value} max={120} onInput={(v) => { recipient.value = v; }} error={needs(wrong.recipient, x.tooShort)} />
        <TextField label={x.reason} help={x.reasonHelp} value={reason.value} max={300} onInput={(v) => { reason.value = v; }} error={needs(wrong.reason, x.tooShort)} />
        {bulk ? <p class="muted">{x.formats.ndjson}</p> : <SelectField label={x.format} value={format.value} options={(['pdf', 'zip'] as const).map((v) => ({ value: v, words: x.formats[v] }))} onPick={(v) => { format.value = v; }} />}
        <TextField label={x.code} value={code.value} onInput={(v) => { code.value = v; }} name="code" auto="one-time-code" mode="numeric" code max={16} error={needs(wrong.code, t.required)} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? x.sending : false}>{x.send}</Button></div>
      </form>
    </Dialog>
  );
}
