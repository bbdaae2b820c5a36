import type { ConcernDict } from './concern.zh';

const kinds: Record<string, string> = { unresponsive: 'Does not answer', 'self-harm': 'Self-harm suspected', fall: 'Fall', fight: 'Fight', calls: 'Calls for help', 'not-eating': 'Does not eat', withdrawn: 'Withdrawn', restless: 'Restless', crying: 'Crying', sleepless: 'Does not sleep', 'release-undone': 'Release taken back: assess anew' };

export const concernEn: ConcernDict = {
  title: 'Concerns', kind: (k) => kinds[k] ?? k, cellWhole: 'The whole cell', lookAtCell: 'Look at the cell', chart: 'Open the chart', from: (source, when) => `${source}, ${when}`, seen: 'Seen', done: 'Done', seenBy: (who) => `Seen by ${who}`, seenSaid: 'Marked as seen', doneSaid: 'Marked as done', saving: 'Saving',
  help: 'The platform hears “received”, “seen” and “done”, and nothing of care.',
};
