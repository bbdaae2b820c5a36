/* One sick call: what was said, when, and what is done about it: triage, a visit, an answer, the link to an earlier one. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { lang, text } from '../text';
import { agendaText } from '../text/agenda';
import { kioskEn } from '../text/kiosk.en';
import { kioskZh } from '../text/kiosk.zh';
import { sickText } from '../text/sick';
import { draftKey } from '../wire/session';
import { callDo, visitDo, voiceAt, type CallVerb, type SickCall } from '../wire/sick';
import { useDraft } from '../state/draft';
import { stamp } from '../state/format';
import { fieldOf, readField } from '../state/field';
import { say, useAct } from '../state/load';
import { fetchVoice } from '../state/voice';
import { serverNow } from '../state/clock';
import { go } from '../state/route';
import { has, send } from '../state/session';
import { levels, type Level } from '../state/today';
import { Dialog } from '../ui/dialog';
import { DraftText, TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Fact, Facts, FaultNotice, Notice, St, When } from '../ui/parts';

export type Mode = 'look' | 'triage' | 'plan' | 'answer';
interface Parts { call: SickCall; onChange: (call: SickCall) => void; onClose: () => void }

/** The visit begins and the chart opens on it; what is written there belongs to it. */
export async function seeNow(call: SickCall): Promise<boolean> {
  let visit = call.visit?.id ?? '';
  if (call.visit === null) {
    const planned = await send(callDo(call.id, 'visit'));
    if (!planned.ok) { say(planned.fault.message); return false; }
    visit = planned.value.visit?.id ?? '';
  }
  if (call.visit?.state !== 'in-progress') {
    const begun = await send(visitDo(visit, 'begin'));
    if (!begun.ok) { say(begun.fault.message); return false; }
  }
  go(`/patients/${call.patient.id}`);
  return true;
}

function useDo({ call, onChange }: Parts) {
  const act = useAct();
  const run = async (verb: CallVerb, body: Record<string, string>, words: string): Promise<SickCall | null> => {
    const r = await act.run(callDo(call.id, verb, body));
    if (!r.ok) return null;
    say(words);
    onChange(r.value);
    return r.value;
  };
  return { act, run };
}

function Triage({ onSaved, ...p }: Parts & { onSaved: (call: SickCall) => void }) {
  const a = agendaText();
  const s = sickText();
  const { act, run } = useDo(p);
  const was = p.call.triage;
  const level = useSignal<Level>((levels as readonly string[]).includes(was) ? was as Level : 'routine');
  const reason = useSignal('');
  const tried = useSignal(false);
  const lowers = was !== '' && levels.indexOf(level.value) > levels.indexOf(was as Level);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (lowers && reason.value.trim() === '') return;
    const saved = await run('triage', { triage: level.value, ...(lowers ? { reason: reason.value.trim() } : {}) }, s.triageDone);
    if (saved !== null) onSaved(saved);
  };
  return (
    <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
      <fieldset class="levels">
        <legend>{s.level}</legend>
        {levels.map((l, i) => (
          <label key={l} class="level">
            <input type="radio" name="level" value={l} checked={level.value === l} autofocus={i === 0 && was === ''} onChange={() => { level.value = l; }} />
            <span><span class={`urg ${l}`}><Icon name={l === 'emergency' ? 'u1' : l === 'urgent' ? 'warn' : 'time'} />{a.triage(l)}</span><small>{s.levelHelp(l)}</small></span>
          </label>
        ))}
      </fieldset>
      {lowers && <TextField label={s.reason} help={s.reasonHelp} value={reason.value} max={160} onInput={(v) => { reason.value = v; }} error={tried.value && reason.value.trim() === '' ? s.reasonFirst : undefined} />}
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={p.onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? s.triaging : false}>{s.triageDo}</Button></div>
    </form>
  );
}

