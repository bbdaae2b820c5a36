/* How much and how often, in the page's words: UCUM's codes never reach the screen. */
import { chartText } from '../text/chart';
import type { Dosage, Order } from '../wire/fhir';
import { perDayOf } from '../state/doses';

export function dosageWords(d: Dosage | null): string {
  const t = chartText();
  const q = d?.doseAndRate?.doseQuantity ?? null;
  const times = perDayOf(d);
  const amount = q === null ? '' : t.amount(q.value, /^[[{]/.test(q.code) ? q.code : q.unit || q.code);
  return [amount, d?.asNeededBoolean === true ? t.asNeeded : times > 0 ? t.perDay(times) : ''].filter((w) => w !== '').join(' ');
}
export const doseWords = (o: Order): string => dosageWords(o.dosageInstruction);
