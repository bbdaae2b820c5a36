/* What is measured: units, what is usual, what is odd and must be said twice, what cannot be. Pure. */
import { codeOf, type Observation } from '../wire/fhir';

export type VitalName = 'pressure' | 'pulse' | 'temperature' | 'breaths' | 'oxygen' | 'pain' | 'glucose' | 'weight' | 'height';

export interface Measure {
  /** LOINC. */
  code: string;
  unit: string;
  ucum: string;
  /** Digits after the point that are taken. */
  digits: number;
  /** What is usual in a grown person at rest. */
  usual: readonly [number, number];
  /** Outside of it the value is read again by whoever typed it. */
  likely: readonly [number, number];
  /** Outside of it nobody lives: refused. */
  possible: readonly [number, number];
}

const mmHg = { unit: 'mmHg', ucum: 'mm[Hg]', digits: 0 };
export const systolic: Measure = { code: '8480-6', ...mmHg, usual: [90, 139], likely: [80, 200], possible: [40, 300] };
export const diastolic: Measure = { code: '8462-4', ...mmHg, usual: [60, 89], likely: [45, 120], possible: [20, 200] };
export const pressureCode = '85354-9';

export const measures: Record<Exclude<VitalName, 'pressure'>, Measure> = {
  pulse: { code: '8867-4', unit: '/min', ucum: '/min', digits: 0, usual: [60, 100], likely: [45, 140], possible: [20, 300] },
  temperature: { code: '8310-5', unit: '℃', ucum: 'Cel', digits: 1, usual: [36, 37.2], likely: [35, 40], possible: [25, 45] },
  breaths: { code: '9279-1', unit: '/min', ucum: '/min', digits: 0, usual: [12, 20], likely: [8, 30], possible: [2, 80] },
  oxygen: { code: '59408-5', unit: '%', ucum: '%', digits: 0, usual: [95, 100], likely: [88, 100], possible: [40, 100] },
  pain: { code: '72514-3', unit: '/10', ucum: '{score}', digits: 0, usual: [0, 3], likely: [0, 10], possible: [0, 10] },
  glucose: { code: '14771-0', unit: 'mmol/L', ucum: 'mmol/L', digits: 1, usual: [3.9, 6.1], likely: [3, 20], possible: [0.5, 60] },
  weight: { code: '29463-7', unit: 'kg', ucum: 'kg', digits: 1, usual: [40, 120], likely: [40, 150], possible: [20, 400] },
  height: { code: '8302-2', unit: 'cm', ucum: 'cm', digits: 0, usual: [145, 200], likely: [145, 200], possible: [60, 260] },
};
export const vitalNames: readonly VitalName[] = ['pressure', 'pulse', 'temperature', 'breaths', 'oxygen', 'pain', 'glucose', 'weight', 'height'];

export type Judged = 'low' | 'usual' | 'high';
export const judge = (m: Measure, value: number): Judged => (value < m.usual[0] ? 'low' : value > m.usual[1] ? 'high' : 'usual');
/** Weight and height are nobody's fault: they are not judged. */
export const isJudged = (name: VitalName): boolean => name !== 'weight' && name !== 'height';

export type Typed =
  | { is: 'empty' }
  | { is: 'no_number' }
  | { is: 'impossible'; least: number; most: number }
  /** May be true: it is said once more before it is kept. */
  | { is: 'odd'; value: number }
  | { is: 'good'; value: number };

/** Full-width digits and points are what a Chinese keyboard gives. */
const plain = (text: string): string => text.trim().replace(/[\uff10-\uff19]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[\uff0e\u3002\uff0c,]/g, '.');

export function readTyped(m: Measure, text: string): Typed {
  const t = plain(text);
  if (t === '') return { is: 'empty' };
  if (!new RegExp(m.digits === 0 ? '^\\d{1,3}$' : `^\\d{1,3}(\\.\\d{1,${m.digits}})?$`).test(t)) return { is: 'no_number' };
  const value = Number(t);
  if (value < m.possible[0] || value > m.possible[1]) return { is: 'impossible', least: m.possible[0], most: m.possible[1] };
  return value < m.likely[0] || value > m.likely[1] ? { is: 'odd', value } : { is: 'good', value };
}

