/* Laboratory results by test: newest first, judged by what the laboratory said or by its range. Pure. */
import { codeOf, wordsOf, type Observation } from '../wire/fhir';

export type LabJudged = 'low' | 'usual' | 'high' | 'odd' | 'unknown';
export interface Test { key: string; all: Observation[]; judged: (o: Observation) => LabJudged }

/** The laboratory's own word goes before our reading of its range. */
export function judgeLab(o: Observation): LabJudged {
  const said = o.interpretation.map((c) => codeOf(c));
  if (said.some((c) => ['H', 'HH', 'HU'].includes(c))) return 'high';
  if (said.some((c) => ['L', 'LL', 'LU'].includes(c))) return 'low';
  if (said.some((c) => ['A', 'AA', 'POS', 'DET', 'R'].includes(c))) return 'odd';
  if (said.some((c) => ['N', 'NEG', 'ND', 'S'].includes(c))) return 'usual';
  const range = o.referenceRange[0];
  const value = o.valueQuantity?.value;
  if (range === undefined || value === undefined || (range.low === null && range.high === null)) return 'unknown';
  return range.low !== null && value < range.low.value ? 'low' : range.high !== null && value > range.high.value ? 'high' : 'usual';
}

export const rangeOf = (o: Observation): string => {
  const r = o.referenceRange[0];
  if (r === undefined) return '';
  if (r.text !== '') return r.text;
  return r.low !== null && r.high !== null ? `${r.low.value}–${r.high.value}` : r.low !== null ? `≥ ${r.low.value}` : r.high !== null ? `≤ ${r.high.value}` : '';
};

export const valueOf = (o: Observation): string =>
  o.valueQuantity !== null ? `${o.valueQuantity.value} ${o.valueQuantity.unit}`.trim() : o.valueString ?? (o.valueCodeableConcept !== null ? wordsOf(o.valueCodeableConcept) : o.component.map((c) => `${wordsOf(c.code)} ${c.valueQuantity?.value ?? ''} ${c.valueQuantity?.unit ?? ''}`.trim()).join(' '));

export function testsOf(all: readonly Observation[]): Test[] {
  const by = new Map<string, Observation[]>();
  for (const o of all) {
    if (o.status === 'entered-in-error' || o.status === 'cancelled') continue;
    const key = codeOf(o.code) || wordsOf(o.code);
    by.set(key, [...(by.get(key) ?? []), o]);
  }
  const at = (o: Observation | undefined): number => o?.effectiveDateTime?.at ?? 0;
  return [...by].map(([key, found]): Test => ({ key, all: found.sort((a, b) => at(b) - at(a)), judged: judgeLab }))
    .sort((a, b) => at(b.all[0]) - at(a.all[0]));
}
