/* A track on the page: its picture, and the others' sound. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import type { Track } from '../wire/call';
import { speakerDevice } from '../state/room';
import { Icon } from '../ui/icon';

/** A track's picture. Keeps its last frame on a canvas while `frozen` (the network is gone, also when the connection under it is made anew) or `held` (a still
    is taken of it). */
export function Picture({ call, track, name, frozen, held: stopped = false, pinned = false, mirror = false }: { call: Call; track: Track; name: string; frozen: boolean; held?: boolean; pinned?: boolean; mirror?: boolean }) {
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

  useEffect(() => { if ((stopped || (frozen && !mine)) && video.current!.videoWidth > 0) hold(video.current!, still.current!, held); }, [frozen, stopped]);

  /* The still goes when the next picture is there. */
  useEffect(() => {
    const v = video.current!;
    let gone = false;
    const next = (): void => { if (gone) return; live.value = true; if (held.value && !frozen && !stopped) held.value = false; v.requestVideoFrameCallback(next); };
    v.requestVideoFrameCallback(next);
    return () => { gone = true; };
  }, [frozen, stopped]);

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
  return <div hidden>{heard.map((t) => { const s = call.streams.value.get(t.id); return s ? <Sound key={t.id} id={t.id} of={t.participant} stream={s} gain={call.gains.value.get(t.id) ?? 1} /> : null; })}</div>;
}

function Sound({ id, of, stream, gain }: { id: number; of: number; stream: MediaStream; gain: number }) {
  const at = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const a = at.current!;
    if (a.srcObject !== stream) a.srcObject = stream;
    void a.play().catch(() => {});
  }, [stream]);
  /* Where a page may not set the volume (iOS), what is not to be heard is silent all the same. */
  useEffect(() => { const a = at.current!; a.muted = gain === 0; a.volume = gain; }, [gain]);
  const device = speakerDevice.value;
  useEffect(() => { if (device !== null && 'setSinkId' in at.current!) void at.current.setSinkId(device).catch(() => {}); }, [device]);
  return <audio ref={at} autoplay data-sound={id} data-of={of} />;
}
