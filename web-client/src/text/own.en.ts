import type { OwnDict } from './own.zh';

const times = (n: number): string => (n === 1 ? 'once' : `${n} times`);

export const ownEn: OwnDict = {
  title: 'My record',
  sub: 'What your doctor has released, and who opened your record.',
  tabs: { record: 'Record', opened: 'Who opened it' },
  tabsLabel: 'Show',
  back: 'Back',
  leave: 'Leave',
  withheld: 'What the doctor has not released yet is not here. You may ask the clinic to show it to you, or write down that you disagree: they must answer, with reasons.',
  copy: {
    ask: 'Ask for a paper copy', asking: 'Asking', asked: 'The clinic will print your paper copy and hand it to you.', text: 'The paper copy holds what you see here.',
  },
  news: 'Your record has something new. Press here to read it.',
  recordEmpty: 'Nothing is released now',
  recordEmptyText: 'It shows here once the doctor releases it.',
  types: {
    AllergyIntolerance: 'Allergy', Appointment: 'Appointment', Communication: 'Message', Composition: 'Note', Condition: 'Diagnosis', Consent: 'Consent', DiagnosticReport: 'Report', DocumentReference: 'Document',
    Encounter: 'Visit', ImagingStudy: 'Images', Immunization: 'Vaccination', MedicationAdministration: 'Dose', MedicationRequest: 'Medicine', Observation: 'Measurement', Procedure: 'Procedure', QuestionnaireResponse: 'Screening at arrival', ServiceRequest: 'Request',
  },
  other: 'Other',
  states: { active: 'in use', booked: 'booked', cancelled: 'cancelled', completed: 'done', proposed: 'not fixed yet', pending: 'not fixed yet', fulfilled: 'done', noshow: 'missed', stopped: 'stopped', 'on-hold': 'paused', 'entered-in-error': 'void' },
  openedText: 'Each time somebody opens your record it is written down, and nobody can delete that. Newest first.',
  openedEmpty: 'Nobody has opened it yet',
  openedEmptyText: 'When somebody opens your record, it shows here at once.',
  you: 'You',
  system: 'The system',
  who: (name, role, place) => `${name}, ${role}${place === '' ? '' : ` (${place})`}`,
  when: (from, to) => (from === to ? from : `${from} to ${to}`),
  kinds: {
    read: (n) => `looked at it ${times(n)}`, write: (n) => `wrote in it ${times(n)}`, order: (n) => `ordered or gave medicine ${times(n)}`, sign: (n) => `signed ${times(n)}`, print: (n) => `printed it ${times(n)}`,
    export: (n) => `dealt with an export ${times(n)}`, share: (n) => `let a specialist see it ${times(n)}`, emergency: () => 'opened restricted parts in an emergency', erase: (n) => `dealt with an erasure ${times(n)}`,
  },
  glass: {
    waiting: 'A reason was written down and is being reviewed by the privacy officer. You may be able to see it afterwards.',
    withheld: 'A reason was written down and reviewed by the privacy officer; it cannot be told here. You may ask the privacy officer.',
    told: (reason) => `Reason: ${reason}`,
  },
  and: ', ',
  more: 'Earlier',
};
