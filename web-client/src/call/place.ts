/* Where a picture lies in the box that shows it, and where a point lies in the picture: in ten-thousandths, the same on every screen. Pure. */

export interface Box { x: number; y: number; w: number; h: number }
export const unit = 10_000;

/** The picture's own place, letterboxed (`contain`) or cropped (`cover`: larger than what shows it). Null while either has no size. */
export function contentBox(fit: 'contain' | 'cover', frame: { w: number; h: number }, picture: { w: number; h: number }): Box | null {
  if (frame.w <= 0 || frame.h <= 0 || picture.w <= 0 || picture.h <= 0) return null;
  const scale = (fit === 'contain' ? Math.min : Math.max)(frame.w / picture.w, frame.h / picture.h);
  const w = picture.w * scale;
  const h = picture.h * scale;
  return { x: (frame.w - w) / 2, y: (frame.h - h) / 2, w, h };
}

/** A point of the frame as part of the picture; null beside it, or, `held`, at its nearest edge. */
export function toPicture(box: Box, at: { x: number; y: number }, mirrored = false, held = false): { x: number; y: number } | null {
  const x = ((at.x - box.x) / box.w) * unit;
  const y = ((at.y - box.y) / box.h) * unit;
  if (!held && (x < 0 || x > unit || y < 0 || y > unit)) return null;
  const inside = (n: number): number => Math.round(Math.min(unit, Math.max(0, n)));
  return { x: mirrored ? unit - inside(x) : inside(x), y: inside(y) };
}

/** A window, a zoom and a pan as they are said to all (PROTOCOL §10.2), and back. */
export interface Framing { image: number; frame: number; window: { center: number; width: number } | null; zoom: number; pan: { x: number; y: number }; invert: boolean }
export interface Said { frame: number; window?: readonly [number, number]; zoom: number; pan: readonly [number, number]; invert: boolean }

const within = (n: number, least: number, most: number): number => Math.round(Math.min(most, Math.max(least, n)));
export const saidOf = (f: Framing): Said => ({
  frame: f.frame + 1, zoom: within(f.zoom * 1000, 200, 32_000), pan: [within(f.pan.x * unit, -100 * unit, 100 * unit), within(f.pan.y * unit, -100 * unit, 100 * unit)], invert: f.invert,
  ...(f.window === null ? {} : { window: [within(f.window.center * 100, -(2 ** 30), 2 ** 30), within(f.window.width * 100, 1, 2 ** 30)] as const }),
});
export const framingOf = (image: number, s: { frame: number; window: readonly [number, number] | null; zoom: number; pan: readonly [number, number]; invert: boolean }): Framing => ({
  image, frame: s.frame - 1, zoom: s.zoom / 1000, pan: { x: s.pan[0] / unit, y: s.pan[1] / unit }, invert: s.invert,
  window: s.window === null ? null : { center: s.window[0] / 100, width: s.window[1] / 100 },
});
