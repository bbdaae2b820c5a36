/* Stills: the frame of the own camera at its full resolution, into the record; a source's is taken by the server. Who sends the picture takes it, whoever asked. */
import { effect, untracked } from '@preact/signals';
import type { Call } from '../call/call';
import type { Stroke } from '../call/look';
import { unit } from '../call/place';
import type { Fault } from '../wire/fault';
import type { Track } from '../wire/call';
import { grabStill, keepStill, type TakenPicture } from '../wire/stills';
import { serverNow } from './clock';
import { send } from './session';
import { roomVisit } from './visit-room';

const photo_ms = 4000;
const bytes_max = 20 * 1024 * 1024;

interface Capturer { takePhoto: () => Promise<Blob>; grabFrame: () => Promise<ImageBitmap> }
const capturerOf = (track: MediaStreamTrack): Capturer | null => {
  const made = (globalThis as { ImageCapture?: new (t: MediaStreamTrack) => Capturer }).ImageCapture;
  return made === undefined ? null : new made(track);
};

async function drawn(width: number, height: number, draw: (g: OffscreenCanvasRenderingContext2D) => void): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const g = canvas.getContext('2d');
  if (g === null) throw new Error('no canvas');
  draw(g);
  const whole = await canvas.convertToBlob({ type: 'image/png' });
  return whole.size <= bytes_max ? whole : canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
}

/** A picture decoded once, for its size: what cannot be opened is none. */
async function sized(picture: Blob, at: number): Promise<TakenPicture> {
  const bitmap = await createImageBitmap(picture);
  const taken = { picture, width: bitmap.width, height: bitmap.height, at };
  bitmap.close();
  return taken;
}

async function fromVideo(track: MediaStreamTrack): Promise<TakenPicture> {
  const v = document.createElement('video');
  v.muted = true;
  v.srcObject = new MediaStream([track]);
  try {
    await v.play();
    await new Promise((done, fail) => { v.requestVideoFrameCallback(done); setTimeout(() => fail(new Error('no frame')), photo_ms); });
    const at = serverNow();
    const [width, height] = [v.videoWidth, v.videoHeight];
    return { picture: await drawn(width, height, (g) => g.drawImage(v, 0, 0)), width, height, at };
  } finally { v.srcObject = null; }
}

/** The camera's photo, where it takes any in good time; else the frame that runs now; else what a video shows of it. */
export async function grab(track: MediaStreamTrack): Promise<TakenPicture> {
  const capturer = capturerOf(track);
  if (capturer === null) return fromVideo(track);
  try {
    const at = serverNow();
    const photo = await Promise.race([capturer.takePhoto(), new Promise<never>((_, fail) => { setTimeout(() => fail(new Error('late')), photo_ms); })]);
    if (/^image\/(jpeg|png|webp)$/.test(photo.type) && photo.size <= bytes_max) return await sized(photo, at);
  } catch { /* many cameras take none */ }
  try {
    const at = serverNow();
    const frame = await capturer.grabFrame();
    const [width, height] = [frame.width, frame.height];
    const picture = await drawn(width, height, (g) => g.drawImage(frame, 0, 0));
    frame.close();
    return { picture, width, height, at };
  } catch { return fromVideo(track); }
}

const codes: Record<string, string> = { visit_state: 'over', still_no_picture: 'camera', still_codec: 'codec', still_busy: 'busy', no_track: 'gone', offline: 'line', timeout: 'line' };
const codeOf = (f: Fault): string => codes[f.code] ?? (f.status === 403 || f.status === 404 ? 'not_allowed' : 'upload');

