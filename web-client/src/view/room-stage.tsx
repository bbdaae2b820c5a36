/* The pictures: the pinned one large and whole, people small. When the network goes, each picture stays as it was in that moment. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { faces, isSource, otherPictures, pinnedTrack } from '../call/layout';
import { isDetail } from '../call/encodings';
import { isWeak, ownWord, wordOf, type Word } from '../call/quality';
import { callText } from '../text/call';
import type { Participant, Track } from '../wire/call';
import { speakerDevice } from '../state/room';
import { Icon } from '../ui/icon';
import { Sep } from '../ui/parts';

/** A track's picture. Keeps its last frame on a canvas while `frozen`, also when the connection under it is made anew. */
export function Picture({ call, track, name, frozen, pinned = false, mirror = false }: { call: Call; track: Track; name: string; frozen: boolean; pinned?: boolean; mirror?: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const live = useSignal(false);
  const held = useSignal(false);
  const mine = track.participant === call.me.value;
  const own = mine ? call.sources.value.find((s) => call.trackOf(s)?.id === track.id)?.capture ?? null : null;
  const stream = mine ? null : call.streams.value.get(track.id) ?? null;

  useEffect(() => {
    const v = video.current!;
    const wanted = mine ? (own === null ? null : new MediaStream([own])) : stream;
    if (v.srcObject === wanted) return;
    if (!mine && v.videoWidth > 0) hold(v, still.current!, held);
    v.srcObject = wanted;
    if (wanted !== null) void v.play().catch(() => {});
    else live.value = false;
  }, [stream, own]);

  useEffect(() => { if (frozen && !mine && video.current!.videoWidth > 0) hold(video.current!, still.current!, held); }, [frozen]);

  /* The still goes when the next picture is there. */
  useEffect(() => {
    const v = video.current!;
    let gone = false;
    const next = (): void => { if (gone) return; live.value = true; if (held.value && !frozen) held.value = false; v.requestVideoFrameCallback(next); };
    v.requestVideoFrameCallback(next);
    return () => { gone = true; };
  }, [frozen]);

  /* How large it is shown, said to the worker. */
  useEffect(() => {
    if (mine) return;
    const v = video.current!;
    const tell = (): void => {
      const r = v.getBoundingClientRect();
      const step = (n: number): number => Math.max(16, Math.ceil((n * devicePixelRatio) / 16) * 16);
      call.want(track.id, { paused: false, pinned, width: step(r.width), height: step(r.height) });
    };
    const seen = new ResizeObserver(tell);
    seen.observe(v);
    return () => seen.disconnect();
  }, [track.id, pinned, mine]);

  return (
    <>
      <video ref={video} autoplay playsInline muted data-track={track.id} data-label={track.label} data-live={live.value ? '' : undefined} class={mirror ? 'mirror' : undefined} aria-label={name} />
      <canvas ref={still} hidden={!held.value} aria-hidden="true" />
      {!live.value && !held.value && <span class="picture-wait" aria-hidden="true"><Icon name="video" /></span>}
    </>
  );
}

function hold(v: HTMLVideoElement, still: HTMLCanvasElement, held: { value: boolean }): void {
  if (held.value) return;
  still.width = v.videoWidth;
  still.height = v.videoHeight;
  still.getContext('2d')?.drawImage(v, 0, 0);
  held.value = true;
}

/** All the others' sound, whatever is shown. */
export function Sounds({ call }: { call: Call }) {
  const heard = call.tracks.value.filter((t) => t.kind === 'audio' && t.participant !== call.me.value);
  return <div hidden>{heard.map((t) => { const s = call.streams.value.get(t.id); return s ? <Sound key={t.id} id={t.id} stream={s} /> : null; })}</div>;
}

function Sound({ id, stream }: { id: number; stream: MediaStream }) {
  const at = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const a = at.current!;
    if (a.srcObject !== stream) a.srcObject = stream;
    void a.play().catch(() => {});
  }, [stream]);
  const device = speakerDevice.value;
  useEffect(() => { if (device !== null && 'setSinkId' in at.current!) void at.current.setSinkId(device).catch(() => {}); }, [device]);
  return <audio ref={at} autoplay data-sound={id} />;
}

export function wordFor(call: Call, p: Participant): Word {
  if (p.id === call.me.value) return ownWord(call.own.value, call.ladder.value.step, call.trouble.value !== null, call.audioOnly.value);
  return wordOf(p, call.tracks.value, call.quality.value.get(p.id));
}