/** Against the one before: a weight that jumps, a height that grows. The share that may differ. */
const jumps: Partial<Record<VitalName, number>> = { weight: 0.1, height: 0.02 };
export const isJump = (name: VitalName, value: number, before: number | null): boolean => {
  const share = jumps[name];
  return share !== undefined && before !== null && before > 0 && Math.abs(value - before) / before > share;
};

/** 'order': the upper is not above the lower; 'narrow': closer than a pulse leaves them. */
export const pressurePair = (upper: number, lower: number): 'good' | 'order' | 'narrow' => (upper <= lower ? 'order' : upper - lower < 15 ? 'narrow' : 'good');

/* ── what was measured, as series ── */
export interface Point { at: number; value: number; second: number | null; by: string }

const inUnit = (m: Measure, value: number, code: string): number => (m.ucum === 'Cel' && code === '[degF]' ? (value - 32) / 1.8 : m.ucum === 'kg' && code === '[lb_av]' ? value * 0.45359237 : m.ucum === 'kg' && code === 'g' ? value / 1000 : value);

/** Oldest first. What was entered in error is left out. */
export function seriesOf(name: VitalName, all: readonly Observation[]): Point[] {
  const points: Point[] = [];
  for (const o of all) {
    if (o.effectiveDateTime === null || o.status === 'entered-in-error' || o.status === 'cancelled') continue;
    const at = o.effectiveDateTime.at;
    const by = o.performer[0]?.display ?? '';
    if (name === 'pressure') {
      const part = (code: string): number | null => o.component.find((c) => codeOf(c.code) === code)?.valueQuantity?.value ?? null;
      const upper = part(systolic.code);
      if (upper !== null) points.push({ at, value: upper, second: part(diastolic.code), by });
    } else {
      const m = measures[name];
      const codes = name === 'oxygen' ? [m.code, '2708-6'] : [m.code];
      if (o.valueQuantity !== null && o.code.coding.some((c) => codes.includes(c.code))) points.push({ at, value: inUnit(m, o.valueQuantity.value, o.valueQuantity.code), second: null, by });
    }
  }
  return points.sort((a, b) => a.at - b.at);
}

export function judgePoint(name: VitalName, p: Point): Judged {
  if (name !== 'pressure') return judge(measures[name], p.value);
  const both = [judge(systolic, p.value), p.second === null ? 'usual' as const : judge(diastolic, p.second)];
  return both.includes('high') ? 'high' : both.includes('low') ? 'low' : 'usual';
}

/* ── what is entered, as bodies ── */
export interface Entered { name: VitalName; value: number; second: number | null; words: string }
export interface Circumstances { patient: string; encounter: string | null; performer: Record<string, unknown>; at: string; names: { systolic: string; diastolic: string } }

export function observationOf(e: Entered, c: Circumstances): Record<string, unknown> {
  const quantity = (m: Measure, value: number): Record<string, unknown> => ({ value, unit: m.unit, system: 'http://unitsofmeasure.org', code: m.ucum });
  const concept = (code: string, words: string): Record<string, unknown> => ({ coding: [{ system: 'http://loinc.org', code, display: words }], text: words });
  const measured = e.name === 'pressure'
    ? { code: concept(pressureCode, e.words), component: [{ code: concept(systolic.code, c.names.systolic), valueQuantity: quantity(systolic, e.value) }, ...(e.second === null ? [] : [{ code: concept(diastolic.code, c.names.diastolic), valueQuantity: quantity(diastolic, e.second) }])] }
    : { code: concept(measures[e.name].code, e.words), valueQuantity: quantity(measures[e.name], e.value) };
  return {
    resourceType: 'Observation', status: 'final',
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
    subject: { reference: `Patient/${c.patient}` }, ...(c.encounter === null ? {} : { encounter: { reference: `Encounter/${c.encounter}` } }),
    effectiveDateTime: c.at, performer: [c.performer], ...measured,
  };
}
