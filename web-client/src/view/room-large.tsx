/* The large place: the pinned picture; or, where somebody leads or one looks by oneself, a picture of the record. */
import { useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { isDetail } from '../call/encodings';
import { isSource } from '../call/layout';
import { isWeak } from '../call/quality';
import { callText } from '../text/call';
import { lookText } from '../text/look';
import type { Track } from '../wire/call';
import { Icon } from '../ui/icon';
import { Button, Sep } from '../ui/parts';
import { Led, type What } from './room-led';
import { AskLight, LightAsked } from './room-light';
import { MarkBar, Marks, usePictureBox } from './room-marks';
import { nameOf, trackName, wordFor } from './room-names';
import { Picture } from './room-picture';
import { Steer } from './room-steer';

/** What somebody has before the eyes: what is led, while something is, or what was led by who is gone; the pictures of the room all the same; or something of the record for oneself. */
export type Sight = { is: 'follow' } | { is: 'rooms' } | { is: 'own'; what: What };

/** Somebody leads, and one looks elsewhere: the way back. */
function LedElsewhere({ call, onSight }: { call: Call; onSight: (s: Sight) => void }) {
  const c = lookText();
  const view = call.look.view.value;
  if (view === null) return null;
  const mine = view.by === call.me.value;
  return <div class="lab led-away" data-led-away=""><Icon name="eye" /><span>{mine ? c.youLead : c.leads(nameOf(call, view.by))}</span><button type="button" onClick={() => onSight({ is: 'follow' })}>{mine ? c.backToLed : c.follow}</button></div>;
}

/** A still of this track: under way, kept, or failed. */
function StillLine({ call, track }: { call: Call; track: Track }) {
  const c = lookText();
  const s = call.look.stills.value.get(track.id);
  if (s === undefined || s.state === 'taken') return null;
  return s.state === 'asked'
    ? <div class="lab still-lab" role="status" data-still="asked"><Icon name="camera" /><span>{c.stillAsked(nameOf(call, s.by))}</span></div>
    : <div class="lab still-lab" role="alert" data-still="failed"><Icon name="warn" /><span class="weak">{c.stillFailed[s.code] ?? c.stillFailed['upload']}</span>{s.by === call.me.value && <button type="button" onClick={() => { call.look.askStill(track.id); }}>{c.stillAgain}</button>}<button type="button" onClick={() => call.look.dropStill(track.id)}>{c.close}</button></div>;
}

function LargePicture({ call, track, chosen, onChoose, frozen }: { call: Call; track: Track; chosen: number | null; onChoose: (track: number | null) => void; frozen: boolean }) {
  const c = callText();
  const at = useRef<HTMLDivElement>(null);
  const box = usePictureBox('contain', () => at.current?.querySelector('video') ?? null, track.id);
  const shown = call.shown.value.get(track.id);
  const owner = call.participants.value.find((p) => p.id === track.participant);
  const word = owner === undefined ? 'unknown' : wordFor(call, owner);
  return (
    <div ref={at} class="large-picture">
      <Picture call={call} track={track} name={trackName(call, track)} frozen={frozen} held={call.look.stills.value.get(track.id)?.state === 'asked'} pinned />
      {box !== null && !frozen && <Marks call={call} target={track.id} box={box} active />}
      <div class="lab tl-l"><Icon name="pin" /><b>{trackName(call, track)}</b>{chosen === track.id ? <><span class="soft">{c.pinnedByYou}</span><button type="button" onClick={() => onChoose(null)}>{c.unpin}</button></> : isSource(track) && track.label !== 'screen' ? <span class="soft">{c.pinnedClinical}</span> : null}</div>
      {isDetail(track.label) && !frozen && <div class="lab tr-l">{isWeak(word) ? <span class="weak">{c.words[word]}</span> : <span class="fine">{c.sharp}<Sep />{c.original}</span>}</div>}
      {shown !== undefined && <div class="lab bl-l" data-size={`${shown.width}x${shown.height}`}>{c.size(shown.width, shown.height)}<Sep />{c.fps(shown.fps)}{owner !== undefined && isSource(track) ? <><Sep />{nameOf(call, owner.id)}</> : null}</div>}
      {frozen && <div class="lab mid-l">{c.frozen}</div>}
      <StillLine call={call} track={track} />
      <LightAsked call={call} track={track} />
      {!frozen && <div class="at-camera"><AskLight call={call} track={track} /><Steer call={call} track={track} /></div>}
      <MarkBar call={call} target={track.id} onKeep={null} />
    </div>
  );
}

/** All pictures in one, as it comes for who saves data: a place in it is none in a picture of somebody's, so nothing is pointed at here. */
export function Mixed({ call, track, frozen }: { call: Call; track: Track; frozen: boolean }) {
  const c = callText();
  const shown = call.shown.value.get(track.id);
  return (
    <div class="pinned" data-mixed={track.id}>
      <div class="large-picture">
        <Picture key={`mix-${track.id}`} call={call} track={track} name={c.mixed} frozen={frozen} pinned />
        <div class="lab tl-l"><Icon name="people" /><b>{c.mixed}</b></div>
        {shown !== undefined && <div class="lab bl-l" data-size={`${shown.width}x${shown.height}`}>{c.size(shown.width, shown.height)}<Sep />{c.fps(shown.fps)}</div>}
        {frozen && <div class="lab mid-l">{c.frozen}</div>}
      </div>
    </div>
  );
}

export function Large({ call, sight, onSight, track, chosen, onChoose, frozen, dark, cutMe }: { call: Call; sight: Sight; onSight: (s: Sight) => void; track: Track | null; chosen: number | null; onChoose: (track: number | null) => void; frozen: boolean; dark: boolean; cutMe: boolean }) {
  const c = callText();
  const l = lookText();
  const view = call.look.view.value;
  const held = call.look.held.value;
  const alone = call.participants.value.length <= 1;
  if (cutMe) return <div class="pinned"><div class="empty" data-cut=""><Icon name="lock" /><b>{c.privateTalk}</b><span>{c.apartText}</span></div></div>;
  if (sight.is === 'own' || (sight.is === 'follow' && (view !== null || held !== null))) {
    return (
      <div class="pinned" data-led={sight.is === 'own' ? 'own' : view === null ? 'held' : view.by === call.me.value ? 'lead' : 'follow'}>
        {sight.is === 'follow' && view?.hidden === true
          ? <div class="empty" data-hidden=""><Icon name="lock" /><b>{l.hidden}</b><Button onClick={() => onSight({ is: 'rooms' })}>{l.backToRoom}</Button></div>
          : <Led call={call} sight={sight} onSight={onSight} />}
      </div>
    );
  }
  return (
    <div class="pinned" data-pinned={track?.id}>
      {track === null || dark
        ? <div class="empty"><Icon name={dark ? 'wave' : alone ? 'people' : 'videooff'} /><b>{dark ? c.words.audio : alone ? c.alone : c.noPicture}</b>{alone && !dark && <span>{c.aloneText}</span>}</div>
        : <LargePicture key={track.id} call={call} track={track} chosen={chosen} onChoose={onChoose} frozen={frozen} />}
      <LedElsewhere call={call} onSight={onSight} />
    </div>
  );
}
