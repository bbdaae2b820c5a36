/* I want to be seen: where, how, a look over it, and the number at once. Nothing of it is kept here once it is sent or left. */
import { useSignal } from '@preact/signals';
import { useEffect, useId, useMemo } from 'preact/hooks';
import { kioskText } from '../text/kiosk';
import { kioskZh, type KioskDict } from '../text/kiosk.zh';
import * as wire from '../wire/kiosk';
import type { Fault } from '../wire/fault';
import type { Asked } from '../wire/kiosk';
import { useAct } from '../state/load';
import { go } from '../state/route';
import { Icon } from '../ui/icon';
import { Button, Notice } from '../ui/parts';
import { BodyPicture } from './kiosk-body';
import { openVoice } from '../state/voice';
import { KioskFault, KioskFoot, KioskHead } from './kiosk-parts';
import { KioskVoice } from './kiosk-voice';

type Step = 'where' | 'what' | 'look';
const order: readonly Step[] = ['where', 'what', 'look'];
const wordsMost = 500;

function Sent({ call, voiceFault, again }: { call: Asked; voiceFault: Fault | null; again: () => void }) {
  const t = kioskText().sent;
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={t.title} sub={t.text} aloud={[`${t.number} ${call.number}`]} />
        <p class="k-number"><span>{t.number}</span><b>{call.number}</b></p>
        {voiceFault !== null && <><Notice tone="warn" live>{kioskText().voice.lost}</Notice><KioskFault fault={voiceFault} again={again} /></>}
        {call.repeat && <Notice tone="act">{t.again}</Notice>}
      </main>
      <footer class="k-foot"><Button kind="primary" block onClick={() => { go('/me'); }}>{t.home}</Button></footer>
    </>
  );
}

export function KioskAsk() {
  const k = kioskText();
  const id = useId();
  const step = useSignal<Step>('where');
  const places = useSignal<string[]>([]);
  const picked = useSignal<string[]>([]);
  const since = useSignal('');
  const own = useSignal('');
  const sent = useSignal<Asked | null>(null);
  const voice = useMemo(openVoice, []);
  const voiceFault = useSignal<Fault | null>(null);
  const act = useAct();
  const speaking = useAct();
  useEffect(() => () => { voice.drop(); }, []);
  const at = order.indexOf(step.value);
  const wordsIn = (d: KioskDict): string => [[...picked.value.map((w) => d.what.words[w] ?? w), ...(since.value === '' ? [] : [d.what.since[since.value] ?? ''])].join(' · '), own.value.trim()].filter((w) => w !== '').join('\n');
  const toggle = (w: string): void => { picked.value = picked.value.includes(w) ? picked.value.filter((x) => x !== w) : [...picked.value, w]; };
  const note = voice.state.value;
  const hasWords = picked.value.length > 0 || own.value.trim() !== '';
  /** It goes after its request; what was not taken can be sent once more. */
  const speak = async (call: Asked): Promise<void> => {
    if (note.is !== 'made') return;
    const result = await speaking.run(wire.sendVoice(call.id, note.note));
    voiceFault.value = result.ok ? null : result.fault;
    if (result.ok) voice.drop();
  };
  const send = async (): Promise<void> => {
    const result = await act.run(wire.askToBeSeen(hasWords ? wordsIn(kioskZh) : kioskZh.voice.with(note.is === 'made' ? Math.max(1, Math.round(note.s)) : 0), places.value)); /* the clinic's own language, whatever was pressed */
    if (!result.ok) return;
    await speak(result.value);
    sent.value = result.value;
  };
  if (sent.value !== null) { const call = sent.value; return <Sent call={call} voiceFault={voiceFault.value} again={() => { void speak(call); }} />; }
  const isWhere = step.value === 'where';
  const isWhat = step.value === 'what';
  const head = isWhere ? k.where : isWhat ? k.what : k.look;
  const hasSaid = hasWords || note.is === 'made';
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <div class="stepline" role="img" aria-label={k.steps(at + 1, order.length)}>{order.map((s, i) => <i key={s} class={i <= at ? 'on' : ''} />)}</div>
        <KioskHead title={head.title} sub={head.text} aloud={isWhat ? Object.values(k.what.words) : []} />
        {isWhere && <BodyPicture chosen={places.value} onChange={(v) => { places.value = v; }} />}
        {isWhat && <>
          <div class="k-choices" role="group" aria-label={k.what.choices}>{Object.entries(k.what.words).map(([w, label]) => <button key={w} type="button" aria-pressed={picked.value.includes(w)} onClick={() => { toggle(w); }}>{label}</button>)}</div>
          <h2>{k.what.sinceTitle}</h2>
          <div class="k-choices" role="group" aria-label={k.what.sinceTitle}>{Object.entries(k.what.since).map(([w, label]) => <button key={w} type="button" aria-pressed={since.value === w} onClick={() => { since.value = since.value === w ? '' : w; }}>{label}</button>)}</div>
          <div class="k-own"><label for={id}>{k.what.own}</label><textarea id={id} rows={3} maxLength={wordsMost} autocomplete="off" value={own.value} onInput={(e) => { own.value = e.currentTarget.value; }} /><p>{k.what.ownHelp}</p></div>
          <KioskVoice voice={voice} />
        </>}
        {step.value === 'look' && <>
          {!hasSaid && <Notice tone="warn" live>{k.look.empty}</Notice>}
          <dl class="k-look"><dt>{k.look.where}</dt><dd>{places.value.length === 0 ? k.where.none : places.value.map((c) => k.regions[c] ?? c).join(' · ')}</dd><dt>{k.look.what}</dt><dd>{[wordsIn(k), ...(note.is === 'made' ? [k.voice.with(Math.max(1, Math.round(note.s)))] : [])].filter((x) => x !== '').join('\n')}</dd></dl>
          <KioskFault fault={act.fault} />
          <p class="privacy"><Icon name="lock" />{k.privacy}</p>
        </>}
      </main>
      <KioskFoot {...(isWhere ? {} : { onBack: () => { step.value = order[at - 1] ?? 'where'; } })}>
        {step.value === 'look'
          ? <Button kind="primary" disabled={!hasSaid} busy={act.busy || speaking.busy ? k.look.sending : false} onClick={() => { void send(); }}>{k.look.send}</Button>
          : <Button kind="primary" disabled={note.is === 'recording'} onClick={() => { step.value = order[at + 1] ?? 'look'; }}>{k.next}</Button>}
      </KioskFoot>
    </>
  );
}
