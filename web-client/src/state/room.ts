/* The room this page is in: opens the call over the live link, and keeps in the history entry what a reload needs to come back as the same
   participant. The history entry ends with the tab and is no storage that another account could read. */
import { effect, signal, untracked } from '@preact/signals';
import { openCall, type Call } from '../call/call';
import { deviceFault, openCamera, openMicrophone, type DeviceFault } from '../call/devices';
import { isRecord } from '../wire/read';
import { joinRoom } from '../wire/rooms';
import type { Label } from '../wire/call';
import { serverNow } from './clock';
import { hearCall, lineAgain, link, tellCall } from './link';
import { over, send } from './session';

export interface ChosenCamera { device: string; label: Label; name: string }
export interface Choice { microphone: string | null; micOn: boolean; cameras: ChosenCamera[]; camerasOn: boolean; audioOnly: boolean; speaker: string | null }

/** Tracks that the device check opened already: taken over, not opened twice. */
export interface Opened { microphone: MediaStreamTrack | null; cameras: (MediaStreamTrack | null)[] }

export const call = signal<Call | null>(null);
export const speakerDevice = signal<string | null>(null);
export const deviceTrouble = signal<DeviceFault | null>(null);

interface Kept { room: string; resume: string; choice: Choice }

/** What this history entry says about a call in `room`, when it says something. */
export function kept(room: string): Kept | null {
  const state: unknown = history.state;
  if (!isRecord(state) || !isRecord(state['call'])) return null;
  const k = state['call'];
  if (k['room'] !== room || typeof k['resume'] !== 'string' || !isRecord(k['choice'])) return null;
  return k as unknown as Kept;
}

function keep(room: string, resume: string | null, choice: Choice): void {
  history.replaceState(resume === null ? null : { call: { room, resume, choice } }, '');
}

let stopWatching: (() => void) | null = null;

export async function enterRoom(room: string, choice: Choice, resume: string | null, opened: Opened | null): Promise<void> {
  leaveRoom();
  deviceTrouble.value = null;
  speakerDevice.value = choice.speaker;
  const at = openCall(room, resume, {
    tell: tellCall, hear: hearCall, again: lineAgain, token: () => send(joinRoom(room)), keep: (r) => keep(room, r, now()), clock: serverNow,
  });
  const now = (): Choice => {
    const mine = at.sources.peek();
    const mic = mine.find((s) => s.label === 'microphone');
    const cameras = mine.filter((s) => s.kind === 'video' && s.label !== 'screen' && s.device !== null);
    return {
      microphone: mic?.device ?? choice.microphone, micOn: mic?.on ?? choice.micOn, audioOnly: at.audioOnly.peek(), speaker: speakerDevice.peek(),
      cameras: cameras.map((s) => ({ device: s.device ?? '', label: s.label, name: s.name })), camerasOn: cameras.length === 0 ? choice.camerasOn : cameras.some((s) => s.on),
    };
  };
  at.audioOnly.value = choice.audioOnly;
  const unwatch = effect(() => { const live = link.value.is === 'live'; untracked(() => at.line(live)); });
  const unveil = effect(() => { if (over.value !== null) untracked(at.expire); });
  const online = (): void => at.nudge();
  addEventListener('online', online);
  stopWatching = () => { unwatch(); unveil(); removeEventListener('online', online); };
  call.value = at;

  try {
    const mic = opened?.microphone ?? await openMicrophone(choice.microphone);
    mic.enabled = true;
    at.add({ label: 'microphone', name: '', kind: 'audio', device: choice.microphone, capture: mic, on: choice.micOn });
  } catch (e) { deviceTrouble.value = deviceFault(e); }
  for (const [i, c] of choice.cameras.entries()) {
    const on = choice.camerasOn && !choice.audioOnly;
    try {
      const capture = on ? opened?.cameras[i] ?? await openCamera(c.device, c.label) : null;
      if (!on) opened?.cameras[i]?.stop();
      at.add({ label: c.label, name: c.name, kind: 'video', device: c.device, capture, on });
    } catch (e) { deviceTrouble.value = deviceFault(e); }
  }
}

export function leaveRoom(): void {
  stopWatching?.();
  stopWatching = null;
  call.value?.close();
  call.value = null;
}
