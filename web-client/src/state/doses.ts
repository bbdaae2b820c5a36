/* When a dose is due, and what became of it. Pure. */
import { codeOf, idOf, type Dosage, type Dose, type Order } from '../wire/fhir';

export const outcomes = ['given', 'refused', 'held', 'missed', 'absent'] as const;
export type Outcome = (typeof outcomes)[number];
/** 'half': a controlled drug, given by one; the second has not signed. */
export type Became = Outcome | 'half';
export const notGivenSystem = 'urn:yunqiao:not-given';

export type Slot = { at: number; is: 'due' | 'late' | 'later' } | { at: number; is: Became; dose: Dose };

/** The clinic's rounds, as minutes of the day, by how many times a day. */
const rounds: Record<number, readonly number[]> = { 1: [480], 2: [480, 1080], 3: [480, 720, 1080], 4: [480, 720, 960, 1200] };
export const roundsOf = (perDay: number): readonly number[] => rounds[Math.min(4, Math.max(1, Math.round(perDay)))] ?? [480];

export const perDayOf = (d: Dosage | null): number => {
  const r = d?.timing?.repeat;
  if (r === null || r === undefined || r.frequency <= 0) return 0;
  const days = r.periodUnit === 'h' ? r.period / 24 : r.periodUnit === 'wk' ? r.period * 7 : r.period;
  return days <= 0 ? 0 : r.frequency / days;
};
export const perDay = (o: Order): number => perDayOf(o.dosageInstruction);

export const outcomeOf = (d: Dose): Became | null => {
  if (d.status === 'in-progress') return 'half';
  if (d.status === 'completed') return 'given';
  if (d.status === 'on-hold') return 'held';
  if (d.status !== 'not-done') return null;
  const why = codeOf(d.statusReason[0] ?? null, notGivenSystem) || codeOf(d.statusReason[0] ?? null);
  return (outcomes as readonly string[]).includes(why) ? why as Outcome : 'missed';
};

export const doseAt = (d: Dose): number | null => d.effectiveDateTime?.at ?? d.effectivePeriod?.start?.at ?? null;
export const dosesOf = (o: Order, all: readonly Dose[]): Dose[] =>
  all.filter((d) => idOf(d.request.reference) === o.id && outcomeOf(d) !== null).sort((a, b) => (doseAt(a) ?? 0) - (doseAt(b) ?? 0));

const minute = 60_000;
/** A round is open from an hour before; half an hour after it, it is late. */
const early = 60 * minute;
const lateAfter = 30 * minute;

/** The rounds of the day that begins at `midnight` (the site's), each with the dose that answers it. A dose answers the nearest round. */
export function slotsOf(o: Order, all: readonly Dose[], midnight: number, now: number): Slot[] {
  const n = perDay(o);
  if (n <= 0 || o.dosageInstruction?.asNeededBoolean === true) return [];
  const start = o.authoredOn?.at ?? 0;
  const end = o.dosageInstruction?.timing?.repeat?.boundsPeriod?.end?.at ?? Infinity;
  const times = roundsOf(n).map((m) => midnight + m * minute).filter((at) => at >= start - early && at <= end);
  const day = dosesOf(o, all).filter((d) => { const at = doseAt(d) ?? 0; return at >= midnight && at < midnight + 1440 * minute; });
  const taken = new Map<number, Dose>();
  for (const d of day) {
    const at = doseAt(d) ?? 0;
    const free = times.filter((t) => !taken.has(t)).sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
    if (free !== undefined) taken.set(free, d);
  }
  return times.map((at) => {
    const dose = taken.get(at);
    const is = dose === undefined ? null : outcomeOf(dose);
    if (dose !== undefined && is !== null) return { at, is, dose };
    return { at, is: now >= at + lateAfter ? 'late' : now >= at - early ? 'due' : 'later' };
  });
}

/** How often it was given in the last 24 hours, and when last. */
export function lastDay(o: Order, all: readonly Dose[], now: number): { count: number; last: number | null } {
  const given = dosesOf(o, all).filter((d) => outcomeOf(d) === 'given').map((d) => doseAt(d) ?? 0).filter((at) => at <= now);
  return { count: given.filter((at) => at > now - 1440 * minute).length, last: given[given.length - 1] ?? null };
}

/** Refused so many times running: three are a task for the doctor. */
export function refusedRunning(o: Order, all: readonly Dose[]): number {
  let n = 0;
  for (const d of dosesOf(o, all).reverse()) {
    if (outcomeOf(d) !== 'refused') break;
    n += 1;
  }
  return n;
}