export function QualityWords({ word }: { word: Word }) {
  const c = callText();
  if (word === 'unknown') return null;
  return <span class={`q${isWeak(word) ? ' weak' : ''}`}>{word === 'lowered' ? <><span class="roomy">{c.words.weak}<Sep /></span>{c.words.lowered}</> : c.words[word]}</span>;
}

export const nameOf = (call: Call, id: number): string => {
  const p = call.participants.value.find((x) => x.id === id);
  return p === undefined ? '' : p.id === call.me.value ? callText().you : p.display;
};

export const trackName = (call: Call, t: Track): string => {
  const c = callText();
  return t.name !== '' ? t.name : t.label === 'camera' ? nameOf(call, t.participant) : c.sourceOf(c.labels[t.label], nameOf(call, t.participant));
};

const isMuted = (call: Call, p: Participant): boolean => {
  const mics = call.tracks.value.filter((t) => t.participant === p.id && t.label === 'microphone');
  if (p.id === call.me.value) return !call.sources.value.some((s) => s.label === 'microphone' && s.on);
  return mics.length === 0 || mics.every((t) => t.muted);
};

export function Stage({ call, chosen, onChoose }: { call: Call; chosen: number | null; onChoose: (track: number | null) => void }) {
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
  const shown = large === null ? undefined : call.shown.value.get(large.id);
  const owner = large === null ? undefined : people.find((p) => p.id === large.participant);
  const dark = call.audioOnly.value || call.ladder.value.step === 0;
  const word = owner === undefined ? 'unknown' : wordFor(call, owner);

  return (
    <main class={`stage on-stage${frozen ? ' frozen' : ''}`} aria-label={c.stage} id="main" tabIndex={-1}>
      <div class="faces" role="group" aria-label={c.facesLabel} tabIndex={0}>
        <h2>{c.people}</h2>
        {tiles.map(({ participant: p, track }) => {
          const mine = p.id === me;
          const name = mine ? c.you : p.display;
          const picture = track !== null && !track.muted && open.includes(track) && track.id !== large?.id && !dark ? track : null; /* nobody gets one's own then either */
          const apart = cutMe ? !mine : cut.includes(p.id);
          const body = (
            <>
              <span class="avatar" aria-hidden="true">{[...p.display][0]}</span>
              {picture !== null && <Picture key={picture.id} call={call} track={picture} name={name} frozen={frozen} mirror={mine} />}
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
            {!dark ? <Picture key={t.id} call={call} track={t} name={trackName(call, t)} frozen={frozen} /> : null}
            <span class="flag">{c.labels[t.label]}</span>
            <span class="cap"><span class="nm">{trackName(call, t)}</span></span><span class="vh">{c.pin}</span>
          </button>
        ))}
      </div>
      <div class="pinned" data-pinned={large?.id}>
        {cutMe ? (
          <div class="empty" data-cut=""><Icon name="lock" /><b>{c.privateTalk}</b><span>{c.apartText}</span></div>
        ) : large === null || dark ? (
          <div class="empty"><Icon name={dark ? 'wave' : people.length > 1 ? 'videooff' : 'people'} /><b>{dark ? c.words.audio : people.length > 1 ? c.noPicture : c.alone}</b>{people.length <= 1 && !dark && <span>{c.aloneText}</span>}</div>
        ) : (
          <>
            <Picture key={large.id} call={call} track={large} name={trackName(call, large)} frozen={frozen} pinned />
            <div class="lab tl-l"><Icon name="pin" /><b>{trackName(call, large)}</b>{chosen === large.id ? <><span class="soft">{c.pinnedByYou}</span><button type="button" onClick={() => onChoose(null)}>{c.unpin}</button></> : isSource(large) && large.label !== 'screen' ? <span class="soft">{c.pinnedClinical}</span> : null}</div>
            {isDetail(large.label) && !frozen && <div class="lab tr-l">{isWeak(word) ? <span class="weak">{c.words[word]}</span> : <span class="fine">{c.sharp}<Sep />{c.original}</span>}</div>}
            {shown !== undefined && <div class="lab bl-l" data-size={`${shown.width}x${shown.height}`}>{c.size(shown.width, shown.height)}<Sep />{c.fps(shown.fps)}{owner !== undefined && isSource(large) ? <><Sep />{nameOf(call, owner.id)}</> : null}</div>}
            {frozen && <div class="lab mid-l">{c.frozen}</div>}
          </>
        )}
      </div>
    </main>
  );
}
