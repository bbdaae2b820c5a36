/* Lawful erasure: the privacy officer asks, another person decides. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { careText } from '../text/care';
import { askErasure, decideErasure, erasures, type Erasure } from '../wire/erasures';
import { exact } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { has, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Button, Empty, FaultNotice, Notice, PageHead, Skeleton, St } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { PatientRef } from './patient-ref';
import { RecordingKeeping } from './recording-keeping';

const Code = ({ value, onInput, tried, focus = false }: { value: string; onInput: (v: string) => void; tried: boolean; focus?: boolean }) =>
  <TextField label={careText().code} value={value} onInput={onInput} name="code" auto="one-time-code" mode="numeric" code focus={focus} max={16} error={tried && value.trim() === '' ? text().required : undefined} />;

function AskDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = careText();
  const patient = useSignal('');
  const reason = useSignal('');
  const code = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const short = [...reason.value.trim()].length < 4;
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (patient.value.trim() === '' || short || code.value.trim() === '') return;
    const r = await act.run(askErasure(patient.value.trim(), reason.value.trim(), code.value.trim()));
    code.value = '';
    if (!r.ok) return;
    say(t.erasureAsked);
    onDone();
  };
  return (
    <Dialog title={t.erasureAskTitle} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <Notice tone="bad">{t.erasureWarn}</Notice>
        <TextField label={t.patientId} help={t.patientIdHelp} value={patient.value} onInput={(v) => { patient.value = v; }} focus max={64} error={tried.value && patient.value.trim() === '' ? text().required : undefined} />
        <TextField label={t.basis} value={reason.value} onInput={(v) => { reason.value = v; }} max={300} error={tried.value && short ? t.basisShort : undefined} />
        <Code value={code.value} onInput={(v) => { code.value = v; }} tried={tried.value} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="danger" busy={act.busy ? t.erasureAsking : false}>{t.erasureAsk}</Button></div>
      </form>
    </Dialog>
  );
}

function DecideDialog({ erasure, verdict, onDone, onClose }: { erasure: Erasure; verdict: 'erase' | 'decline'; onDone: () => void; onClose: () => void }) {
  const t = careText();
  const code = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (code.value.trim() === '') return;
    const r = await act.run(decideErasure(erasure.id, verdict, code.value.trim()));
    code.value = '';
    if (!r.ok) return;
    say(t.decided);
    onDone();
  };
  return (
    <Dialog title={verdict === 'erase' ? t.eraseTitle : t.declineTitle} sub={<PatientRef id={erasure.patient} named />} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        {verdict === 'erase' && <Notice tone="bad">{t.eraseText}</Notice>}
        <p>{erasure.reason}</p>
        <Code value={code.value} onInput={(v) => { code.value = v; }} tried={tried.value} focus />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind={verdict === 'erase' ? 'danger' : 'primary'} busy={act.busy ? t.deciding : false}>{t[verdict]}</Button></div>
      </form>
    </Dialog>
  );
}

type Open = { is: 'none' } | { is: 'ask' } | { is: 'decide'; erasure: Erasure; verdict: 'erase' | 'decline' };

export function Erasures() {
  const t = careText();
  const load = useLoad(erasures, 0);
  const open = useSignal<Open>({ is: 'none' });
  const close = (): void => { open.value = { is: 'none' }; };
  const done = (): void => { close(); void load.again(); };
  const rows = load.value.value?.rows ?? null;
  const me = session.value?.account.id ?? '';
  const o = open.value;
  return (
    <>
      <PageHead title={t.erasures} sum={t.erasuresSum} end={has('privacy-officer') ? <Button onClick={() => { open.value = { is: 'ask' }; }}>{t.erasureAsk}</Button> : undefined} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {rows === null && load.slow.value && <Skeleton rows={3} />}
      {rows?.length === 0 && <Empty icon="shield" title={t.erasureNone}>{t.erasureNoneText}</Empty>}
      {rows !== null && rows.length > 0 && (
        <Table label={t.erasures} columns={[{ words: t.columnsErasure.patient }, { words: t.columnsErasure.why }, { words: t.columnsErasure.asked }, { words: t.columnsErasure.state }, { words: t.columnsErasure.act, hidden: true }]}>
          {rows.map((e) => (
            <Row key={e.id}>
              <td><PatientRef id={e.patient} named={e.decided === null} /></td><td>{e.reason}</td>
              <td data-col={t.columnsErasure.asked}>{e.asked_by.display}<small>{exact(e.asked)}</small></td>
              <td class="mark">{e.decided === null ? <St tone="warn">{t.erasureState.waiting}</St> : <><St tone={e.done ? 'bad' : undefined} icon={e.done ? 'x' : 'info'}>{e.done ? t.erasureState.done : t.erasureState.declined}</St><small>{e.decided_by?.display} {exact(e.decided)}</small></>}</td>
              <td class="act">{e.decided === null && (e.asked_by.id === me ? <span class="muted">{t.own}</span> : <><Button kind="danger" onClick={() => { open.value = { is: 'decide', erasure: e, verdict: 'erase' }; }}>{t.erase}</Button> <Button onClick={() => { open.value = { is: 'decide', erasure: e, verdict: 'decline' }; }}>{t.decline}</Button></>)}</td>
            </Row>
          ))}
        </Table>
      )}
      <RecordingKeeping />
      {o.is === 'ask' && <AskDialog onDone={done} onClose={close} />}
      {o.is === 'decide' && <DecideDialog erasure={o.erasure} verdict={o.verdict} onDone={done} onClose={close} />}
    </>
  );
}
