/* That it is recorded stands before everybody's eyes; the clinic's doctor begins it and holds it. */
import type { Call } from '../call/call';
import { callText } from '../text/call';
import { record } from '../wire/recordings';
import { hm } from '../state/format';
import { useAct } from '../state/load';
import { has } from '../state/session';
import { roomVisit } from '../state/visit-room';
import { Button, FaultNotice } from '../ui/parts';

export function RecordingBand({ call }: { call: Call }) {
  const c = callText();
  const act = useAct();
  const on = call.recording.value;
  const visit = roomVisit.value;
  const mine = visit !== null && has('clinic-doctor');
  if (on === null && !mine) return null;
  const runs = on !== null && on.held === null && call.private.value === null;
  const set = (to: boolean): void => { if (visit !== null && !act.busy) void act.run(record(visit.id, to)); };
  const words = on === null ? c.recordOff : on.held === 'consent' ? c.recordConsent : on.held === 'paused' ? c.recordPaused : call.private.value !== null ? c.recordPrivate : on.lossy ? c.recordLossy : c.recordOn(hm(on.since));
  return (
    <div class={`${on === null ? 'recording' : runs ? 'notice bad recording' : 'notice warn recording'}`} data-recording={on === null ? 'off' : runs ? 'on' : 'held'}>
      <span class="rec-dot" aria-hidden="true" />
      <span class="grow">{words}</span>
      {mine && (on !== null && on.held === null
        ? <Button kind="plain" busy={act.busy ? c.recordSetting : false} onClick={() => { set(false); }}>{c.recordPause}</Button>
        : <Button busy={act.busy ? c.recordSetting : false} onClick={() => { set(true); }}>{on === null ? c.recordStart : c.recordResume}</Button>)}
      <FaultNotice fault={act.fault} />
    </div>
  );
}
