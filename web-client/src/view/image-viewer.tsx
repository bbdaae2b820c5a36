/* The image viewer: a stack of DICOM instances and pictures on a canvas. Window and level, zoom, pan, scrolling, inversion; by pointer,
 * touch and keys. Import it lazily: it carries the DICOM parser. It fills its parent, which gives it a height. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Box, Framing } from '../call/place';
import { imagingText } from '../text/imaging';
import { readDicom, windowed, type Dicom, type DicomWindow } from '../wire/dicom';
import './image-viewer.css';

export interface ViewerImage {
  /** `dicom`: a Part 10 file at url; `picture`: JPEG, PNG, WebP. */
  kind: 'dicom' | 'picture';
  url: string;
  /** What the server renders of a frame (1 …), for what the browser cannot unpack. */
  rendered?: (frame: number) => string;
  frames?: number;
  /** Shown in the corner: the series, the hour. */
  words?: string;
}

export interface ImageViewerProps {
  images: readonly ViewerImage[];
  /** What is looked at, for those who do not see it: "CT, head". */
  label: string;
  /** Which image to begin with. */
  start?: number;
  /** Somebody else leads: what is shown follows this, until whoever looks takes it in hand. */
  led?: Framing | null;
  onTouch?: () => void;
  /** What is shown changed, by whoever looks. */
  onFraming?: (framing: Framing) => void;
  /** Drawn over the picture, which lies in the box. */
  over?: (at: { image: number; frame: number }, box: Box) => VNode | null;
}

interface Shown {
  width: number;
  height: number;
  /** Gray values wait for a window; a picture is drawn as it is. */
  values: Float32Array | null;
  picture: CanvasImageSource | null;
  window: DicomWindow | null;
  isInverted: boolean;
  isRendered: boolean;
  release: () => void;
}

class Refused extends Error {
  constructor(readonly status: number) { super('refused'); }
}

const kept_max = 6;

async function bytesOf(url: string, signal: AbortSignal): Promise<Blob> {
  const answer = await fetch(url, { credentials: 'same-origin', cache: 'no-store', headers: { Accept: 'application/dicom, image/png, image/jpeg, */*;q=0.5' }, signal });
  if (!answer.ok) throw new Refused(answer.status);
  return answer.blob();
}

async function pictureOf(blob: Blob, isRendered: boolean): Promise<Shown> {
  const bitmap = await createImageBitmap(blob);
  return { width: bitmap.width, height: bitmap.height, values: null, picture: bitmap, window: null, isInverted: false, isRendered, release: () => { bitmap.close(); } };
}

async function frameOf(image: ViewerImage, dicom: Dicom, at: number, signal: AbortSignal): Promise<Shown> {
  const frame = dicom.frame(at);
  const size = { width: dicom.columns, height: dicom.rows };
  if (frame.kind === 'gray') {
    const window = dicom.voi ?? { center: (frame.min + frame.max) / 2, width: Math.max(1, frame.max - frame.min) };
    return { ...size, values: frame.values, picture: null, window, isInverted: dicom.isInverted, isRendered: false, release: () => undefined };
  }
  if (frame.kind === 'colour') return { ...(await pictureOf(await blobOf(frame.rgba, size.width, size.height), false)) };
  if (frame.kind === 'jpeg') {
    try {
      return await pictureOf(new Blob([frame.bytes], { type: 'image/jpeg' }), false);
    } catch { /* the server may know better */ }
  }
  if (image.rendered === undefined) throw new Error('beyond');
  return pictureOf(await bytesOf(image.rendered(at + 1), signal), true);
}

async function blobOf(rgba: Uint8ClampedArray<ArrayBuffer>, width: number, height: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas.convertToBlob();
}

