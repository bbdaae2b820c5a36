/* The consultation room: the device check, then the call, then the way out. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { pinnedTrack, senses } from '../call/layout';
import { faultText, text } from '../text';
import { callText } from '../text/call';
import type { Track } from '../wire/call';
import { rooms } from '../wire/rooms';
import { now } from '../state/clock';
import { hm, hms, offset } from '../state/format';
import { toast, useLoad } from '../state/load';
import { setTitle } from '../state/prefs';
import { go } from '../state/route';
import { call as current, deviceTrouble, enterRoom, kept, leaveRoom } from '../state/room';
import { has, send, session, stay } from '../state/session';
import { answerStills } from '../state/still';
import { askRoomVisit, roomVisit } from '../state/visit-room';
import { visitOfRoom } from '../wire/rooms';
import type { Choice, Opened } from '../state/room';
import { Dialog } from '../ui/dialog';
import { Check } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, IconButton, Sep, Skeleton } from '../ui/parts';
import { DeviceCheck } from './room-check';
import { Controls } from './room-controls';
import type { Sight } from './room-large';
import { tool } from './room-marks';
import { nameOf, rolesOf } from './room-names';
import { Panel, type Tab } from './room-panel';
import { LaneWords, Lanes } from './room-lanes';
import { Sounds } from './room-picture';
import { Stage } from './room-stage';
import { LightHere } from './room-light';
import { SteeredHere } from './room-steer';
import './room.css';
import './room-record.css';
import { RecordingBand } from './room-recording';
import { RoomReception, Waiting } from './visit-reception';

function SiteTime() {
  return <time class="soft end">{hm(now.value)} <span class="muted">{session.value?.site.name} {offset(now.value)}</span></time>;
}

function Top({ title, end, onBack }: { title: string; end?: boolean; onBack?: () => void }) {
  const c = callText();
  return (
    <header class="room-top">
      {onBack === undefined ? <a class="iconbtn" href="/rooms" aria-label={c.back} title={c.back}><Icon name="left" /></a> : <IconButton icon="left" label={c.back} onClick={onBack} />}
      {end ? <h1>{title}</h1> : <b>{title}</b>}
      <SiteTime />
    </header>
  );
}

function PrivateDialog({ call, onClose }: { call: Call; onClose: () => void }) {
  const c = callText();
  const t = text();
  const picked = useSignal<readonly number[]>([]);
  const tried = useSignal(false);
  const others = call.participants.value.filter((p) => p.id !== call.me.value);
  return (
    <Dialog title={c.privateTitle} sub={c.privateSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); tried.value = true; if (picked.value.length === 0) return; call.talkPrivately([...picked.value]); onClose(); }}>
        <fieldset class="field">
          <legend class="label">{c.privateWho}</legend>
          {others.map((p) => <Check key={p.id} label={<>{p.display} <span class="muted">{rolesOf(p)}</span></>} checked={picked.value.includes(p.id)} onPick={(on) => { picked.value = on ? [...picked.value, p.id] : picked.value.filter((x) => x !== p.id); }} />)}
          {tried.value && picked.value.length === 0 && <p class="error" role="alert">{c.privatePick}</p>}
        </fieldset>
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary">{c.privateStart}</Button></div>
      </form>
    </Dialog>
  );
}

/** Everybody who is here, always; for each whether they hear and see now. */
function Presence({ call }: { call: Call }) {
  const c = callText();
  const asking = useSignal(false);
  const talk = call.private.value;
  return (
    <section class="presence" aria-label={c.presenceLabel}>
      <b>{c.presence}</b>
      <ul>
        {call.participants.value.map((p) => {
          const s = senses(p, talk?.cut ?? []);
          const words = p.state === 'away' ? c.hears.away : s.hears && s.sees ? c.hears.both : s.hears ? c.hears.ear : c.hears.neither;
          return (
            <li key={p.id} data-participant={p.id}>
              <span class="avatar" aria-hidden="true">{[...p.display][0]}</span>
              <span>{p.display}<span class="muted role"> {rolesOf(p)}{p.id === call.me.value && <><Sep />{c.you}</>}</span></span>
              <LaneWords p={p} />
              <span class="sense" title={words}>{s.hears ? <Icon name="ear" /> : <span class="no"><Icon name="earoff" /></span>}{s.sees ? <Icon name="eye" /> : <span class="no"><Icon name="eyeoff" /></span>}<span class="vh">{words}</span></span>
            </li>
          );
        })}
      </ul>
      {call.host.value && call.participants.value.length > 1 && (
        <span class="end">{talk === null
          ? <Button kind="plain" icon="lock" onClick={() => { asking.value = true; }}>{c.privateTalk}</Button>
          : <Button icon="lock" onClick={() => call.talkPrivately(null)}>{c.privateEnd}</Button>}</span>
      )}
      {asking.value && <PrivateDialog call={call} onClose={() => { asking.value = false; }} />}
    </section>
  );
}

