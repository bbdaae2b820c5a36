/* That it is recorded stands before everybody's eyes; the clinic's doctor begins it and holds it. */
import type { Call } from '../call/call';
import { recordingWord, unrecorded } from '../call/recorded';
import { callText } from '../text/call';
import { record } from '../wire/recordings';
import { hm } from '../state/format';
import { useAct } from '../state/load';
import { has } from '../state/session';
import { roomVisit } from '../state/visit-room';
import { Button, FaultNotice } from '../ui/parts';
import { nameOf } from './room-names';

export function RecordingBand({ call }: { call: Call }) {
  const c = callText();
  const act = useAct();
  const on = call.recording.value;
  const visit = roomVisit.value;
  const mine = visit !== null && has('clinic-doctor');
  if (on === null && !mine) return null;
  const word = recordingWord(on, call.private.value !== null);
  const runs = word === 'on' || word === 'lossy';
  const without = runs ? unrecorded(call.tracks.value).map((p) => nameOf(call, p)) : [];
  const set = (to: boolean): void => { if (visit !== null && !act.busy) void act.run(record(visit.id, to)); };
  const words = { off: c.recordOff, consent: c.recordConsent, paused: c.recordPaused, private: c.recordPrivate, lossy: c.recordLossy, on: c.recordOn(hm(on?.since ?? 0)) }[word];
  return (
    <div class={`${on === null ? 'recording' : runs ? 'notice bad recording' : 'notice warn recording'}`} data-recording={on === null ? 'off' : runs ? 'on' : 'held'}>
      <span class="rec-dot" aria-hidden="true" />
      <span class="grow">{words}{without.length > 0 && ` ${c.recordWithout(without)}`}</span>
      {mine && (on !== null && on.held === null
        ? <Button kind="plain" busy={act.busy ? c.recordSetting : false} onClick={() => { set(false); }}>{c.recordPause}</Button>
        : <Button busy={act.busy ? c.recordSetting : false} onClick={() => { set(true); }}>{on === null ? c.recordStart : c.recordResume}</Button>)}
      <FaultNotice fault={act.fault} />
    </div>
  );
}
