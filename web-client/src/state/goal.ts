/* What a problem is to come to: read from Goal, and written as one. Pure. */
import { codeOf, idOf, type Condition, type Goal } from '../wire/fhir';
import { diastolic, systolic, type Point } from './vitals';

export interface PressureGoal { upper: number | null; lower: number | null }

const open = ['proposed', 'planned', 'accepted', 'active', 'on-hold'];
export const goalOf = (c: Condition, all: readonly Goal[]): Goal | null =>
  all.find((g) => open.includes(g.lifecycleStatus) && g.addresses.some((a) => a.reference.startsWith('Condition/') && idOf(a.reference) === c.id)) ?? null;

export function pressureGoal(g: Goal): PressureGoal | null {
  const of = (code: string): number | null => g.target.find((x) => codeOf(x.measure) === code)?.detailQuantity?.value ?? null;
  const to = { upper: of(systolic.code), lower: of(diastolic.code) };
  return to.upper === null && to.lower === null ? null : to;
}

/** By the last measurement; null: nothing that could be judged. */
export function isReached(goal: PressureGoal, last: Point | undefined): boolean | null {
  if (last === undefined) return null;
  return (goal.upper === null || last.value < goal.upper) && (goal.lower === null || last.second === null || last.second < goal.lower);
}

export function goalBody(patient: string, condition: string, words: string, to: PressureGoal): Record<string, unknown> {
  const below = (code: string, value: number | null): Record<string, unknown>[] =>
    (value === null ? [] : [{ measure: { coding: [{ system: 'http://loinc.org', code }] }, detailQuantity: { value, comparator: '<', unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' } }]);
  const target = [...below(systolic.code, to.upper), ...below(diastolic.code, to.lower)];
  return { resourceType: 'Goal', lifecycleStatus: 'active', description: { text: words }, subject: { reference: `Patient/${patient}` }, addresses: [{ reference: `Condition/${condition}` }], ...(target.length === 0 ? {} : { target }) };
}