function Bands({ call }: { call: Call }) {
  const c = callText();
  const talk = call.private.value;
  const trouble = call.trouble.value;
  const cutMe = talk !== null && talk.cut.includes(call.me.value);
  const names = talk?.cut.map((id) => nameOf(call, id)).join(c.and) ?? '';
  return (
    <div class="room-band" role="status">
      {trouble !== null && <div class="lost" data-trouble=""><Icon name="warn" size="m" /><span class="grow">{c.lost(hms(trouble))}</span></div>}
      <RecordingBand call={call} />
      {talk !== null && <div class={`notice ${cutMe ? 'bad' : 'act'}`} data-private=""><Icon name="lock" size="m" /><span>{cutMe ? c.privateYou(nameOf(call, talk.by)) : c.privateOn(nameOf(call, talk.by), names)}</span></div>}
      <LightHere call={call} />
      <SteeredHere call={call} />
      {call.unplugged.value !== null && <div class="notice warn" data-unplugged=""><Icon name="warn" size="m" /><span class="grow">{c.unplugged(c.labels[call.unplugged.value])}</span><button type="button" class="linkish" onClick={() => { call.unplugged.value = null; }}>{text().close}</button></div>}
      {deviceTrouble.value !== null && <div class="notice warn"><Icon name="warn" size="m" /><span>{c.deviceFault[deviceTrouble.value]}</span></div>}
      {call.ladder.value.step === 0 && !call.audioOnly.value && trouble === null && <div class="notice warn"><Icon name="wave" size="m" /><span>{c.stepped}</span></div>}
      {call.mix.value !== null && trouble === null && <div class="notice" data-mix={call.mix.value.why}><Icon name="info" size="m" /><span>{call.mix.value.why === 'asked' ? c.mixAsked : c.mixWay}</span></div>}
      {call.refusal.value !== null && <div class="notice warn"><Icon name="info" size="m" /><span class="grow">{c.refused[call.refusal.value] ?? c.refused['failed']}</span><button type="button" class="linkish" onClick={() => { call.refusal.value = null; }}>{text().close}</button></div>}
    </div>
  );
}

/** What a still is taken of: the picture in the large place. */
const stillTrack = (call: Call, chosen: number | null): Track | null => {
  const t = pinnedTrack(call.tracks.value, chosen, call.me.value, call.speaker.value);
  return t !== null && t.label !== 'screen' ? t : null;
};

function InCall({ call, room, title }: { call: Call; room: string; title: string }) {
  const c = callText();
  const chosen = useSignal<number | null>(null);
  const tab = useSignal<Tab>('people');
  const leaving = useSignal(false);
  const sight = useSignal<Sight>({ is: 'follow' });
  const leads = call.look.view.value?.by ?? null;
  /* Who takes the lead is followed; who looks elsewhere meanwhile finds the way back on the picture. */
  const led = useRef<number | null>(null);
  useEffect(() => { if (leads !== null && led.current === null && sight.peek().is === 'rooms') sight.value = { is: 'follow' }; led.current = leads; }, [leads]);
  useEffect(() => {
    void askRoomVisit(room);
    const stop = answerStills(call, (t) => (t.name === '' ? callText().labels[t.label] : t.name));
    return () => { stop(); roomVisit.value = null; tool.value = 'none'; };
  }, [call]);
  const opened = useRef(false);
  useEffect(() => { if (roomVisit.value !== null && !opened.current) { opened.current = true; if (tab.peek() === 'people') tab.value = 'opinion'; } }, [roomVisit.value]);
  const still = stillTrack(call, chosen.value);
  const takeStill = roomVisit.value === null || still === null ? null : () => { call.look.letGo(); sight.value = { is: 'follow' }; call.look.askStill(still.id); };
  /* On a phone the device check before was scrolled down to its button. */
  useEffect(() => { scrollTo(0, 0); }, []);
  /* Who is in a call is there, also while hands rest: no login runs out in it. */
  useEffect(() => { const timer = setInterval(() => { void stay(); }, 60_000); return () => clearInterval(timer); }, []);
  return (
    <>
      <div class="room">
        <Top title={call.title.value === '' ? title : call.title.value} end onBack={() => { leaving.value = true; }} />
        <div class="room-who">
          <Presence call={call} />
          <Lanes call={call} />
          <Bands call={call} />
          {roomVisit.value !== null && (has('clinic-doctor') || has('nurse')) && <RoomReception id={roomVisit.value.id} />}
        </div>
        <Stage call={call} chosen={chosen.value} onChoose={(t) => { chosen.value = t; if (t !== null) sight.value = { is: 'rooms' }; }} sight={sight.value} onSight={(s) => { if (s.is === 'rooms') call.look.letGo(); sight.value = s; }} />
        <Controls call={call} onLeave={() => { leaving.value = true; }} onStill={takeStill} />
        <Panel call={call} room={room} tab={tab.value} onTab={(t) => { tab.value = t; }} onChoose={(t) => { chosen.value = t; sight.value = { is: 'rooms' }; }} onOpen={(what) => { sight.value = { is: 'own', what }; }} onStill={takeStill} />
      </div>
      <Sounds call={call} />
      {leaving.value && (
        <Dialog title={c.leaveTitle} sub={c.leaveSub} onClose={() => { leaving.value = false; }}>
          <div class="actions">
            {call.host.value && <Button onClick={() => call.endForAll()}>{c.endAll}</Button>}
            <Button onClick={() => { leaving.value = false; }}>{c.stay}</Button>
            <Button kind="danger" onClick={() => call.leave()}>{c.leaveNow}</Button>
          </div>
        </Dialog>
      )}
      <div class="toast" role="status">{toast.value && <span key={toast.value.id}>{toast.value.text}</span>}</div>
    </>
  );
}

