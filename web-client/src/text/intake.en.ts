/* Words of the intake: screening, assessment, and what custody may know. */
import type { IntakeDict } from './intake.zh';

const of = (words: Record<string, string>) => (key: string): string => words[key] ?? key;
const yesNo = { no: 'No', yes: 'Yes', unknown: 'Not known' };

export const intakeEn: IntakeDict = {
  title: 'Intake', sum: (open, late) => `${open} not screened yet${late > 0 ? `, ${late} late` : ''}`,
  none: 'Nobody waits for a screening', noneText: 'Whoever the custody registry admits appears here by itself, with the clock running.',
  today: 'Intake', todayNone: 'Nobody waits for a screening', all: 'All',
  screening: 'To be screened', assessing: 'Assessment and yearly review',
  clock: of({ start: 'Begin to screen', look: 'Doctor signs', assessment: 'Assess within 14 days', review: 'Yearly review' }),
  state: of({ due: 'Not begun', 'in-progress': 'Being screened', handed: 'Waits for the doctor', completed: 'Signed', assessed: 'Assessed', ended: 'Left', cancelled: 'Admission taken back' }),
  open: 'Open', begin: 'Begin to screen', beginning: 'Beginning', begun: 'Begun', arrivedAt: 'Admitted', begunAt: 'Begun', handedAt: 'To the doctor', signedAt: 'Signed', assessedAt: 'Assessed',
  dueBy: (clock, when) => `${clock}: by ${when}`,
  back: 'Back to the list', chart: 'Chart',
  chapter: of({ consent: 'Identity and consent', present: 'Present state', vitals: 'Measured', history: 'History', allergy: 'Drug allergy', exams: 'Examinations', infect: 'Infection', harm: 'Self-harm', substance: 'Withdrawal, pregnancy', notes: 'Other' }),
  ask: of({
    identity: 'Identity', consent: 'Agrees to examination and care', 'consent.words': 'Why refused, or why unable to say', 'present.conscious': 'Consciousness', 'present.walks': 'Walking', 'present.words': 'Complaints now',
    'history.disease': 'Chronic or grave illness', 'history.words': 'Illnesses, operations, hospital stays', problems: 'Confirmed illnesses', 'history.medicine': 'Medicine taken: dose, last time', 'history.mental': 'Psychiatric care before', family: 'Illness in the family', 'family.words': 'Which',
    allergy: 'Drug allergy', allergies: 'Allergies', 'vital.systolic': 'Systolic mmHg', 'vital.diastolic': 'Diastolic mmHg', 'vital.pulse': 'Pulse /min', 'vital.temperature': 'Temperature ℃', 'vital.weight': 'Weight kg',
    'exam.blood': 'Blood count', 'exam.ecg': 'ECG', 'exam.ultrasound': 'Ultrasound', 'exam.chest': 'Chest film', 'infect.cough': 'Cough over two weeks', 'infect.blood': 'Blood in sputum', 'infect.sweats': 'Night sweats, weight loss', 'infect.fever': 'Fever', 'infect.rash': 'Rash or scabies', 'infect.contact': 'Contact with the infected', 'infect.words': 'More on infection',
    'harm.thoughts': 'Thoughts of self-harm or suicide', 'harm.before': 'Self-harm or attempt before', 'harm.level': 'Risk of self-harm', 'harm.words': 'Why', withdrawal: 'Withdrawal', 'withdrawal.words': 'Signs, and when last taken', pregnancy: 'Pregnancy', notes: 'Anything else',
    injuries: 'Body examined', statement: 'Statement, in the person’s own words', marks: 'On the body', findings: 'What was found', consistency: 'Do statement and findings agree', 'consistency.words': 'The doctor’s opinion', allegation: 'Says to have been ill-treated',
    summary: 'Assessment', chronic: 'Chronic care', plan: 'Plan', answers: 'the form',
  }),
  answer: (link, code) => (({
    identity: { checked: 'Matches', mismatch: 'Does not match' }, consent: { given: 'Agrees', refused: 'Refuses', unable: 'Unable to say' }, 'present.conscious': { alert: 'Alert', drowsy: 'Drowsy', confused: 'Confused', unresponsive: 'Unresponsive' }, 'present.walks': { alone: 'Alone', helped: 'With help', cannot: 'Cannot' },
    'harm.level': { low: 'Low', raised: 'Raised', high: 'High' }, withdrawal: { none: 'None', alcohol: 'Alcohol', opioid: 'Opioid', sedative: 'Sedative', stimulant: 'Stimulant', other: 'Other' }, pregnancy: { 'not-applicable': 'Does not apply', no: 'No', yes: 'Yes', unknown: 'Not known' },
    injuries: { none: 'No injuries', found: 'Injuries', refused: 'Refused' }, consistency: { not: 'Not', consistent: 'Consistent', highly: 'Highly consistent', typical: 'Typical', diagnostic: 'Diagnostic' }, allegation: { no: 'No', yes: 'Yes' }, chronic: { none: 'Not needed', planned: 'Planned' },
  } as Record<string, Record<string, string>>)[link]?.[code] ?? (link.startsWith('exam.') ? ({ done: 'Done', ordered: 'Ordered', refused: 'Refused' } as Record<string, string>)[code] : (yesNo as Record<string, string>)[code]) ?? code),
  examWords: 'Result, or how it was refused', unanswered: 'Not answered', missing: 'Needed before the signature',
  problemFind: 'Illness: name, pinyin or code', problemNone: 'Nothing found', drop: (name) => `Take off ${name}`, substance: 'Drug or substance', reaction: 'Reaction', addAllergy: 'Add an allergy', allergyNth: (n) => `Allergy ${n}`,
  injuries: 'Injuries', injuriesHelp: 'Restricted: once signed, only doctors and who is cleared can read it. Custody can neither see nor count it. First what is said, then what is found; the doctor judges whether the two agree.',
  front: 'Front', back_: 'Back', right: 'R', left: 'L', pointHelp: 'Point at the body to mark a place, or add one by its name.', addAt: 'Add by name', addDo: 'Add a mark', markNth: (n) => `Mark ${n}`, markKind: 'Kind', markWords: 'Size, colour, shape, age', markNone: 'No marks',
  markKinds: of({ bruise: 'Bruise', abrasion: 'Abrasion', wound: 'Wound', burn: 'Burn', swelling: 'Swelling', fracture: 'Fracture suspected', scar: 'Scar', mark: 'Ligature or pressure mark', pain: 'Pain', other: 'Other' }),
  region: of({ head: 'Head, face', neck: 'Neck', chest: 'Chest', belly: 'Belly', groin: 'Groin', shoulders: 'Shoulders, back', loins: 'Loins', buttocks: 'Buttocks', armRight: 'Right arm', armLeft: 'Left arm', handRight: 'Right hand', handLeft: 'Left hand', legRight: 'Right leg', legLeft: 'Left leg', footRight: 'Right foot', footLeft: 'Left foot' }),
  hidden: 'Injuries are restricted.', hiddenText: 'Where care needs them, use emergency access in the chart.',
  save: 'Save', saving: 'Saving', saved: 'Saved', hand: 'Hand to the doctor', handed: 'Handed to the doctor', savedBy: (name, when) => `saved by ${name}, ${when}`, unsaved: 'Not saved yet',
  sign: 'Review and sign', signTitle: 'Sign and conclude', signSub: 'Signed, the form and the injuries are final and do not change. Custody receives the instruction below and nothing else.', signing: 'Signing', signDo: 'Sign', signed: 'Signed',
  fitness: 'Conclusion', fitnesses: of({ fit: 'Fit for custody', 'fit-with-conditions': 'Fit with conditions', unfit: 'Unfit for custody' }), housing: 'Housing instruction', housings: of({ normal: 'Normal cell', 'lower-bunk': 'Lower bunk', single: 'Single cell', observation: 'Observation', isolation: 'Isolation', hospital: 'To hospital', 'not-accepted': 'Not accepted', '': 'Not said yet' }), until: 'Until', untilHelp: 'Empty: until something else is said', password: 'Password',
  house: 'Change the housing', houseTitle: 'Change the housing instruction', houseSub: 'Custody sees it at once: codes, and no reason.', houseDo: 'Change', housing_: 'Changing', housed: 'Changed',
  result: 'Conclusion and housing', told: 'This is all that custody sees', records: 'Write into the chart', recordsHelp: 'Allergies, illnesses and measurements become records of the chart', making: 'Writing', made: (n) => (n > 0 ? `${n} written` : 'All of it is in the chart already'),
  release: 'Let the person read it', released: (when) => `The person can read it (${when})`, releasedNow: 'The person can read it now',
  allegations: 'Allegations of ill-treatment', allegationsSum: 'Nobody is named here. A doctor decides to which outside body each one goes.', allegationsNone: 'No allegation is open', allegationsNoneText: 'What a person alleges at the intake appears here when the doctor has signed it.', allegationMade: 'Made', allegationState: 'State', allegationOpen: 'Not sent yet', allegationWaits: (t) => `waiting for ${t}`,
  allegation: 'Allegation of ill-treatment', allegationText: 'No account of custody sees this. The doctor decides to which outside body it goes.', allegationTo: 'Sent to', allegationDo: 'Note that it was sent', allegationBusy: 'Noting', allegationSent: (to, when) => `Sent to ${to}, ${when}`, bodies: of({ procuratorate: 'Procuratorate', 'health-authority': 'Health authority', supervisory: 'Supervisory commission', lawyer: 'The person’s lawyer' }),
  assessment: 'Assessment', assessmentHelp: 'Day 1 is the day of admission; by the end of day 14, and then each year.', assessSign: 'Sign the assessment', assessTitle: 'Sign the assessment', assessSub: 'Signed, it is final; the yearly review counts from today.', assessed: 'Assessed', lastAssessment: 'Last assessment',
  nurseWaits: 'With the doctor, to be signed. Until then it can still be changed.', comma: ', ',
  housingTab: 'Housing', housingNone: 'No housing instructions', housingNoneText: 'Whoever was admitted and screened is listed here.', late: 'Screening late', waits: 'Waits for screening', cell: 'Cell', who: 'Name', number: 'Number', alarm: (when) => `A screening is overdue (since ${when})`, alarmText: 'Speak with the clinic.',
};