/** Loads images and frames; keeps the last few parsed files. */
function loader(images: readonly ViewerImage[]) {
  const files = new Map<number, Promise<Dicom>>();
  const file = (i: number, image: ViewerImage, signal: AbortSignal): Promise<Dicom> => {
    const had = files.get(i);
    if (had !== undefined) return had;
    const made = bytesOf(image.url, signal).then(async (b) => readDicom(new Uint8Array(await b.arrayBuffer())));
    files.set(i, made);
    made.catch(() => { files.delete(i); });
    for (const old of files.keys()) if (files.size > kept_max && old !== i) files.delete(old);
    return made;
  };
  return {
    frames: async (i: number, signal: AbortSignal): Promise<number> => {
      const image = images[i];
      if (image === undefined || image.kind === 'picture') return 1;
      return (await file(i, image, signal)).frames;
    },
    show: async (i: number, frame: number, signal: AbortSignal): Promise<Shown> => {
      const image = images[i];
      if (image === undefined) throw new Error('no image');
      if (image.kind === 'picture') return pictureOf(await bytesOf(image.url, signal), false);
      let dicom: Dicom;
      try {
        dicom = await file(i, image, signal);
      } catch (e) {
        if (e instanceof Refused || signal.aborted || image.rendered === undefined || !(e instanceof Error) || e.name === 'TypeError') throw e;
        return pictureOf(await bytesOf(image.rendered(frame + 1), signal), true);
      }
      return frameOf(image, dicom, Math.min(frame, dicom.frames - 1), signal);
    },
  };
}

/** Where in the stage the picture lies now. */
function boxOf(s: { width: number; height: number }, stage: { w: number; h: number }, fit: number, zoom: number, move: { x: number; y: number }): Box {
  const [w, h] = [s.width * fit * zoom, s.height * fit * zoom];
  return { w, h, x: (stage.w - w) / 2 + move.x * fit * s.width, y: (stage.h - h) / 2 + move.y * fit * s.height };
}

