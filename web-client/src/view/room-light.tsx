/* Light at a camera of an examination: asking for it, that it was asked for, and the band for who sits at the camera. */
import type { Call } from '../call/call';
import { lookText } from '../text/look';
import type { Track } from '../wire/call';
import { Icon } from '../ui/icon';
import { nameOf, trackName } from './room-names';
import { isClinic, maySteer } from './room-steer';

/** A source by WHIP has nobody whom the server knows: it stands in the clinic. */
const isHere = (call: Call, t: Track): boolean => t.participant === call.me.value || (isClinic() && call.participants.value.find((p) => p.id === t.participant)?.kind === 'source');

/** On the large picture. */
export function AskLight({ call, track }: { call: Call; track: Track }) {
  const c = lookText();
  if (track.label !== 'exam' || track.kind !== 'video' || track.participant === call.me.value || !maySteer()) return null;
  return (
    <div class="lab steer ask-light" role="group" aria-label={c.light}>
      <Icon name="light" />
      <button type="button" data-light="more" onClick={() => call.light(track.id, true)}>{c.lightMore}</button>
      <button type="button" data-light="less" onClick={() => call.light(track.id, false)}>{c.lightLess}</button>
    </div>
  );
}

/** On any picture of it: everybody sees that it was asked. */
export function LightAsked({ call, track, small = false }: { call: Call; track: Track; small?: boolean }) {
  const c = lookText();
  const l = call.lights.value.get(track.id);
  if (l === undefined) return null;
  const what = l.more ? 'more' : 'less';
  return <span class={small ? 'flag light-flag' : 'lab light-lab'} data-light-asked={what}><Icon name="light" /><span>{small ? c.lightAsks[what] : l.by === call.me.value ? c.lightYou[what] : c.lightAsked[what](nameOf(call, l.by))}</span></span>;
}

/** At the camera. */
export function LightHere({ call }: { call: Call }) {
  const c = lookText();
  return <>{call.tracks.value.map((t) => {
    const l = call.lights.value.get(t.id);
    if (l === undefined || l.by === call.me.value || !isHere(call, t)) return null;
    const what = l.more ? 'more' : 'less';
    return <div key={t.id} class="notice act" data-light-here={what}><Icon name="light" size="m" /><span class="grow">{c.lightHere[what](nameOf(call, l.by), trackName(call, t))}</span><button type="button" class="linkish" onClick={() => call.lightDone(t.id)}>{c.lightDone}</button></div>;
  })}</>;
}
