/* Before joining: a picture, a level meter, a three-second echo. Nobody hears or sees anything of it. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { playChime } from '../call/chime';
import { deviceFault, listDevices, looksClinical, onDevices, openCamera, openMicrophone, type Device, type DeviceFault, type Devices } from '../call/devices';
import { meter } from '../call/meter';
import { callText } from '../text/call';
import type { Choice, Opened } from '../state/room';
import { Check, SelectField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Notice } from '../ui/parts';

export function Video({ stream, mirror = false, name }: { stream: MediaStream | null; mirror?: boolean; name?: string }) {
  const at = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const v = at.current!;
    if (v.srcObject !== stream) v.srcObject = stream;
    if (stream !== null) void v.play().catch(() => {});
  }, [stream]);
  return <video ref={at} autoplay playsInline muted class={mirror ? 'mirror' : undefined} aria-label={name} />;
}

export function LevelBar({ level, label }: { level: number; label: string }) {
  const lit = Math.round(level * 20);
  return <div class="levelbar" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={20} aria-valuenow={lit}>{Array.from({ length: 20 }, (_, i) => <i key={i} class={i < lit ? (i > 17 ? 'on hot' : 'on') : ''} />)}</div>;
}

const off = '-';
const echo_s = 3;
const quiet_ms = 6000;

function Echo({ track, speaker }: { track: MediaStreamTrack | null; speaker: string | null }) {
  const c = callText();
  const state = useSignal<'idle' | 'recording' | 'playing' | 'done'>('idle');
  const left = useSignal(echo_s);
  const stop = useRef<(() => void) | null>(null);
  useEffect(() => () => stop.current?.(), []);
  const start = (): void => {
    if (track === null || state.value === 'recording' || state.value === 'playing') return;
    const parts: Blob[] = [];
    const recorder = new MediaRecorder(new MediaStream([track]));
    const audio = new Audio();
    let url = '';
    recorder.ondataavailable = (e) => { parts.push(e.data); };
    recorder.onstop = () => {
      url = URL.createObjectURL(new Blob(parts, { type: recorder.mimeType }));
      audio.src = url;
      if (speaker !== null && 'setSinkId' in audio) void audio.setSinkId(speaker).catch(() => {});
      audio.onended = () => { state.value = 'done'; URL.revokeObjectURL(url); };
      state.value = 'playing';
      void audio.play().catch(() => { state.value = 'done'; });
    };
    recorder.start();
    state.value = 'recording';
    left.value = echo_s;
    const tick = setInterval(() => {
      left.value -= 1;
      if (left.value <= 0) { clearInterval(tick); if (recorder.state !== 'inactive') recorder.stop(); }
    }, 1000);
    stop.current = () => { clearInterval(tick); recorder.onstop = null; if (recorder.state !== 'inactive') recorder.stop(); audio.pause(); if (url !== '') URL.revokeObjectURL(url); };
  };
  return (
    <div class="under">
      <Button icon={state.value === 'playing' ? 'speak' : 'mic'} disabled={track === null} busy={state.value === 'recording' ? c.echoRecording(left.value) : state.value === 'playing' ? c.echoPlaying : false} onClick={start}>{state.value === 'done' ? c.echoAgain : c.echo}</Button>
      <span class="vh" role="status" data-echo={state.value}>{state.value === 'playing' ? c.echoPlaying : ''}</span>
    </div>
  );
}

/** Two notes through the chosen loudspeaker. */
export function SpeakerTest({ speaker }: { speaker: string | null }) {
  const c = callText();
  const state = useSignal<'idle' | 'playing' | 'done' | 'failed'>('idle');
  const stop = useRef<(() => void) | null>(null);
  useEffect(() => () => stop.current?.(), []);
  const start = (): void => {
    if (state.value === 'playing') return;
    state.value = 'playing';
    stop.current = playChime(speaker, (played) => { state.value = played ? 'done' : 'failed'; });
  };
  return (
    <div class="under">
      <Button icon="speak" busy={state.value === 'playing' ? c.testPlaying : false} onClick={start}>{c.testSound}</Button>
      <span role="status" data-chime={state.value}>{state.value === 'done' ? c.testAsk : state.value === 'failed' ? c.testFailed : ''}</span>
    </div>
  );
}