/** Answers what is asked of this page while the call lasts; and leads to what was asked for here. Returns how to stop. */
export function answerStills(call: Call, nameOf: (track: Track) => string): () => void {
  const begun = new Set<number>();
  const shown = new Set<number>();
  const take = async (still: number, trackId: number): Promise<void> => {
    const visit = roomVisit.peek();
    const track = call.tracks.peek().find((t) => t.id === trackId);
    if (visit === null || track === undefined) { call.look.answerStill(still, { failed: 'not_allowed' }); return; }
    let made;
    if (track.participant === call.me.peek()) {
      const source = call.sources.peek().find((s) => call.trackOf(s)?.id === trackId);
      let picture: TakenPicture;
      try {
        if (source?.capture == null) throw new Error('off');
        picture = await grab(source.capture);
      } catch { call.look.answerStill(still, { failed: 'camera' }); return; }
      made = await send(keepStill(visit.id, nameOf(track), picture));
    } else made = await send(grabStill(visit.id, visit.room, trackId));
    call.look.answerStill(still, made.ok ? { document: made.value.id } : { failed: codeOf(made.fault) });
  };
  return effect(() => {
    for (const s of call.look.stills.value.values()) {
      const me = call.me.value;
      untracked(() => {
        const owner = call.participants.peek().find((p) => p.id === call.tracks.peek().find((t) => t.id === s.track)?.participant);
        const isMine = owner?.id === me || (owner?.kind === 'source' && s.by === me);
        if (s.state === 'asked' && isMine && !begun.has(s.still)) { begun.add(s.still); void take(s.still, s.track); }
        if (s.state === 'taken' && s.by === me && s.document !== '' && !shown.has(s.still)) {
          shown.add(s.still);
          call.look.lead({ document: s.document, frame: 1, zoom: 1000, pan: [0, 0], invert: false });
        }
      });
    }
  });
}

const inks = ['#ffd24a', '#6fdcff', '#ff9db0', '#b8f07a', '#d9b8ff', '#ffb46b', '#7dffd0', '#ffffff'];

/** The picture with its marks, as a still of its own beside the untouched one; its id, or null. */
export async function keepMarked(visit: string, source: string, url: string, strokes: readonly Stroke[], me: { id: number; name: string }): Promise<string | null> {
  try {
    const answer = await fetch(url, { credentials: 'same-origin', cache: 'no-store' });
    if (!answer.ok) return null;
    const bitmap = await createImageBitmap(await answer.blob());
    const { width, height } = bitmap;
    const size = Math.max(14, Math.round(width / 60));
    const picture = await drawn(width, height, (g) => {
      g.drawImage(bitmap, 0, 0);
      g.lineCap = 'round';
      g.lineJoin = 'round';
      g.font = `${size}px "Noto Sans CJK SC", sans-serif`;
      for (const s of strokes) {
        const points = Array.from({ length: s.points.length / 2 }, (_, i) => [((s.points[2 * i] ?? 0) / unit) * width, ((s.points[2 * i + 1] ?? 0) / unit) * height] as const);
        const last = points.at(-1);
        if (last === undefined) continue;
        for (const [style, line] of [['rgb(0 0 0 / .62)', width / 200], [inks[s.ink] ?? '#fff', width / 340]] as const) {
          g.strokeStyle = style;
          g.lineWidth = Math.max(2, line);
          g.beginPath();
          points.forEach(([x, y], i) => { if (i === 0) g.moveTo(x, y); else g.lineTo(x, y); });
          if (points.length === 1) g.lineTo(last[0] + 0.1, last[1]);
          g.stroke();
        }
      }
      for (const s of new Map(strokes.map((x) => [x.by, x] as const)).values()) {
        const name = s.by === me.id ? me.name : s.name;
        const x = Math.min(width - g.measureText(name).width - size, ((s.points.at(-2) ?? 0) / unit) * width + size / 2);
        const y = Math.min(height - size, ((s.points.at(-1) ?? 0) / unit) * height + size);
        g.fillStyle = 'rgb(5 10 12 / .84)';
        g.fillRect(x - size / 4, y - size, g.measureText(name).width + size / 2, size * 1.3);
        g.fillStyle = inks[s.ink] ?? '#fff';
        g.fillText(name, x, y);
      }
    });
    bitmap.close();
    const made = await send(keepStill(visit, source, { picture, width, height, at: serverNow() }));
    return made.ok ? made.value.id : null;
  } catch { return null; }
}
