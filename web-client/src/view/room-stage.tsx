/* The pictures: one large and whole, people small. When the network goes, each picture stays as it was in that moment. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { faces, otherPictures, pinnedTrack } from '../call/layout';
import { callText } from '../text/call';
import type { Track } from '../wire/call';
import { Icon } from '../ui/icon';
import { Large, Mixed, type Sight } from './room-large';
import { LightAsked } from './room-light';
import { Marks, usePictureBox } from './room-marks';
import { isMuted, QualityWords, trackName, wordFor } from './room-names';
import { Picture } from './room-picture';

/** A small picture, with the marks that lie on it. */
function TilePicture({ call, track, name, frozen, mirror = false, fit }: { call: Call; track: Track; name: string; frozen: boolean; mirror?: boolean; fit: 'cover' | 'contain' }) {
  const at = useRef<HTMLSpanElement>(null);
  const box = usePictureBox(fit, () => at.current?.querySelector('video') ?? null, track.id);
  return (
    <span ref={at} class="tile-picture">
      <Picture call={call} track={track} name={name} frozen={frozen} held={call.look.stills.value.get(track.id)?.state === 'asked'} mirror={mirror} />
      {box !== null && <Marks call={call} target={track.id} box={box} mirrored={mirror} small />}
      <LightAsked call={call} track={track} small />
    </span>
  );
}

export function Stage({ call, chosen, onChoose, sight, onSight }: { call: Call; chosen: number | null; onChoose: (track: number | null) => void; sight: Sight; onSight: (s: Sight) => void }) {
  const c = callText();
  const me = call.me.value;
  const people = call.participants.value;
  const tracks = call.tracks.value;
  const frozen = call.trouble.value !== null;
  const speaker = call.speaker.value;
  /* Of a private talk nothing is shown to whom it cuts off, and they are not shown: an old picture would look like a live one. */
  const cut = call.private.value?.cut ?? [];
  const cutMe = cut.includes(me);
  const open = tracks.filter((t) => (cutMe ? t.participant === me : !cut.includes(t.participant)));

  /* Who speaks takes the large place only when nothing clinical does, and stays a while: the large picture never flickers. */
  const steady = useSignal<number | null>(null);
  useEffect(() => {
    if (speaker === null || speaker === me) return;
    const timer = setTimeout(() => { steady.value = speaker; }, steady.value === null ? 0 : 1500);
    return () => clearTimeout(timer);
  }, [speaker]);

  const large = pinnedTrack(open, chosen, me, steady.value);
  const tiles = faces(people, tracks, me);
  const others = otherPictures(people, open, me).filter((t) => t.id !== large?.id);
  const dark = call.audioOnly.value;

  /* Of a mix there is one picture; which of them is large in it is wished as it is without. */
  const mixed = dark || cutMe ? null : tracks.find((t) => t.id === call.mix.value?.picture) ?? null;
  const first = mixed === null ? null : large?.id ?? null;
  useEffect(() => {
    if (first === null) return;
    for (const t of tracks) if (t.kind === 'video' && t.participant !== me) call.want(t.id, { paused: false, pinned: t.id === first, width: 0, height: 0 });
  }, [first, tracks.length]);

  return (
    <main class={`stage on-stage${frozen ? ' frozen' : ''}`} aria-label={c.stage} id="main" tabIndex={-1}>
      <div class="faces" role="group" aria-label={c.facesLabel} tabIndex={0}>
        <h2>{c.people}</h2>
        {tiles.map(({ participant: p, track }) => {
          const mine = p.id === me;
          const name = mine ? c.you : p.display;
          const picture = track !== null && !track.muted && open.includes(track) && track.id !== large?.id && !dark && (mixed === null || mine) ? track : null; /* nobody gets one's own then either */
          const apart = cutMe ? !mine : cut.includes(p.id);
          const body = (
            <>
              <span class="avatar" aria-hidden="true">{[...p.display][0]}</span>
              {picture !== null && <TilePicture key={picture.id} call={call} track={picture} name={name} frozen={frozen} mirror={mine} fit="cover" />}
              <span class="cap">{isMuted(call, p) && <><Icon name="micoff" /><span class="vh">{c.muted}</span></>}<span class="nm">{name}</span>{apart ? <span class="q weak apart"><Icon name="earoff" />{c.apart}</span> : <QualityWords word={wordFor(call, p)} />}</span>
            </>
          );
          const cls = `tile${speaker === p.id ? ' speaking' : ''}`;
          return track !== null && !track.muted && open.includes(track)
            ? <button key={p.id} type="button" class={cls} data-participant={p.id} aria-pressed={chosen === track.id} onClick={() => onChoose(chosen === track.id ? null : track.id)}>{body}<span class="vh">{c.pin}</span></button>
            : <div key={p.id} class={cls} data-participant={p.id}>{body}</div>;
        })}
        {others.length > 0 && <h2>{c.others}</h2>}
        {others.map((t) => (
          <button key={t.id} type="button" class="tile source" aria-pressed={chosen === t.id} onClick={() => onChoose(chosen === t.id ? null : t.id)}>
            {!dark && mixed === null ? <TilePicture key={t.id} call={call} track={t} name={trackName(call, t)} frozen={frozen} fit="contain" /> : null}
            <span class="flag">{c.labels[t.label]}</span>
            <span class="cap"><span class="nm">{trackName(call, t)}</span></span><span class="vh">{c.pin}</span>
          </button>
        ))}
      </div>
      {mixed !== null && sight.is !== 'own' && call.look.view.value === null ? <Mixed call={call} track={mixed} frozen={frozen} /> : <Large call={call} sight={sight} onSight={onSight} track={large} chosen={chosen} onChoose={onChoose} frozen={frozen} dark={dark} cutMe={cutMe} />}
    </main>
  );
}
