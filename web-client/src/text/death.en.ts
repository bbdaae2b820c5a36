import type { DeathDict } from './death.zh';

export const deathEn: DeathDict = {
  title: 'Deaths', sum: 'When the registry tells of a death the record closes; a privacy officer looks into what was opened around it.', none: 'No death is to be reviewed', noneText: 'A death that the registry tells of appears here.',
  since: 'Died', patient: 'Patient (pseudonym)', state: 'State', act: 'Actions', waits: 'To be reviewed', openBy: (who) => `Under review by ${who}`, closedBy: (who) => `Closed by ${who}`, begin: 'Begin the review', beginning: 'Saving', begun: 'Begun', look: 'Look', of: (who) => `Review of ${who}`,
  told: 'Told', openedAt: 'Review begun', closedAt: 'Review closed', opened: 'Who opened what, from a week before on', openedNone: 'Nothing was opened', openedMore: 'The latest page; the rest is in the audit.', house: 'The server', when: 'When', who: 'Who', what: 'What', target: 'Target',
  close: 'Close the review', closeTitle: 'Close the review', closing: 'Saving', closed: 'The review is closed',
};
