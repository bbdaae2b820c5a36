/* The terminal before anybody is logged in: made a terminal by a code, then number and PIN on large digits. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { kioskText } from '../text/kiosk';
import * as login from '../wire/login';
import type { Login } from '../wire/login';
import * as wire from '../wire/terminal';
import type { Terminal } from '../wire/terminal';
import type { Fault } from '../wire/fault';
import { useAct } from '../state/load';
import { ask, loadSession } from '../state/session';
import { Icon } from '../ui/icon';
import { Button, Skeleton } from '../ui/parts';
import { Digits, KioskFault, KioskHead, KioskLangs, useKioskPage } from './kiosk-parts';

const codeDigits = 10;
const numberDigits = 20;
const pinDigits = 12;
const pinLeast = 6;

type Step = { is: 'number' } | { is: 'pin'; number: string } | { is: 'fresh'; at: Login } | { is: 'again'; at: Login; fresh: string };

const look_ms = 1500;
const lookFor_ms = 45_000;

function Enrol({ onDone }: { onDone: () => void }) {
  const t = kioskText().terminal;
  const code = useSignal('');
  const act = useAct(ask);
  const submit = async (): Promise<void> => {
    const result = await act.run(wire.enrol(code.value));
    if (result.ok) onDone();
    else code.value = '';
  };
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={t.enrolTitle} sub={t.enrolText} />
        <KioskFault fault={act.fault} />
        <Digits value={code.value} most={codeDigits} onChange={(v) => { code.value = v; }} />
      </main>
      <footer class="k-foot"><Button kind="primary" disabled={code.value.length < codeDigits} busy={act.busy ? t.enrolBusy : false} onClick={() => { void submit(); }}>{t.enrolDo}</Button></footer>
    </>
  );
}

/** Asks whether the device has recognised somebody, for as long as this is shown. */
function Face({ onDone, onBack }: { onDone: (at: Login) => void; onBack: (why: Fault | null) => void }) {
  const k = kioskText();
  const t = k.terminal;
  useEffect(() => {
    let gone = false;
    let timer = setTimeout(() => {}, 0);
    const ends = Date.now() + lookFor_ms;
    const look = async (): Promise<void> => {
      const result = await ask(login.loginFace());
      if (gone) return;
      if (result.ok) onDone(result.value);
      else if (result.fault.code !== 'face_waiting' || Date.now() > ends) onBack(result.fault);
      else timer = setTimeout(() => { void look(); }, look_ms);
    };
    void look();
    return () => { gone = true; clearTimeout(timer); };
  }, []);
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={t.faceTitle} sub={t.faceText} />
        <div class="k-face" role="status"><Icon name="user" /><p>{t.faceWaits}</p></div>
      </main>
      <footer class="k-foot"><Button block onClick={() => { onBack(null); }}>{k.back}</Button></footer>
    </>
  );
}

function Enter({ face }: { face: boolean }) {
  const k = kioskText();
  const t = k.terminal;
  const step = useSignal<Step>({ is: 'number' });
  const typed = useSignal('');
  const carried = useSignal<Fault | null>(null);
  const differs = useSignal(false);
  const act = useAct(ask);
  const facing = useSignal(false);
  const show = (next: Step): void => { step.value = next; typed.value = ''; };
  const start = (why: Fault | null): void => { carried.value = why; show({ is: 'number' }); };
  const follow = async (at: Login): Promise<void> => {
    if (at.next === 'done') await loadSession();
    else if (at.next === 'password') show({ is: 'fresh', at });
    else start(null);
  };
  const submit = async (): Promise<void> => {
    const at = step.value;
    carried.value = null;
    if (at.is === 'number') { differs.value = false; show({ is: 'pin', number: typed.value }); return; }
    if (at.is === 'fresh') { differs.value = false; show({ is: 'again', at: at.at, fresh: typed.value }); return; }
    if (at.is === 'again' && typed.value !== at.fresh) { differs.value = true; show({ is: 'fresh', at: at.at }); return; }
    const result = await act.run(at.is === 'pin' ? login.login(at.number, typed.value) : login.loginPassword(at.at.ticket, typed.value));
    typed.value = '';
    if (result.ok) await follow(result.value);
    else if (result.fault.code === 'ticket_gone' || at.is === 'pin') start(result.fault);
    else show({ is: 'fresh', at: at.at });
  };
  const at = step.value;
  const words = { number: [t.numberTitle, t.numberText], pin: [t.pinTitle, t.pinText], fresh: [t.freshTitle, t.freshText], again: [t.againTitle, t.againText] }[at.is] as [string, string];
  const least = at.is === 'number' ? 1 : pinLeast;
  if (facing.value) return <Face onDone={(done) => { facing.value = false; void follow(done); }} onBack={(why) => { facing.value = false; start(why); }} />;
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={words[0]} sub={differs.value ? t.againWrong : words[1]} />
        <KioskFault fault={act.fault ?? carried.value} />
        <Digits value={typed.value} most={at.is === 'number' ? numberDigits : pinDigits} hidden={at.is !== 'number'} onChange={(v) => { typed.value = v; }} />
        {face && at.is === 'number' && <div class="k-or"><p>{t.faceOr}</p><Button icon="user" onClick={() => { facing.value = true; }}>{t.faceDo}</Button></div>}
      </main>
      <footer class="k-foot"><div class="two-btn">
        <Button disabled={at.is === 'number'} onClick={() => { start(null); }}>{k.back}</Button>
        <Button kind="primary" disabled={typed.value.length < least} busy={act.busy ? t.entering : false} onClick={() => { void submit(); }}>{at.is === 'number' ? k.next : t.enter}</Button>
      </div></footer>
    </>
  );
}

/** A number half typed and left is wiped like a session. */
const idle_ms = 60_000;

export function TerminalPage() {
  const t = kioskText();
  const state = useSignal<Terminal | null>(null);
  const fault = useSignal<Fault | null>(null);
  const round = useSignal(0);
  useKioskPage(t.title);
  const look = async (): Promise<void> => {
    const result = await ask(wire.terminal());
    fault.value = result.ok ? null : result.fault;
    if (result.ok) state.value = result.value;
  };
  useEffect(() => { void look(); }, []);
  useEffect(() => {
    let timer = setTimeout(() => {}, 0);
    const touch = (): void => { clearTimeout(timer); timer = setTimeout(() => { round.value += 1; }, idle_ms); };
    touch();
    addEventListener('pointerdown', touch);
    return () => { clearTimeout(timer); removeEventListener('pointerdown', touch); };
  }, []);
  return (
    <div class="kiosk">
      <header class="k-top"><KioskLangs />{state.value?.enrolled === true && <span class="k-place">{t.terminal.place(state.value.name)}</span>}</header>
      <div>
        {state.value === null
          ? <main class="k-main" id="main"><h1 class="vh">{t.title}</h1><KioskFault fault={fault.value} again={() => { void look(); }} />{fault.value === null && <Skeleton rows={3} />}</main>
          : state.value.enrolled ? <Enter key={round.value} face={state.value.face} /> : <Enrol key={round.value} onDone={() => { void look(); }} />}
      </div>
    </div>
  );
}
