/* What people and pictures of a room are called, and how their link is. */
import type { Call } from '../call/call';
import { isWeak, ownWord, wordOf, type Word } from '../call/quality';
import { text } from '../text';
import { callText } from '../text/call';
import type { Participant, Track } from '../wire/call';
import type { Role } from '../wire/roles';
import { Sep } from '../ui/parts';

export function wordFor(call: Call, p: Participant): Word {
  if (p.id === call.me.value) return ownWord(call.own.value, call.ladder.value.step, call.trouble.value !== null, call.audioOnly.value);
  return wordOf(p, call.tracks.value, call.quality.value.get(p.id));
}

export function QualityWords({ word }: { word: Word }) {
  const c = callText();
  if (word === 'unknown') return null;
  return <span class={`q${isWeak(word) ? ' weak' : ''}`}>{word === 'lowered' ? <><span class="roomy">{c.words.weak}<Sep /></span>{c.words.lowered}</> : c.words[word]}</span>;
}

export const nameOf = (call: Call, id: number): string => {
  const p = call.participants.value.find((x) => x.id === id);
  return p === undefined ? '' : p.id === call.me.value ? callText().you : p.display;
};

export const trackName = (call: Call, t: Track): string => {
  const c = callText();
  return t.name !== '' ? t.name : t.label === 'camera' ? nameOf(call, t.participant) : c.sourceOf(c.labels[t.label], nameOf(call, t.participant));
};

export const isMuted = (call: Call, p: Participant): boolean => {
  const mics = call.tracks.value.filter((t) => t.participant === p.id && t.label === 'microphone');
  if (p.id === call.me.value) return !call.sources.value.some((s) => s.label === 'microphone' && s.on);
  return mics.length === 0 || mics.every((t) => t.muted);
};

export const rolesOf = (p: Participant): string => {
  const t = text();
  const c = callText();
  if (p.kind === 'source') return c.source;
  if (p.kind === 'viewer') return c.viewer;
  if (p.kind === 'endpoint') return c.endpoint;
  return p.roles.map((r) => t.roles[r as Role] ?? '').filter((w) => w !== '').join(' ');
};
