/* How long recordings are kept: which are past their time, legal holds, and their end by two: the privacy officer asks, a doctor confirms. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { keepingText } from '../text/keeping';
import { askDeletion, decideDeletion, holdRecording, keeping, type KeptRecording } from '../wire/recording-keeping';
import { bytes, date, exact, hm } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { has, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Button, FaultNotice, Notice, Section, St } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { PatientRef } from './patient-ref';

type What = 'ask' | 'hold' | 'lift' | 'delete' | 'decline';

const titleOf = (what: What): string => {
  const t = keepingText();
  return { ask: t.askTitle, hold: t.holdTitle, lift: t.liftTitle, delete: t.confirmTitle, decline: t.declineTitle }[what];
};
const wordsOf = (what: What): string => {
  const t = keepingText();
  return { ask: t.ask, hold: t.hold, lift: t.lift, delete: t.confirm, decline: t.decline }[what];
};
const nameOf = (r: KeptRecording): string => `${date(r.started, true)} ${hm(r.started)}`;

function Step({ one, what, onDone, onClose }: { one: KeptRecording; what: What; onDone: () => void; onClose: () => void }) {
  const t = keepingText();
  const reason = useSignal('');
  const code = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const wantsReason = what === 'ask' || what === 'hold';
  const wantsCode = what === 'ask' || what === 'delete' || what === 'decline';
  const short = wantsReason && [...reason.value.trim()].length < 4;
  const blank = wantsCode && code.value.trim() === '';
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (short || blank) return;
    const r = what === 'ask' ? await act.run(askDeletion(one.recording, reason.value.trim(), code.value.trim()))
      : what === 'hold' || what === 'lift' ? await act.run(holdRecording(one.recording, what === 'hold', reason.value.trim()))
      : await act.run(decideDeletion(one.asked?.id ?? 0, what, code.value.trim()));
    code.value = '';
    if (!r.ok) return;
    say(t.done);
    onDone();
  };
  return (
    <Dialog title={titleOf(what)} sub={<span class="num">{nameOf(one)}</span>} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        {(what === 'ask' || what === 'delete') && <Notice tone="bad">{t.askText}</Notice>}
        {what === 'hold' && <p>{t.holdText}</p>}
        {what === 'lift' && <p>{t.liftText}</p>}
        {(what === 'delete' || what === 'decline') && <p>{one.asked?.reason}</p>}
        {wantsReason && <TextField label={t.basis} value={reason.value} onInput={(v) => { reason.value = v; }} focus max={300} error={tried.value && short ? t.basisShort : undefined} />}
        {wantsCode && <TextField label={t.code} value={code.value} onInput={(v) => { code.value = v; }} name="code" auto="one-time-code" mode="numeric" code focus={!wantsReason} max={16} error={tried.value && blank ? text().required : undefined} />}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind={what === 'ask' || what === 'delete' ? 'danger' : 'primary'} busy={act.busy ? t.doing : false}>{wordsOf(what)}</Button></div>
      </form>
    </Dialog>
  );
}

function State({ one }: { one: KeptRecording }) {
  const t = keepingText();
  if (one.deleted !== null) {
    const two = one.deleted_by !== null && one.confirmed_by !== null ? t.byTwo(one.deleted_by.display, one.confirmed_by.display) : t.withPatient;
    return <><St tone="bad" icon="x">{t.deleted}</St><small>{exact(one.deleted)} {two}</small></>;
  }
  if (one.ended === null) return <St tone="warn">{t.runs}</St>;
  if (one.held !== null) return <><St tone="warn" icon="shield">{t.held}</St><small>{one.held.reason} {one.held.by?.display}</small></>;
  if (one.asked !== null) return <><St tone="warn">{t.asked}</St><small>{one.asked.reason} {one.asked.by?.display}</small></>;
  return one.due !== null ? <St tone="warn">{t.due}</St> : <St icon="info">{t.kept}</St>;
}

function Acts({ one, onStep }: { one: KeptRecording; onStep: (what: What) => void }) {
  const me = session.value?.account.id ?? '';
  const button = (what: What, kind: '' | 'danger' = '') => <Button kind={kind} onClick={() => { onStep(what); }}>{wordsOf(what)}</Button>;
  if (one.deleted !== null || one.ended === null) return null;
  if (has('privacy-officer')) {
    const isFree = one.due !== null && one.held === null && one.asked === null;
    return <>{isFree && button('ask', 'danger')} {button(one.held === null ? 'hold' : 'lift')}</>;
  }
  return one.asked === null || one.asked.by?.id === me ? null : <>{one.held === null && button('delete', 'danger')} {button('decline')}</>;
}

function Rows({ label, rows, onStep }: { label: string; rows: readonly KeptRecording[]; onStep: (one: KeptRecording, what: What) => void }) {
  const t = keepingText();
  const c = t.columns;
  return (
    <Table label={label} columns={[{ words: c.recording }, { words: c.patient }, { words: c.until }, { words: c.state }, { words: c.act, hidden: true }]}>
      {rows.map((r) => (
        <Row key={r.recording}>
          <td><span class="num">{nameOf(r)}</span><small>{t.parts(r.files, bytes(r.bytes))}</small></td>
          <td data-col={c.patient}><PatientRef id={r.patient} named={false} /></td>
          <td data-col={c.until}><span class="num">{r.until === null ? t.forever : date(r.until, true)}</span></td>
          <td class="mark"><State one={r} /></td>
          <td class="act"><Acts one={r} onStep={(what) => { onStep(r, what); }} /></td>
        </Row>
      ))}
    </Table>
  );
}

export function RecordingKeeping() {
  const t = keepingText();
  const load = useLoad(keeping, news.keeping.value);
  const open = useSignal<{ one: KeptRecording; what: What } | null>(null);
  const all = load.value.value;
  if (all === null) return <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />;
  const isNews = (r: KeptRecording): boolean => r.due !== null || r.asked !== null || r.held !== null || r.deleted !== null;
  const matters = all.rows.filter(isNews);
  const others = all.rows.filter((r) => !isNews(r));
  const step = (one: KeptRecording, what: What): void => { open.value = { one, what }; };
  const done = (): void => { open.value = null; void load.again(); };
  return (
    <Section id="keeping" title={t.title}>
      <p class="muted">{t.sum(all.keep_days)}</p>
      {all.rows.length === 0 && <p>{t.none}</p>}
      {matters.length > 0 && <Rows label={t.title} rows={matters} onStep={step} />}
      {others.length > 0 && <details data-keeping="others"><summary>{t.others(others.length)}</summary><Rows label={t.others(others.length)} rows={others} onStep={step} /></details>}
      {open.value !== null && <Step one={open.value.one} what={open.value.what} onDone={done} onClose={() => { open.value = null; }} />}
    </Section>
  );
}

/** Deletions that the privacy officer asked for wait for a doctor. */
export function DeletionsWaiting() {
  const t = keepingText();
  const load = useLoad(keeping, news.keeping.value);
  const n = (load.value.value?.rows ?? []).filter((r) => r.asked !== null && r.held === null).length;
  return n === 0 ? null : <Notice tone="warn">{t.waiting(n)} <a href="/erasures">{t.look}</a></Notice>;
}

/** What is past its time is told to the privacy officer, who asks for its end. */
export function RecordingsDue() {
  const t = keepingText();
  const load = useLoad(keeping, news.keeping.value);
  const n = (load.value.value?.rows ?? []).filter((r) => r.due !== null && r.asked === null && r.held === null).length;
  return n === 0 ? null : <Notice tone="warn">{t.dueWaiting(n)} <a href="/erasures">{t.look}</a></Notice>;
}
