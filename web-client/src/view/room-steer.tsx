/* A camera that is moved from afar: who has it, the directions for who does, and the way to stop it for who sits at it. */
import { useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { pressed } from '../call/steer';
import { lookText } from '../text/look';
import type { Axes, Axis, Track } from '../wire/call';
import { has } from '../state/session';
import { Icon } from '../ui/icon';
import { nameOf, trackName } from './room-names';

export const isClinic = (): boolean => has('clinic-doctor') || has('nurse');
export const maySteer = (): boolean => isClinic() || has('specialist') || has('pharmacist');
const ways = [['up', 'tilt', 1, '↑'], ['left', 'pan', -1, '←'], ['right', 'pan', 1, '→'], ['down', 'tilt', -1, '↓'], ['closer', 'zoom', 1, '+'], ['wider', 'zoom', -1, '−']] as const;
const keys: Readonly<Record<string, readonly [Axis, 1 | -1]>> = { ArrowUp: ['tilt', 1], ArrowLeft: ['pan', -1], ArrowRight: ['pan', 1], ArrowDown: ['tilt', -1], '+': ['zoom', 1], '=': ['zoom', 1], '-': ['zoom', -1] };
const answer_ms = 4000; /* until then a press goes on from where the last one wished it */

function Pad({ call, track, at }: { call: Call; track: Track; at: Axes }) {
  const c = lookText();
  const aim = useRef<{ axes: Axes; when: number }>({ axes: {}, when: 0 });
  const move = (axis: Axis, by: 1 | -1): void => {
    const from = Date.now() - aim.current.when < answer_ms ? { ...at, ...aim.current.axes } : at;
    const to = pressed(from, axis, by);
    if (to === null) return;
    aim.current = { axes: { ...from, ...to }, when: Date.now() };
    call.move(track.id, to);
  };
  return (
    <div class="steer-pad" role="group" aria-label={c.steerPad} onKeyDown={(e) => { const k = keys[e.key]; if (k !== undefined) { e.preventDefault(); move(k[0], k[1]); } }}>
      {ways.map(([way, axis, by, sign]) => at[axis] === undefined ? null : <button key={way} type="button" data-way={way} aria-label={c.steerWay[way]} title={c.steerWay[way]} onClick={() => move(axis, by)}>{sign}</button>)}
    </div>
  );
}

/** On the large picture. */
export function Steer({ call, track }: { call: Call; track: Track }) {
  const c = lookText();
  const me = call.me.value;
  if (track.ptz === null) return null;
  if (track.steer === null) return maySteer() ? <div class="lab steer"><button type="button" onClick={() => call.steer(track.id, true)}>{c.steer}</button></div> : null;
  const mine = track.steer.by === me;
  return (
    <div class="lab steer" data-steer={track.steer.by} data-place={JSON.stringify(track.ptz)}>
      {mine ? <Pad call={call} track={track} at={track.ptz} /> : <><Icon name="camera" /><span>{c.steers(nameOf(call, track.steer.by))}</span></>}
      {mine && <span class="soft">{c.steerHint}</span>}
      {mine ? <button type="button" onClick={() => call.steer(track.id, false)}>{c.steerEnd}</button> : isClinic() ? <button type="button" onClick={() => call.steer(track.id, true)}>{c.steerTake}</button> : null}
    </div>
  );
}

/** At the camera: it does not move by itself. */
export function SteeredHere({ call }: { call: Call }) {
  const c = lookText();
  const steered = call.tracks.value.filter((t) => t.participant === call.me.value && t.steer !== null && t.steer.by !== call.me.value);
  return <>{steered.map((t) => <div key={t.id} class="notice act" data-steered={t.id}><Icon name="camera" size="m" /><span class="grow">{c.steersMine(nameOf(call, t.steer!.by), trackName(call, t))}</span><button type="button" class="linkish" onClick={() => call.steer(t.id, false)}>{c.steerStop}</button></div>)}</>;
}
