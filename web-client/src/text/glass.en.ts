import type { GlassDict } from './glass.zh';

export const glassEn: GlassDict = {
  title: 'Break-glass review',
  sum: 'Who opened restricted records in an emergency, and why. Each is reviewed by another person.',
  which: 'Show',
  open: 'To review',
  all: 'All',
  at: 'Time',
  who: 'Person',
  patient: 'Patient id',
  why: 'Reason',
  state: 'Review',
  waiting: 'To review',
  act: 'Review actions',
  verdicts: { justified: 'Justified', unjustified: 'Not justified' },
  verdictOf: (verdict, who) => `${verdict}: ${who}`,
  titleOf: (verdict) => `Verdict: ${verdict}`,
  save: 'Record verdict',
  saving: 'Recording…',
  saved: 'Verdict recorded',
  empty: 'Nothing to review',
  emptyText: 'When somebody breaks the glass, it shows here at once.',
};
