/* A camera that can be moved: along what, where it stands, and how it is moved (decision 0351). Places are ten-thousandths of an axis's way, so that nobody
   else has to know a camera's own units. Pure but for `moveTo`. */
import { axes, type Axes, type Axis } from '../wire/call';

export const way = 10_000;
/** How far one press moves it. */
export const press_step: Readonly<Record<Axis, number>> = { pan: 400, tilt: 400, zoom: 500 };

interface Range { min: number; max: number; step: number }
const isRange = (v: unknown): v is Range => typeof v === 'object' && v !== null && 'min' in v && 'max' in v && typeof v.min === 'number' && typeof v.max === 'number' && v.max > v.min;

/** Where a camera stands, by what its track says of itself; no axes: it cannot be moved. */
export function placeOf(capabilities: Readonly<Record<string, unknown>>, settings: Readonly<Record<string, unknown>>): Axes {
  const at: Axes = {};
  for (const axis of axes) {
    const range = capabilities[axis];
    const now = settings[axis];
    if (!isRange(range) || typeof now !== 'number') continue;
    at[axis] = Math.round((way * Math.min(Math.max(now - range.min, 0), range.max - range.min)) / (range.max - range.min));
  }
  return at;
}

/** The camera's own numbers for those places, on its own steps. */
export function numbersFor(capabilities: Readonly<Record<string, unknown>>, wished: Axes): Partial<Record<Axis, number>> {
  const numbers: Partial<Record<Axis, number>> = {};
  for (const axis of axes) {
    const range = capabilities[axis];
    const to = wished[axis];
    if (!isRange(range) || to === undefined) continue;
    const step = range.step > 0 ? range.step : (range.max - range.min) / way;
    numbers[axis] = Math.min(range.max, range.min + Math.round(((to / way) * (range.max - range.min)) / step) * step);
  }
  return numbers;
}

export const samePlace = (a: Axes | null, b: Axes | null): boolean => axes.every((axis) => a?.[axis] === b?.[axis]);
export const isStill = (a: Axes): boolean => axes.every((axis) => a[axis] === undefined);

/** A press: from where it stands or was last told to, one step; null: that axis ends there. */
export function pressed(at: Axes, axis: Axis, by: 1 | -1): Axes | null {
  const from = at[axis];
  if (from === undefined) return null;
  const to = Math.min(way, Math.max(0, from + by * press_step[axis]));
  return to === from ? null : { [axis]: to };
}

const facts = (track: MediaStreamTrack): [Record<string, unknown>, Record<string, unknown>] => [
  typeof track.getCapabilities === 'function' ? { ...track.getCapabilities() } : {}, { ...track.getSettings() },
];
export const standsAt = (track: MediaStreamTrack): Axes => placeOf(...facts(track));
export async function moveTo(track: MediaStreamTrack, wished: Axes): Promise<void> {
  await track.applyConstraints({ advanced: [numbersFor(facts(track)[0], wished) as MediaTrackConstraintSet] });
}