function Plan({ onSaved, ...p }: Parts & { onSaved: () => void }) {
  const s = sickText();
  const { act, run } = useDo(p);
  const at = useSignal(fieldOf(serverNow() + 3_600_000));
  const when = at.value === '' ? null : readField(at.value);
  const plan = async (body: Record<string, string>): Promise<void> => { if ((await run('visit', body, s.planned)) !== null) onSaved(); };
  return (
    <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy && when !== null) void plan({ at: new Date(when).toISOString() }); }}>
      <TextField label={s.planAt} type="datetime-local" value={at.value} onInput={(v) => { at.value = v; }} />
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={() => { void plan({}); }}>{s.planNow}</Button><Button type="submit" kind="primary" disabled={when === null} busy={act.busy ? s.planning : false}>{s.planDo}</Button></div>
    </form>
  );
}

function Answer({ onSaved, ...p }: Parts & { onSaved: () => void }) {
  const s = sickText();
  const { act, run } = useDo(p);
  const box = useDraft(draftKey('sick-call', p.call.id, 'answer'));
  const tried = useSignal(false);
  const words = box.text.value.trim();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (words === '') return;
    if ((await run('answer', { answer: words }, s.answered)) === null) return;
    void box.drop();
    onSaved();
  };
  return (
    <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
      <DraftText label={s.answerLabel} help={s.answerHelp} box={box} focus error={tried.value && words === '' ? s.answerFirst : undefined} />
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={p.onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? s.answering : false}>{s.answerDo}</Button></div>
    </form>
  );
}

/** What may be about the same: proposed by the server, linked with a click. */
function Likes({ all, ...p }: Parts & { all: readonly SickCall[] }) {
  const s = sickText();
  const { act, run } = useDo(p);
  const others = p.call.like.map((id) => all.find((c) => c.id === id)).filter((c): c is SickCall => c !== undefined);
  if (others.length === 0) return null;
  return (
    <Notice tone="act"><b>{s.likeTitle}</b>
      {others.map((o) => <span key={o.id} class="like"><span>{s.likeText(o.received === null ? '' : stamp(o.received), o.words)}</span><Button label={`${s.link}: ${o.words}`} busy={act.busy ? s.link : false} onClick={() => { void run('link', { to: o.id }, s.linked); }}>{s.link}</Button></span>)}
      <FaultNotice fault={act.fault} />
    </Notice>
  );
}

function Doings({ onMode, ...p }: Parts & { onMode: (m: Mode) => void }) {
  const s = sickText();
  const { act, run } = useDo(p);
  const opening = useSignal(false);
  const state = p.call.state;
  const see = async (): Promise<void> => { opening.value = true; if (!await seeNow(p.call)) opening.value = false; };
  const maySee = has('clinic-doctor') && (state === 'triaged' || state === 'answered' || state === 'scheduled');
  const mayTriage = ['received', 'triaged', 'scheduled', 'answered'].includes(state);
  const close = async (): Promise<void> => { if ((await run('close', {}, s.closed)) !== null) p.onClose(); };
  const withdraw = async (): Promise<void> => { if ((await run('withdraw', {}, s.withdrawn)) !== null) p.onClose(); };
  return (
    <>
      <FaultNotice fault={act.fault} />
      <div class="actions">
        {state !== 'seen' && <Button kind="plain" label={`${s.withdraw}. ${s.withdrawSub}`} busy={act.busy ? s.withdrawing : false} onClick={() => { void withdraw(); }}>{s.withdraw}</Button>}
        {state === 'duplicate' && <Button onClick={() => { void run('part', {}, s.parted); }}>{s.part}</Button>}
        {state === 'triaged' && <Button onClick={() => { onMode('answer'); }}>{s.answer}</Button>}
        {(state === 'triaged' || state === 'answered') && <Button onClick={() => { onMode('plan'); }}>{s.plan}</Button>}
        {mayTriage && <Button kind={state === 'received' ? 'primary' : ''} onClick={() => { onMode('triage'); }}>{s.triage}</Button>}
        {(state === 'seen' || state === 'answered') && <Button onClick={() => { void close(); }}>{s.close}</Button>}
        {maySee && <Button kind="primary" busy={opening.value ? s.seeing : false} onClick={() => { void see(); }}>{s.see}</Button>}
      </div>
    </>
  );
}

