/* Pointing and drawing on a picture: everybody's marks lie where the picture is, under the name and in the colour of who makes them. */
import { signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { contentBox, toPicture, unit, type Box } from '../call/place';
import { lookText } from '../text/look';
import type { Target } from '../wire/call';
import { has } from '../state/session';
import { Icon } from '../ui/icon';
import { Seg } from '../ui/parts';
import { nameOf } from './room-names';
import './room-marks.css';

export type Tool = 'none' | 'point' | 'draw';
/** What the pointer does on pictures; of this page, whichever picture is large. */
export const tool = signal<Tool>('none');
/** Do one's strokes fade by themselves? */
export const fades = signal(false);
export const pick = (call: Call, t: Tool): void => {
  if (tool.value === 'point') call.look.pointNowhere();
  tool.value = tool.value === t ? 'none' : t;
};

/** The box of a video's or a canvas's picture inside its parent, kept while either changes its size. */
export function usePictureBox(fit: 'contain' | 'cover', find: () => HTMLVideoElement | null, key: unknown): Box | null {
  const box = useSignal<Box | null>(null);
  useLayoutEffect(() => {
    const v = find();
    if (v === null) { box.value = null; return undefined; }
    const look = (): void => {
      const next = contentBox(fit, { w: v.clientWidth, h: v.clientHeight }, { w: v.videoWidth, h: v.videoHeight });
      const was = box.peek();
      if (JSON.stringify(next) !== JSON.stringify(was)) box.value = next;
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(v);
    v.addEventListener('resize', look);
    v.addEventListener('loadedmetadata', look);
    return () => { watch.disconnect(); v.removeEventListener('resize', look); v.removeEventListener('loadedmetadata', look); };
  }, [fit, key]);
  return box.value;
}

const part = (n: number): string => `${n / (unit / 100)}%`;

/** Marks that are seen; with `active` they are also made. `mirrored`: the picture is shown as in a mirror. */
export function Marks({ call, target, box, active = false, mirrored = false, small = false }: { call: Call; target: Target; box: Box; active?: boolean; mirrored?: boolean; small?: boolean }) {
  const c = lookText();
  const at = useRef<HTMLDivElement>(null);
  const under = useRef<ReturnType<Call['look']['stroke']> | null>(null);
  const keyed = useSignal<{ x: number; y: number } | null>(null);
  const strokes = call.look.strokes.value.filter((s) => s.target === target);
  const pointers = [...call.look.pointers.value].filter(([, p]) => p.target === target);
  const works = active && tool.value !== 'none';
  const flip = (x: number): number => (mirrored ? unit - x : x);

  /* Whoever turns to another picture points no more at this one. */
  useEffect(() => () => { under.current?.end(); under.current = null; }, [target]);
  useEffect(() => (works && tool.value === 'point' ? () => { call.look.pointNowhere(); } : undefined), [works, target]);

  const place = (e: PointerEvent, held: boolean): { x: number; y: number } | null => {
    const r = at.current!.getBoundingClientRect();
    return toPicture({ x: r.left, y: r.top, w: r.width, h: r.height }, { x: e.clientX, y: e.clientY }, mirrored, held);
  };
  const move = (e: PointerEvent): void => {
    if (tool.value === 'draw') {
      if (under.current === null) return;
      for (const one of e.getCoalescedEvents?.() ?? [e]) { const p = place(one, true); if (p !== null) under.current.to(p.x, p.y); }
      return;
    }
    const p = place(e, false);
    if (p !== null) call.look.point(target, p.x, p.y);
  };
  const down = (e: PointerEvent): void => {
    if (e.button !== 0) return;
    const p = place(e, false);
    if (p === null) return;
    e.preventDefault();
    e.stopPropagation();
    if (tool.value === 'point') { call.look.point(target, p.x, p.y); return; }
    at.current!.setPointerCapture(e.pointerId);
    under.current = call.look.stroke(target, fades.value);
    under.current.to(p.x, p.y);
  };
  const up = (): void => { under.current?.end(); under.current = null; };
  /* By keys: the arrows move the pointer, in larger steps with Shift. */
  const key = (e: KeyboardEvent): void => {
    const step = e.shiftKey ? 1000 : 200;
    const by: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const d = by[e.key];
    if (d === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    const was = keyed.value ?? { x: unit / 2, y: unit / 2 };
    const clamp = (n: number): number => Math.min(unit, Math.max(0, n));
    keyed.value = { x: clamp(was.x + d[0]), y: clamp(was.y + d[1]) };
    call.look.point(target, flip(keyed.value.x), keyed.value.y);
  };

  /* One label a person: at the end of the newest stroke. */
  const named = new Map(strokes.map((s) => [s.by, s] as const));
  const style = { insetInlineStart: `${box.x}px`, insetBlockStart: `${box.y}px`, inlineSize: `${box.w}px`, blockSize: `${box.h}px` };
  return (
    <div
      ref={at} class={`marks${works ? ' works' : ''}${small ? ' small' : ''}`} style={style} data-marks={target} data-tool={works ? tool.value : undefined}
      {...(works ? { tabIndex: 0, role: 'application', 'aria-label': tool.value === 'point' ? c.pointHere : c.drawHere, onKeyDown: key, onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: up, onPointerLeave: () => { if (tool.value === 'point') call.look.pointNowhere(); } } : {})}
    >
      {strokes.length > 0 && <svg viewBox={`0 0 ${unit} ${unit}`} preserveAspectRatio="none" aria-hidden="true">{strokes.map((s) => {
        const points = (s.points.length === 2 ? [...s.points, ...s.points] : s.points).map((n, i) => (i % 2 === 0 ? flip(n) : n));
        return <g key={`${s.by} ${s.id}`} class={`ink-${s.ink}`} data-stroke={s.by} data-fade={s.fade ? '' : undefined}><polyline class="edge" points={points.join(' ')} /><polyline points={points.join(' ')} /></g>;
      })}</svg>}
      {!small && [...named.values()].map((s) => <span key={`n${s.by}`} class={`mark-name ink-${s.ink}`} style={{ insetInlineStart: part(flip(s.points.at(-2) ?? 0)), insetBlockStart: part(s.points.at(-1) ?? 0) }}>{s.by === call.me.value ? c.you : s.name}</span>)}
      {pointers.map(([by, p]) => {
        const ink = call.participants.value.find((x) => x.id === by)?.ink ?? 0;
        return <span key={by} class={`mark-pointer ink-${ink}`} data-pointer={by} style={{ insetInlineStart: part(flip(p.x)), insetBlockStart: part(p.y) }}><i aria-hidden="true" />{!small && <b>{nameOf(call, by)}</b>}</span>;
      })}
      {works && keyed.value !== null && tool.value === 'point' && <span class="mark-pointer own" style={{ insetInlineStart: part(keyed.value.x), insetBlockStart: part(keyed.value.y) }}><i aria-hidden="true" /></span>}
    </div>
  );
}

/** While one draws: how long it stays, and taking it away. */
export function MarkBar({ call, target, onKeep }: { call: Call; target: Target; onKeep: (() => void) | null }) {
  const c = lookText();
  const here = call.look.strokes.value.filter((s) => s.target === target);
  const mine = here.some((s) => s.by === call.me.value);
  const mayAll = call.host.value || has('clinic-doctor') || has('nurse');
  const keeps = onKeep !== null && here.some((s) => !s.fade);
  if (tool.value !== 'draw' && !mine && !keeps && !(mayAll && here.length > 0)) return null;
  return (
    <div class="mark-bar" role="toolbar" aria-label={c.drawTools}>
      {tool.value === 'draw' && <Seg label={c.stays} value={fades.value ? 'fade' : 'stay'} options={[{ value: 'stay', words: c.stay }, { value: 'fade', words: c.fade }]} onPick={(v) => { fades.value = v === 'fade'; }} />}
      {mine && <button type="button" onClick={() => call.look.erase(target, false)}><Icon name="erase" size="s" />{c.eraseOwn}</button>}
      {mayAll && here.length > 0 && <button type="button" onClick={() => call.look.erase(target, true)}>{c.eraseAll}</button>}
      {keeps && onKeep !== null && <button type="button" onClick={onKeep}><Icon name="camera" size="s" />{c.keepMarked}</button>}
    </div>
  );
}
