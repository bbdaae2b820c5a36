/* Words of the round at the cell doors. */
import type { RoundDict } from './round.zh';

export const roundEn: RoundDict = {
  title: 'Round', sum: (due, done) => (due === 0 ? `Nothing is due, ${done} recorded today` : `${due} due, ${done} recorded today`), block: 'Block', blockOf: (name, n) => `${name} ${n}`,
  scan: 'Scan the wristband, or type the number', scanHelp: 'A scanner finds the person by itself; by hand, end with Enter.', scanNone: (n) => `Nobody with the number ${n} has a drug here. Check the number, or choose another block.`, all: 'Show all',
  none: 'No drug to bring in this block', noneText: 'Orders in force appear here, by cell.', given: 'Given', other: 'Not given…', otherTitle: 'Not given', why: 'Why', whyFirst: 'Say why.', record: 'Record', saving: 'Recording', done: 'Recorded',
  waits: (name) => `Given by ${name}, waits for another signature`, plot: 'Doses today', plotSay: (done, due, late) => `${done} recorded, ${due} due, ${late} late`, bars: { done: 'Recorded', due: 'Due', late: 'Late', later: 'Later' }, controlled: 'A controlled drug is signed by another nurse or doctor with the own account.', refusedThree: 'Refused 3 times in a row: the doctor is asked to look',
};