export function ImageViewer({ images, label, start = 0, led = null, onTouch, onFraming, over }: ImageViewerProps) {
  const t = imagingText();
  const counts = useSignal<readonly number[]>(images.map((i) => i.frames ?? 1));
  const at = useSignal(0);
  const tool = useSignal<'window' | 'pan'>('window');
  const shown = useSignal<Shown | null>(null);
  const state = useSignal<'loading' | 'here' | 'failed' | 'gone' | 'offline'>('loading');
  const win = useSignal<DicomWindow | null>(null);
  const zoom = useSignal(1);
  const move = useSignal({ x: 0, y: 0 }); /* in pictures that fit: the same on every screen */
  const invert = useSignal(false);
  const again = useSignal(0);
  const box = useSignal({ w: 0, h: 0 });
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const key = images.map((i) => i.url).join('\n');
  const load = useMemo(() => loader(images), [key]);

  const total = counts.value.reduce((a, b) => a + b, 0);
  const place = (n: number): { image: number; frame: number } => {
    let left = n;
    for (let i = 0; i < counts.value.length; i++) {
      const count = counts.value[i] ?? 1;
      if (left < count) return { image: i, frame: left };
      left -= count;
    }
    return { image: Math.max(0, counts.value.length - 1), frame: 0 };
  };

  useEffect(() => {
    counts.value = images.map((i) => i.frames ?? 1);
    at.value = counts.value.slice(0, start).reduce((a, b) => a + b, 0);
    win.value = null;
  }, [key, start]);

  const leads = useRef(led);
  leads.current = led;
  useEffect(() => {
    if (led === null) return;
    at.value = Math.min(total - 1, counts.value.slice(0, led.image).reduce((a, b) => a + b, 0) + led.frame);
    if (led.window !== null) win.value = led.window;
    zoom.value = led.zoom;
    move.value = led.pan;
    invert.value = led.invert;
  }, [key, led, counts.value]);
  useEffect(() => {
    if (led !== null || onFraming === undefined || shown.value === null) return;
    onFraming({ ...place(at.value), window: shown.value.values === null ? null : win.value, zoom: zoom.value, pan: move.value, invert: invert.value });
  }, [led === null, shown.value, at.value, win.value, zoom.value, move.value, invert.value]);

  useEffect(() => {
    const stop = new AbortController();
    const { image, frame } = place(at.value);
    const timer = setTimeout(() => { if (!stop.signal.aborted) state.value = 'loading'; }, 200);
    const run = async (): Promise<void> => {
      const frames = await load.frames(image, stop.signal).catch(() => counts.value[image] ?? 1);
      if (stop.signal.aborted) return;
      if (frames !== counts.value[image]) {
        counts.value = counts.value.map((c, i) => (i === image ? frames : c));
      }
      const next = await load.show(image, frame, stop.signal);
      if (stop.signal.aborted) { next.release(); return; }
      const first = shown.value === null || shown.value.width !== next.width || shown.value.height !== next.height;
      shown.value?.release();
      shown.value = next;
      if (leads.current?.window == null && (win.value === null || first)) win.value = next.window;
      state.value = 'here';
    };
    run().catch((e: unknown) => {
      if (stop.signal.aborted) return;
      shown.value?.release();
      shown.value = null;
      state.value = e instanceof Refused ? (e.status === 404 ? 'gone' : 'failed') : e instanceof TypeError ? 'offline' : 'failed';
    }).finally(() => { clearTimeout(timer); });
    return () => { stop.abort(); clearTimeout(timer); };
  }, [at.value, key, again.value]);

  useEffect(() => {
    const el = stage.current;
    if (el === null) return undefined;
    const watch = new ResizeObserver(() => { box.value = { w: el.clientWidth, h: el.clientHeight }; });
    watch.observe(el);
    return () => { watch.disconnect(); };
  }, []);
  useEffect(() => () => { shown.value?.release(); }, []);

  const fit = shown.value === null || box.value.w === 0 ? 1 : Math.min(box.value.w / shown.value.width, box.value.h / shown.value.height);

  const source = useMemo((): CanvasImageSource | null => {
    const s = shown.value;
    if (s === null || s.values === null) return s?.picture ?? null;
    const plain = new OffscreenCanvas(s.width, s.height);
    const data = new ImageData(s.width, s.height);
    windowed(s.values, win.value ?? { center: 128, width: 256 }, s.isInverted !== invert.value, data.data);
    plain.getContext('2d')?.putImageData(data, 0, 0);
    return plain;
  }, [shown.value, win.value, invert.value]);

  useEffect(() => {
    const to = canvas.current;
    const s = shown.value;
    if (to === null || box.value.w === 0) return;
    const ratio = devicePixelRatio;
    to.width = Math.round(box.value.w * ratio);
    to.height = Math.round(box.value.h * ratio);
    const c = to.getContext('2d');
    if (c === null || s === null || source === null) return;
    const scale = fit * zoom.value * ratio;
    c.imageSmoothingEnabled = scale < 3;
    c.filter = s.values === null && invert.value ? 'invert(1)' : 'none';
    c.translate(to.width / 2 + move.value.x * fit * s.width * ratio, to.height / 2 + move.value.y * fit * s.height * ratio);
    c.scale(scale, scale);
    c.drawImage(source, -s.width / 2, -s.height / 2);
  }, [source, box.value, zoom.value, move.value, invert.value, fit]);

  const touch = (): void => { if (led !== null) onTouch?.(); };
  const pan = (dx: number, dy: number): void => {
    const s = shown.value;
    if (s !== null) move.value = { x: move.value.x + dx / (fit * s.width), y: move.value.y + dy / (fit * s.height) };
  };
  const go = (to: number): void => { touch(); at.value = Math.min(total - 1, Math.max(0, to)); };
  const scale = (by: number): void => { touch(); zoom.value = Math.min(32, Math.max(0.2, zoom.value * by)); };
  const turn = (): void => { touch(); invert.value = !invert.value; };
  const whole = (): void => { touch(); zoom.value = 1; move.value = { x: 0, y: 0 }; };
  const reset = (): void => { touch(); zoom.value = 1; move.value = { x: 0, y: 0 }; win.value = shown.value?.window ?? null; invert.value = false; };

  /* One pointer works the tool, two pinch. */
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const onMove = (e: PointerEvent): void => {
    const had = pointers.current.get(e.pointerId);
    if (had === undefined) return;
    touch();
    const dx = e.clientX - had.x;
    const dy = e.clientY - had.y;
    if (pointers.current.size === 2) {
      const other = [...pointers.current].find(([id]) => id !== e.pointerId)?.[1];
      if (other !== undefined) {
        const before = Math.hypot(had.x - other.x, had.y - other.y);
        const after = Math.hypot(e.clientX - other.x, e.clientY - other.y);
        if (before > 10) scale(after / before);
        pan(dx / 2, dy / 2);
      }
    } else if (tool.value === 'pan' || e.buttons === 4 || win.value === null) {
      pan(dx, dy);
    } else {
      const step = Math.max(0.5, (shown.value?.window?.width ?? 256) / 400);
      win.value = { center: win.value.center + dy * step, width: Math.max(1, win.value.width + dx * step) };
    }
    pointers.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
  };
  const onWheel = (e: WheelEvent): void => {
    e.preventDefault();
    if (e.ctrlKey || e.metaKey || total === 1) scale(e.deltaY < 0 ? 1.15 : 1 / 1.15);
    else go(at.value + (e.deltaY > 0 ? 1 : -1));
  };
  useEffect(() => {
    const el = stage.current;
    el?.addEventListener('wheel', onWheel, { passive: false });
    return () => { el?.removeEventListener('wheel', onWheel); };
  });
  const keys: Record<string, () => void> = {
    ArrowDown: () => { go(at.value + 1); }, ArrowUp: () => { go(at.value - 1); }, ArrowRight: () => { go(at.value + 1); }, ArrowLeft: () => { go(at.value - 1); },
    PageDown: () => { go(at.value + 10); }, PageUp: () => { go(at.value - 10); }, Home: () => { go(0); }, End: () => { go(total - 1); },
    '+': () => { scale(1.25); }, '=': () => { scale(1.25); }, '-': () => { scale(0.8); }, 0: reset, i: turn,
    w: () => { tool.value = 'window'; }, p: () => { tool.value = 'pan'; },
  };
  const onKey = (e: KeyboardEvent): void => {
    const act = e.ctrlKey || e.metaKey || e.altKey ? undefined : keys[e.key];
    if (act === undefined) return;
    e.preventDefault();
    act();
  };

  const counter = t.frame(at.value + 1, total);
  const words = images[place(at.value).image]?.words;
  const say = { loading: t.loading, failed: t.failed, gone: t.gone, offline: t.offline, here: '' }[state.value];
  return (
    <section class="iv on-stage" aria-label={t.viewer(label)}>
      <div class="iv-tools" role="toolbar" aria-label={t.tools}>
        <button type="button" aria-pressed={tool.value === 'window'} onClick={() => { tool.value = 'window'; }}>{t.window}</button>
        <button type="button" aria-pressed={tool.value === 'pan'} onClick={() => { tool.value = 'pan'; }}>{t.pan}</button>
        <button type="button" aria-label={t.zoomOut} onClick={() => { scale(0.8); }}>−</button>
        <button type="button" aria-label={t.zoomIn} onClick={() => { scale(1.25); }}>+</button>
        <button type="button" onClick={whole}>{t.fit}</button>
        <button type="button" aria-pressed={invert.value} onClick={turn}>{t.invert}</button>
        <button type="button" onClick={reset}>{t.reset}</button>
        <span class="grow" />
        <button type="button" class="print" onClick={() => { print(); }}>{t.print}</button>
      </div>
      <div
        ref={stage} class="iv-stage" data-tool={tool.value} data-state={state.value} tabIndex={0} role="application" aria-label={`${label}, ${counter}`} onKeyDown={onKey}
        onPointerDown={(e) => { if (e.button === 1) e.preventDefault(); e.currentTarget.setPointerCapture(e.pointerId); pointers.current.set(e.pointerId, { x: e.clientX, y: e.clientY }); }}
        onPointerMove={onMove} onPointerUp={(e) => { pointers.current.delete(e.pointerId); }} onPointerCancel={(e) => { pointers.current.delete(e.pointerId); }} onDblClick={reset}
      >
        <canvas ref={canvas} role="img" aria-label={`${label}, ${counter}`} />
        {over !== undefined && shown.value !== null && box.value.w > 0 && over(place(at.value), boxOf(shown.value, box.value, fit, zoom.value, move.value))}
        {words !== undefined && <span class="iv-mark tl">{words}</span>}
        {shown.value !== null && <span class="iv-mark br">{t.size(shown.value.width, shown.value.height, Math.round(fit * zoom.value * 100))}</span>}
        {shown.value !== null && win.value !== null && <span class="iv-mark bl">{t.wl(Math.round(win.value.width), Math.round(win.value.center))}</span>}
        {shown.value?.isRendered === true && <span class="iv-mark tr">{t.rendered}</span>}
        {say !== '' && (
          <div class="iv-say" role="status">
            <span>{say}</span>
            {state.value !== 'loading' && state.value !== 'gone' && <button type="button" onClick={() => { again.value++; }}>{t.retry}</button>}
          </div>
        )}
      </div>
      <div class="iv-foot">
        <span role="status">{counter}</span>
        {total > 1
          ? <input type="range" min={1} max={total} value={at.value + 1} aria-label={t.slider} onInput={(e) => { go(Number(e.currentTarget.value) - 1); }} />
          : <span class="hint">{t.hint}</span>}
      </div>
    </section>
  );
}
