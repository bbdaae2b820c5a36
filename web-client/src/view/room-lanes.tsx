/* Languages of a room: which one hears, and for who interprets into which one speaks. Shown where somebody interprets, or may. */
import type { Call } from '../call/call';
import { callText, languageName } from '../text/call';
import type { Participant } from '../wire/call';
import { Icon } from '../ui/icon';
import { Seg } from '../ui/parts';

const floor = ''; /* as a choice */

const interprets = (p: Participant): boolean => p.roles.includes('interpreter');
const unique = (codes: readonly (string | null)[]): string[] => [...new Set(codes.filter((c) => c !== null))];

export function Lanes({ call }: { call: Call }) {
  const c = callText();
  const people = call.participants.value;
  const me = people.find((p) => p.id === call.me.value);
  if (me === undefined) return null;
  const others = unique(people.filter((p) => p.id !== me.id).map((p) => p.speaks));
  const heard = unique([...others, me.hears]);
  const spoken = unique([...Object.keys(c.languages), me.speaks, ...others]);
  const mayInterpret = interprets(me);
  if (heard.length === 0 && !mayInterpret) return null;
  const set = (hears: string, speaks: string): void => call.lane(hears === floor ? null : hears, speaks === floor ? null : speaks);
  return (
    <section class="lanes" aria-label={c.lanesLabel} data-hears={me.hears ?? ''} data-speaks={me.speaks ?? ''}>
      <Icon name="interp" />
      {heard.length > 0 && <span class="lane"><b>{c.lanesHear}</b><Seg label={c.lanesHear} value={me.hears ?? floor} options={[{ value: floor, words: c.lanesFloor }, ...heard.map((l) => ({ value: l, words: languageName(l) }))]} onPick={(l) => set(l, me.speaks ?? floor)} /></span>}
      {mayInterpret && <span class="lane"><b>{c.lanesSpeak}</b><Seg label={c.lanesSpeak} value={me.speaks ?? floor} options={[{ value: floor, words: c.lanesAll }, ...spoken.map((l) => ({ value: l, words: languageName(l) }))]} onPick={(l) => set(me.hears ?? floor, l)} /></span>}
      {me.speaks !== null ? <span class="muted">{c.lanesSpeaking(languageName(me.speaks))}</span> : me.hears !== null && !others.includes(me.hears) ? <span class="muted" role="status">{c.lanesNobody(languageName(me.hears))}</span> : null}
    </section>
  );
}

/** Beside somebody's name: what is interpreted, and what is heard. */
export function LaneWords({ p }: { p: Participant }) {
  const c = callText();
  if (p.speaks === null && p.hears === null) return null;
  return <span class="chip act" data-lane=""><Icon name="interp" />{p.speaks !== null ? c.lanesInto(languageName(p.speaks)) : c.lanesHears(languageName(p.hears!))}</span>;
}
