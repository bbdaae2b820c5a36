/* What is asked when somebody has come, as it stands on the page; and whose clock is pressing. The words are in text/intake; the server has the last
   say on what is an answer. */
import type { Intake } from '../wire/intake';

export type Asked =
  | { kind: 'choice'; link: string; codes: readonly string[]; tone?: readonly string[] }
  | { kind: 'words'; link: string; after?: string }
  | { kind: 'number'; link: string }
  | { kind: 'exam'; link: string }
  | { kind: 'problems' | 'allergies'; link: string };
export interface Chapter { name: string; asks: readonly Asked[] }

const choice = (link: string, codes: string, tone: readonly string[] = []): Asked => ({ kind: 'choice', link, codes: codes.split(' '), tone });
const yes = (link: string): Asked => choice(link, 'no yes unknown', ['yes']);
/** after: asked only where the answer before it is one that wants words. */
const say = (link: string, after?: string): Asked => ({ kind: 'words', link, ...(after === undefined ? {} : { after }) });
const number = (link: string): Asked => ({ kind: 'number', link });
const exam = (link: string): Asked => ({ kind: 'exam', link });

export const chapters: readonly Chapter[] = [
  { name: 'consent', asks: [choice('identity', 'checked mismatch', ['mismatch']), choice('consent', 'given refused unable', ['refused', 'unable']), say('consent.words', 'consent')] },
  { name: 'present', asks: [choice('present.conscious', 'alert drowsy confused unresponsive', ['drowsy', 'confused', 'unresponsive']), choice('present.walks', 'alone helped cannot', ['helped', 'cannot']), say('present.words')] },
  { name: 'vitals', asks: [number('vital.systolic'), number('vital.diastolic'), number('vital.pulse'), number('vital.temperature'), number('vital.weight')] },
  { name: 'history', asks: [yes('history.disease'), say('history.words', 'history.disease'), { kind: 'problems', link: 'problems' }, say('history.medicine'), yes('history.mental'), yes('family'), say('family.words', 'family')] },
  { name: 'allergy', asks: [yes('allergy'), { kind: 'allergies', link: 'allergies' }] },
  { name: 'exams', asks: [exam('exam.blood'), exam('exam.ecg'), exam('exam.ultrasound'), exam('exam.chest')] },
  { name: 'infect', asks: [yes('infect.cough'), yes('infect.blood'), yes('infect.sweats'), yes('infect.fever'), yes('infect.rash'), yes('infect.contact'), say('infect.words')] },
  { name: 'harm', asks: [yes('harm.thoughts'), yes('harm.before'), choice('harm.level', 'low raised high', ['raised', 'high']), say('harm.words')] },
  { name: 'substance', asks: [choice('withdrawal', 'none alcohol opioid sedative stimulant other', ['alcohol', 'opioid', 'sedative', 'stimulant', 'other']), say('withdrawal.words', 'withdrawal'), choice('pregnancy', 'not-applicable no yes unknown', ['yes'])] },
  { name: 'notes', asks: [say('notes')] },
];
/** The answers that want no words after them. */
export const plain: readonly string[] = ['', 'given', 'no', 'none'];

export const markKinds = ['bruise', 'abrasion', 'wound', 'burn', 'swelling', 'fracture', 'scar', 'mark', 'pain', 'other'] as const;
export const consistencies = ['not', 'consistent', 'highly', 'typical', 'diagnostic'] as const;
export const bodies = ['procuratorate', 'health-authority', 'supervisory', 'lawyer'] as const;
export const fitnesses = ['fit', 'fit-with-conditions', 'unfit'] as const;
export type Fitness = (typeof fitnesses)[number];
/** How each may be housed (scheduler/intake). */
export const housingsOf: Record<Fitness, readonly string[]> = {
  fit: ['normal'], 'fit-with-conditions': ['lower-bunk', 'single', 'observation', 'isolation', 'normal'], unfit: ['hospital', 'not-accepted'],
};

/** Where on the body, in thousandths of the drawing: for who does not point. */
export const regions: Record<'front' | 'back', Readonly<Record<string, readonly [number, number]>>> = {
  front: { head: [500, 75], neck: [500, 165], chest: [500, 255], belly: [500, 375], groin: [500, 470], armRight: [330, 330], armLeft: [670, 330], handRight: [285, 510], handLeft: [715, 510], legRight: [450, 650], legLeft: [550, 650], footRight: [440, 945], footLeft: [560, 945] },
  back: { head: [500, 75], neck: [500, 165], shoulders: [500, 235], loins: [500, 375], buttocks: [500, 470], armLeft: [330, 330], armRight: [670, 330], handLeft: [285, 510], handRight: [715, 510], legLeft: [450, 650], legRight: [550, 650], footLeft: [440, 945], footRight: [560, 945] },
};

const order = ['start', 'look', 'assessment', 'review'];
/** By their clock: what is screened before what is assessed, what is due sooner first. */
export const byClock = (a: Intake, b: Intake): number => Number(order.indexOf(a.clock) > 1) - Number(order.indexOf(b.clock) > 1) || (a.due ?? 0) - (b.due ?? 0);
const fortnight = 14 * 86_400_000;
/** What stands on Today: nobody has signed yet, or the assessment is due soon. */
export const pressing = (i: Intake, now: number): boolean => i.clock === 'start' || i.clock === 'look' || (i.clock === 'assessment' && (i.due ?? 0) - now < fortnight / 4) || (i.clock === 'review' && (i.due ?? 0) - now < fortnight);
