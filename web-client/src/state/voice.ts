/* A note by voice: recorded at the terminal, at most a minute, and gone with the page; played in the clinic from memory, one question each time. */
import { signal, type Signal } from '@preact/signals';
import { langTag, lang } from '../text';
import { stay } from './session';

export const voiceMost_s = 60;
/** Speaking is being there: the session is told now and then. */
const stayEach_s = 15;
const kinds = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus'];

export type VoiceState = { is: 'none' } | { is: 'asking' } | { is: 'recording'; s: number } | { is: 'made'; note: Blob; url: string; s: number } | { is: 'refused'; why: 'denied' | 'absent' | 'unable' };

export interface Voice { state: Signal<VoiceState>; start: () => Promise<void>; stop: () => void; drop: () => void }

export function openVoice(): Voice {
  const state = signal<VoiceState>({ is: 'none' });
  let recorder: MediaRecorder | null = null;
  let stream: MediaStream | null = null;
  let timer = 0;
  const release = (): void => {
    clearInterval(timer);
    stream?.getTracks().forEach((t) => { t.stop(); });
    stream = null;
    recorder = null;
  };
  const drop = (): void => {
    const at = state.peek();
    if (recorder !== null && recorder.state !== 'inactive') { recorder.onstop = null; recorder.stop(); }
    release();
    if (at.is === 'made') URL.revokeObjectURL(at.url);
    state.value = { is: 'none' };
  };
  const stop = (): void => { if (recorder !== null && recorder.state !== 'inactive') recorder.stop(); };
  const start = async (): Promise<void> => {
    drop();
    const mimeType = typeof MediaRecorder === 'undefined' ? undefined : kinds.find((k) => MediaRecorder.isTypeSupported(k));
    if (mimeType === undefined) { state.value = { is: 'refused', why: 'unable' }; return; }
    state.value = { is: 'asking' };
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
    } catch (e) {
      const name = e instanceof DOMException ? e.name : '';
      state.value = { is: 'refused', why: name === 'NotAllowedError' ? 'denied' : name === 'NotFoundError' ? 'absent' : 'unable' };
      return;
    }
    if (state.peek().is !== 'asking') { release(); return; } /* the page was left meanwhile */
    const parts: Blob[] = [];
    const began = Date.now();
    const spent = (): number => Math.min(voiceMost_s, (Date.now() - began) / 1000);
    recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 24_000 });
    recorder.ondataavailable = (e) => { if (e.data.size > 0) parts.push(e.data); };
    recorder.onstop = () => {
      const note = new Blob(parts, { type: mimeType });
      const s = spent();
      release();
      state.value = { is: 'made', note, url: URL.createObjectURL(note), s };
    };
    recorder.start();
    state.value = { is: 'recording', s: 0 };
    let told = 0;
    timer = window.setInterval(() => {
      const s = spent();
      state.value = { is: 'recording', s };
      if (Math.floor(s / stayEach_s) > told) { told = Math.floor(s / stayEach_s); void stay(); }
      if (s >= voiceMost_s) stop();
    }, 200);
  };
  return { state, start, stop, drop };
}

/** What lies there, to be played from memory; null: it could not be had. Whoever asks revokes the address. */
export async function fetchVoice(path: string): Promise<string | null> {
  try {
    const answer = await fetch(path, { headers: { 'Accept-Language': langTag(lang.value) } });
    return answer.ok ? URL.createObjectURL(await answer.blob()) : null;
  } catch { return null; }
}