export function RoomPage({ id }: { id: string }) {
  const c = callText();
  const list = useLoad(rooms, id);
  const resumed = useSignal(false);
  const waiting = useSignal<{ visit: string; choice: Choice; opened: Opened } | null>(null);
  const call = current.value;
  const known = list.value.value?.find((r) => r.id === id) ?? null;
  const title = known?.title ?? '';

  useEffect(() => setTitle(c.rooms), [c.rooms]);
  useEffect(() => {
    const before = kept(id);
    if (before !== null) {
      resumed.value = true;
      void enterRoom(id, before.choice, before.resume, null);
    }
    return leaveRoom;
  }, [id]);

  /* Who comes from outside to a consultation waits until the clinic lets them in. */
  const knock = async (choice: Choice, opened: Opened): Promise<void> => {
    const outside = !has('clinic-doctor') && !has('nurse') && (has('specialist') || has('interpreter'));
    const visit = outside ? await send(visitOfRoom(id)) : null;
    if (visit !== null && visit.ok && visit.value !== null) waiting.value = { visit: visit.value, choice, opened };
    else void enterRoom(id, choice, null, opened);
  };
  const w = waiting.value;
  if (call === null && w !== null) {
    return (
      <div class="check-page"><Top title={title} /><main class="room-over" id="main" tabIndex={-1}><h1 class="vh">{title}</h1>
        <Waiting id={w.visit} onAdmitted={() => { waiting.value = null; void enterRoom(id, w.choice, null, w.opened); }} onLeave={() => { waiting.value = null; go('/rooms'); }} /></main></div>
    );
  }
  if (call === null && resumed.value) return <div class="room-over" />;
  if (call === null) {
    if (list.fault.value !== null || (list.value.value !== null && known === null)) {
      return (
        <main class="room-over" id="main" tabIndex={-1}>
          <h1 class="vh">{c.rooms}</h1>
          <Empty icon="warn" title={list.fault.value === null ? c.gone : faultText(list.fault.value)} action={<a class="btn btn-primary" href="/rooms">{c.back}</a>} />
        </main>
      );
    }
    return <div class="check-page"><Top title={title} /><main id="main" class="check-main" tabIndex={-1}>{list.value.value === null ? (list.slow.value ? <Skeleton /> : null) : <DeviceCheck title={title} busy={false} onJoin={(choice, opened) => { void knock(choice, opened); }} />}</main></div>;
  }
  const phase = call.phase.value;
  if (phase.is === 'over') {
    return (
      <main class="room-over" id="main" tabIndex={-1} data-over={phase.why}>
        <h1 class="vh">{c.over[phase.why]}</h1>
        <Empty icon={phase.why === 'left' || phase.why === 'ended' ? 'check' : 'info'} title={c.over[phase.why]} action={<span class="row">{phase.why !== 'room_closed' && phase.why !== 'revoked' && <Button onClick={() => { leaveRoom(); resumed.value = false; void list.again(); }}>{c.again}</Button>}<Button kind="primary" onClick={() => go('/rooms')}>{c.back}</Button></span>}>
          {phase.fault !== null ? faultText(phase.fault) : phase.code !== '' ? c.refused[phase.code] ?? c.refused['failed'] : phase.why === 'replaced' ? c.overReplaced : c.overText}
        </Empty>
        {phase.fault !== null && phase.fault.until !== null && <FaultNotice fault={phase.fault} />}
      </main>
    );
  }
  if (phase.is === 'joining') return <div class="check-page"><Top title={title} end /><main class="room-over" id="main" tabIndex={-1}><Empty icon="video" title={c.joiningRoom} /></main></div>;
  return <InCall call={call} room={id} title={title} />;
}
