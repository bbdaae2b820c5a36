/* Words of what waits on the homes of who schedules and of specialists. */
import type { DeskDict } from './desk.zh';

export const deskEn: DeskDict = {
  all: 'All',
  waits: 'Waiting for a time', waitsNone: 'Nobody waits for a consultation.', late: (time) => `${time} late`, since: (when) => `since ${when}`,
  gone: 'Declined or displaced', goneNone: 'No booking is to be placed again.',
  sign: 'Opinions to sign', signNone: 'No opinion waits for your signature.', own: 'Your opinion, not signed yet', askedBy: (who) => `${who} asks you to sign`, signDo: 'Sign',
  hours: 'Your open hours', edit: 'Edit', noHours: 'Closed',
};