export function DeviceCheck({ title, busy, onJoin }: { title: string; busy: boolean; onJoin: (choice: Choice, opened: Opened) => void }) {
  const c = callText();
  const devices = useSignal<Devices>({ cameras: [], microphones: [], speakers: [] });
  const micId = useSignal<string | null>(null);
  const camId = useSignal<string>('');
  const secondId = useSignal<string>(off);
  const speakerId = useSignal<string | null>(null);
  const audioOnly = useSignal(false);
  const muted = useSignal(false);
  const mic = useSignal<MediaStreamTrack | null>(null);
  const cam = useSignal<MediaStream | null>(null);
  const second = useSignal<MediaStream | null>(null);
  const micFault = useSignal<DeviceFault | null>(null);
  const camFault = useSignal<DeviceFault | null>(null);
  const secondFault = useSignal<DeviceFault | null>(null);
  const level = useSignal(0);
  const heard = useSignal(false);
  const quiet = useSignal(false);
  /* Counts tries: of who has allowed a device now, or put it in. */
  const tries = useSignal(0);
  const opening = useSignal(true);
  const taken = useRef(false);

  const refresh = async (): Promise<void> => { devices.value = await listDevices(); };

  /* The microphone. */
  useEffect(() => {
    let gone = false;
    mic.value?.stop();
    mic.value = null;
    openMicrophone(micId.value).then((track) => {
      if (gone) { track.stop(); return; }
      mic.value = track;
      micFault.value = null;
      void refresh();
    }, (e: unknown) => { if (!gone) micFault.value = deviceFault(e); });
    return () => { gone = true; };
  }, [micId.value, tries.value]);

  useEffect(() => {
    const track = mic.value;
    if (track === null) { level.value = 0; return; }
    const m = meter(track, (l) => { level.value = l; if (l > 0.25) heard.value = true; });
    quiet.value = false;
    const timer = setTimeout(() => { quiet.value = true; }, quiet_ms);
    return () => { clearTimeout(timer); m.stop(); };
  }, [mic.value]);

  /* A camera and, when there is one, the exam camera. */
  const openPicture = (id: string, into: typeof cam, fault: typeof camFault, clinical: boolean): (() => void) => {
    let gone = false;
    for (const t of into.value?.getTracks() ?? []) t.stop();
    into.value = null;
    fault.value = null;
    if (id !== off && !audioOnly.value) {
      openCamera(id === '' ? null : id, clinical ? 'exam' : 'camera').then((track) => {
        if (gone) { track.stop(); return; }
        into.value = new MediaStream([track]);
        opening.value = false;
        void refresh();
      }, (e: unknown) => { if (!gone) { fault.value = deviceFault(e); opening.value = false; } });
    } else opening.value = false;
    return () => { gone = true; };
  };
  useEffect(() => openPicture(camId.value, cam, camFault, false), [camId.value, audioOnly.value, tries.value]);
  useEffect(() => openPicture(secondId.value, second, secondFault, true), [secondId.value, audioOnly.value, tries.value]);

  /* A device put in is tried at once where one was missing. */
  useEffect(() => onDevices(() => {
    void refresh();
    if ([micFault, camFault, secondFault].some((f) => f.value !== null && f.value !== 'refused')) tries.value += 1;
  }), []);
  useEffect(() => () => {
    if (taken.current) return;
    mic.value?.stop();
    for (const s of [cam.value, second.value]) for (const t of s?.getTracks() ?? []) t.stop();
  }, []);

  const usedCam = cam.value?.getVideoTracks()[0]?.getSettings().deviceId ?? (camId.value === '' ? null : camId.value);
  const words = (list: Device[]): { value: string; words: string }[] => list.map((d, i) => ({ value: d.id, words: d.label === '' ? c.unnamed(i + 1) : d.label }));
  const nameOf = (id: string | null): string => devices.value.cameras.find((d) => d.id === id)?.label.slice(0, 18) ?? '';
  const fault = (f: DeviceFault | null): string | undefined => (f === null ? undefined : c.deviceFault[f]);
  const usedMic = mic.value?.getSettings().deviceId ?? micId.value ?? '';
  const seconds = devices.value.cameras.filter((d) => d.id !== usedCam);

  const join = (): void => {
    taken.current = true;
    const cameras: Choice['cameras'] = [];
    const openedCameras: (MediaStreamTrack | null)[] = [];
    if (camId.value !== off && usedCam !== null && camFault.value === null) {
      cameras.push({ device: usedCam, label: looksClinical(nameOf(usedCam)) ? 'exam' : 'camera', name: '' });
      openedCameras.push(cam.value?.getVideoTracks()[0] ?? null);
    }
    if (secondId.value !== off && secondFault.value === null) {
      cameras.push({ device: secondId.value, label: 'exam', name: nameOf(secondId.value) });
      openedCameras.push(second.value?.getVideoTracks()[0] ?? null);
    }
    onJoin({ microphone: usedMic === '' ? null : usedMic, micOn: !muted.value, cameras, camerasOn: true, audioOnly: audioOnly.value, speaker: speakerId.value }, { microphone: mic.value, cameras: openedCameras });
  };

  return (
    <div class="check-in">
      <section class={`check-stage on-stage${second.value !== null ? ' two-up' : ''}`} aria-label={c.picture}>
        <figure class="tile">
          {cam.value !== null ? <Video stream={cam.value} mirror name={c.picture} /> : <div class="avatar" aria-hidden="true"><Icon name="videooff" size="l" /></div>}
          <figcaption class="cap"><span class="nm">{cam.value !== null ? c.picture : opening.value && camFault.value === null ? c.opens : c.cameraOff}</span></figcaption>
        </figure>
        {second.value !== null && <figure class="tile second source"><Video stream={second.value} name={c.second} /><span class="flag">{c.labels.exam}</span><figcaption class="cap"><span class="nm">{nameOf(secondId.value)}</span></figcaption></figure>}
      </section>
      <form class="check-form" onSubmit={(e) => { e.preventDefault(); if (!busy) join(); }}>
        <div><h1 tabIndex={-1}>{c.check}</h1><p class="sum">{title !== '' && <><b>{title}</b><br /></>}{c.checkSum}</p></div>
        <SelectField label={c.microphone} value={usedMic} options={devices.value.microphones.length === 0 ? [{ value: '', words: c.no }] : words(devices.value.microphones)} error={fault(micFault.value)} onPick={(v) => { micId.value = v; heard.value = false; }} />
        <div>
          <LevelBar level={level.value} label={c.level} />
          <p class="under" role="status">{mic.value === null ? '' : heard.value ? c.heard : quiet.value ? c.quiet : c.speak}</p>
          <Echo track={mic.value} speaker={speakerId.value} />
        </div>
        <div>
          {devices.value.speakers.length > 1 && <SelectField label={c.speaker} value={speakerId.value ?? devices.value.speakers[0]?.id ?? ''} options={words(devices.value.speakers)} onPick={(v) => { speakerId.value = v; }} />}
          <SpeakerTest speaker={speakerId.value} />
        </div>
        <SelectField label={c.camera} value={camId.value === off || (camFault.value !== null && usedCam === null) ? off : usedCam ?? ''} options={[...words(devices.value.cameras), { value: off, words: c.no }]} error={fault(camFault.value)} onPick={(v) => { camId.value = v; if (v === secondId.value) secondId.value = off; }} />
        {seconds.length > 0 && !audioOnly.value && <SelectField label={c.second} help={c.secondHelp} value={secondId.value} options={[{ value: off, words: c.no }, ...words(seconds)]} error={fault(secondFault.value)} onPick={(v) => { secondId.value = v; }} />}
        <Check label={c.audioOnlyJoin} help={c.audioOnlyHelp} checked={audioOnly.value} onPick={(on) => { audioOnly.value = on; }} />
        <Check label={c.joinMuted} checked={muted.value} onPick={(on) => { muted.value = on; }} />
        {(micFault.value !== null || camFault.value !== null || secondFault.value !== null) && <Notice tone="warn"><p>{micFault.value !== null ? c.noDevices : c.noCamera}</p><button type="button" class="linkish" data-retry="" onClick={() => { tries.value += 1; }}>{c.tryAgain}</button></Notice>}
        <Button type="submit" kind="primary" block busy={busy ? c.joining : false}>{c.join}</Button>
      </form>
    </div>
  );
}
