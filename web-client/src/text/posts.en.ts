import type { PostsDict } from './posts.zh';

export const postsEn: PostsDict = {
  title: 'Messages sent',
  sum: 'Whether e-mail and text reminders have arrived',
  open: 'Not delivered',
  states: { waiting: 'Waiting to try again', sending: 'Being sent', sent: 'Sent', failed: 'Refused', unknown: 'Not known', late: 'Too late', dropped: 'No longer needed' },
  ways: { mail: 'E-mail', sms: 'Text message' },
  who: 'To',
  what: 'What',
  when: 'Consultation',
  state: 'State',
  why: (why, code) => {
    const words: Record<string, string> = { connect: 'The server cannot be reached', tls: 'The server’s certificate is not trusted', login: 'The server does not accept our login', timeout: 'The server did not answer in time', reply: 'The server did not take it', courier: 'The sending program did not finish', unknown: 'It may have arrived: the other side took it and did not answer any more', address: 'No address' };
    return why === '' ? '' : `${words[why] ?? why}${code > 0 ? ` (${code})` : ''}`;
  },
  tries: (n) => (n === 1 ? 'tried once' : `tried ${n} times`),
  next: (when) => `again at ${when}`,
  again: 'Send again',
  againNamed: (who) => `Send to ${who} again`,
  againBusy: 'Arranging',
  againDone: 'It goes out again at once',
  unknownHelp: 'A letter whose fate is not known is not sent again by itself, so that nobody gets it twice; the reminder stands in the person’s Yunqiao all the same.',
  none: 'No such messages',
  noneText: 'When a booking changes or is about to begin, those with an e-mail address or a mobile number are told.',
  count: (n) => `${n}`,
  reach: 'Where reminders go',
  reachHelp: 'Invitations, changes and reminders of bookings, and calls to come at once, go here too, with no name of a patient and nothing clinical. Leave it empty to be told in Yunqiao only.',
  email: 'E-mail',
  phone: 'Mobile number',
  wrong: 'Check how it is written',
  save: 'Save',
  saving: 'Saving',
  saved: 'Saved',
};
