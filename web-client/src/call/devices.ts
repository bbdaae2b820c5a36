/* Cameras, microphones and screens, and the reasons why one does not open. */
import type { Label } from '../wire/call';
import { isDetail } from './encodings';

export interface Device { id: string; label: string }
export interface Devices { cameras: Device[]; microphones: Device[]; speakers: Device[] }
export type DeviceFault = 'refused' | 'none' | 'taken' | 'failed';

export function deviceFault(e: unknown): DeviceFault {
  const name = e instanceof DOMException ? e.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  if (name === 'NotReadableError' || name === 'AbortError') return 'taken';
  return 'failed';
}

/** An exam camera by its name, as makers and drivers call them, in English and in Chinese (fundus, slit lamp, otoscope, dermatoscope, exam, endoscope). */
export const looksClinical = (label: string): boolean => /fundus|slit|otoscop|dermat|ophthal|retina|microscop|endoscop|exam|\u773c\u5e95|\u88c2\u9699|\u8033\u955c|\u76ae\u80a4\u955c|\u68c0\u67e5|\u955c\u68c0|\u5185\u955c/i.test(label);

export async function listDevices(): Promise<Devices> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind): Device[] => all.filter((d) => d.kind === kind && d.deviceId !== '' && d.deviceId !== 'communications').map((d) => ({ id: d.deviceId, label: d.label }));
  return { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') };
}

export const onDevices = (heard: () => void): (() => void) => {
  navigator.mediaDevices.addEventListener('devicechange', heard);
  return () => navigator.mediaDevices.removeEventListener('devicechange', heard);
};

export async function openMicrophone(id: string | null): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { ...(id === null ? {} : { deviceId: { exact: id } }), echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
  });
  return stream.getAudioTracks()[0]!;
}

/** A face at 720p; an exam camera with all the pixels it has, and moved from afar where it can be: the browser asks whoever sits there. */
export async function openCamera(id: string | null, label: Label): Promise<MediaStreamTrack> {
  const size = isDetail(label) ? { width: { ideal: 1920 }, height: { ideal: 1440 }, frameRate: { ideal: 30, max: 30 }, pan: true, tilt: true, zoom: true } : { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: { ...(id === null ? {} : { deviceId: { exact: id } }), ...size } });
  const track = stream.getVideoTracks()[0]!;
  track.contentHint = isDetail(label) ? 'detail' : 'motion';
  return track;
}

/** The screen, with its sound when the browser gives it. `contentHint` keeps letters sharp; pictures a second may fall. */
export async function openScreen(): Promise<{ video: MediaStreamTrack; audio: MediaStreamTrack | null }> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 10, max: 15 } }, audio: true });
  const video = stream.getVideoTracks()[0]!;
  video.contentHint = 'detail';
  return { video, audio: stream.getAudioTracks()[0] ?? null };
}