/** The note by voice, heard in place. Each time that it is fetched stands in the trail. */
function VoiceNote({ call }: { call: SickCall }) {
  const s = sickText();
  const url = useSignal<string | null>(null);
  const state = useSignal<'none' | 'busy' | 'failed'>('none');
  useEffect(() => () => { if (url.peek() !== null) URL.revokeObjectURL(url.peek() ?? ''); }, []);
  const listen = async (): Promise<void> => {
    state.value = 'busy';
    url.value = await fetchVoice(voiceAt(call.id));
    state.value = url.value === null ? 'failed' : 'none';
  };
  const seconds = Math.max(1, Math.round((call.voice?.ms ?? 0) / 1000));
  return (
    <div class="row wrap" data-voice>
      {url.value !== null ? <audio controls autoplay src={url.value} aria-label={s.voice(seconds)} /> : <Button icon="speak" busy={state.value === 'busy' ? s.voiceLoading : false} onClick={() => { void listen(); }}>{s.voice(seconds)}</Button>}
      {state.value === 'failed' && <Notice tone="bad" live>{s.voiceFailed}</Notice>}
    </div>
  );
}

const Moment = ({ label, at }: { label: string; at: number | null }) => (at === null ? null : <Fact label={label}><When at={at} /></Fact>);

export function CallDialog({ call, all, mode: first, onChange, onClose }: Parts & { all: readonly SickCall[]; mode: Mode }) {
  const a = agendaText();
  const s = sickText();
  const mode = useSignal<Mode>(first === 'triage' && !['received', 'triaged', 'scheduled', 'answered'].includes(call.state) ? 'look' : first);
  const emergency = useSignal(false);
  const parts = { call, onChange, onClose: mode.value === 'look' || mode.value === first ? onClose : () => { mode.value = 'look'; } };
  const back = (): void => { if (first === 'look') mode.value = 'look'; else onClose(); };
  const triaged = (saved: SickCall): void => { if (saved.triage === 'emergency' && call.triage !== 'emergency') { emergency.value = true; mode.value = 'look'; } else back(); };
  const facts: ComponentChildren[] = [
    <Fact key="state" label={s.number(call.number)}><St tone={call.state === 'received' ? 'warn' : undefined}>{s.state(call.state)}</St>{call.triage !== '' && <> {a.triage(call.triage)}</>}</Fact>,
    <Moment key="received" label={s.receivedAt} at={call.received} />, <Moment key="triaged" label={s.triagedAt} at={call.triaged} />, <Moment key="seen" label={s.seenAt} at={call.seen} />,
  ];
  return (
    <Dialog title={`${call.patient.name} ${call.patient.number}`} sub={<>{call.patient.cell} <a href={`/patients/${call.patient.id}`}>{s.chart}</a></>} onClose={onClose}>
      <div class="gap-4">
        <blockquote class="said">{call.words}{call.regions.length > 0 ? <small>{call.regions.map((r) => (lang.value === 'zh' ? kioskZh : kioskEn).regions[r] ?? r).join(' · ')}</small> : call.place !== '' && <small>{s.places(call.place)}</small>}</blockquote>
        {call.voice !== null && <VoiceNote key={call.id} call={call} />}
        {emergency.value && <Notice tone="bad" live><b>{s.emergency}</b><br />{s.emergencyText} <a href="/rings">{s.ring}</a></Notice>}
        {mode.value === 'look' && <Facts>{facts}</Facts>}
        {call.clock !== '' && call.due !== null && <p class="muted">{s.due(call.clock, stamp(call.due))}</p>}
        {call.state === 'duplicate' && <p>{s.linkedTo}</p>}
        {call.answer !== '' && <Notice tone="act">{call.answer}</Notice>}
        <Likes {...parts} all={all} />
        {mode.value === 'look' && <Doings {...parts} onClose={onClose} onMode={(m) => { mode.value = m; }} />}
        {mode.value === 'triage' && <Triage {...parts} onSaved={triaged} />}
        {mode.value === 'plan' && <Plan {...parts} onSaved={back} />}
        {mode.value === 'answer' && <Answer {...parts} onSaved={back} />}
      </div>
    </Dialog>
  );
}
