/* The control bar: one Tab stop, arrows inside. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { deviceFault, listDevices, looksClinical, onDevices, openCamera, openMicrophone, type Device, type Devices } from '../call/devices';
import { bars, meter } from '../call/meter';
import { text } from '../text';
import { callText } from '../text/call';
import { lookText } from '../text/look';
import { deviceTrouble, speakerDevice } from '../state/room';
import { say } from '../state/load';
import { Dialog } from '../ui/dialog';
import { SelectField } from '../ui/form';
import { Icon, type IconName } from '../ui/icon';
import { lettersOn, typing } from '../ui/keys';
import { Button, IconButton } from '../ui/parts';
import { LevelBar, SpeakerTest } from './room-check';
import { pick, tool } from './room-marks';

const micOf = (call: Call) => call.sources.value.find((s) => s.label === 'microphone');
const camerasOf = (call: Call) => call.sources.value.filter((s) => s.kind === 'video' && s.label !== 'screen');
const screenOf = (call: Call) => call.sources.value.find((s) => s.label === 'screen');

async function tried(work: Promise<void>): Promise<void> {
  try { await work; deviceTrouble.value = null; } catch (e) { deviceTrouble.value = deviceFault(e); }
}

export const toggleMic = (call: Call): void => { const m = micOf(call); if (m) void tried(call.switchOn(m.key, !m.on)); };
export const toggleCamera = (call: Call): void => {
  const all = camerasOf(call);
  const on = all.some((s) => s.on);
  for (const s of all) void tried(call.switchOn(s.key, !on));
};

/** Another camera of this desk, beside those that are sent. */
async function addCamera(call: Call, device: Device): Promise<void> {
  const label = looksClinical(device.label) || camerasOf(call).length > 0 ? 'exam' : 'camera';
  const capture = await openCamera(device.id, label);
  call.add({ label, name: label === 'camera' ? '' : device.label.slice(0, 18), kind: 'video', device: device.id, capture, on: true });
}

async function addMicrophone(call: Call, id: string): Promise<void> {
  const capture = await openMicrophone(id);
  call.add({ label: 'microphone', name: '', kind: 'audio', device: id, capture, on: true });
}

function useLevel(track: MediaStreamTrack | null): number {
  const level = useSignal(0);
  useEffect(() => {
    level.value = 0;
    if (track === null) return;
    const m = meter(track, (l) => { level.value = l; });
    return m.stop;
  }, [track]);
  return level.value;
}

function MicBars({ call }: { call: Call }) {
  const mic = micOf(call);
  const lit = bars(useLevel(mic?.on ? mic.capture : null));
  return <span class="meter" aria-hidden="true">{[0, 1, 2, 3].map((i) => <i key={i} class={i < lit ? 'on' : ''} />)}</span>;
}

function DevicesDialog({ call, onClose }: { call: Call; onClose: () => void }) {
  const c = callText();
  const t = text();
  const found = useSignal<Devices>({ cameras: [], microphones: [], speakers: [] });
  useEffect(() => {
    const look = (): void => { void listDevices().then((d) => { found.value = d; }); };
    look();
    return onDevices(look);
  }, []);
  const mic = micOf(call);
  const level = useLevel(mic?.on ? mic.capture : null);
  const words = (list: Device[]): { value: string; words: string }[] => list.map((d, i) => ({ value: d.id, words: d.label === '' ? c.unnamed(i + 1) : d.label }));
  const known = (id: string | undefined): boolean => [...found.value.cameras, ...found.value.microphones].some((d) => d.id === id);
  const used = (s: { capture: MediaStreamTrack | null; device: string | null }): string => { const id = s.capture?.getSettings().deviceId; return id !== undefined && known(id) ? id : s.device ?? ''; };
  const taken = new Set(camerasOf(call).map(used));
  const free = found.value.cameras.filter((d) => !taken.has(d.id));
  return (
    <Dialog title={c.devicesTitle} sub={c.devicesSub} onClose={onClose}>
      <div class="gap-4">
        {mic
          ? <div class="gap-2"><SelectField label={c.microphone} value={used(mic)} options={words(found.value.microphones)} onPick={(v) => { void tried(call.changeDevice(mic.key, v)); }} /><LevelBar level={level} label={c.level} /></div>
          : found.value.microphones.length > 0 && <SelectField label={c.microphone} value="" options={[{ value: '', words: c.no }, ...words(found.value.microphones)]} onPick={(v) => { if (v !== '') void tried(addMicrophone(call, v)); }} />}
        {camerasOf(call).map((s) => (
          <div key={s.key} class="with-stop">
            <SelectField label={s.label === 'exam' ? c.second : c.camera} value={used(s)} options={words(found.value.cameras.filter((d) => d.id === used(s) || !taken.has(d.id)))} onPick={(v) => { void tried(call.changeDevice(s.key, v)); }} />
            <IconButton icon="x" label={c.stopPicture(s.name === '' ? c.camera : s.name)} onClick={() => call.remove(s.key)} />
          </div>
        ))}
        {free.length > 0 && <SelectField label={c.addPicture} value="" options={[{ value: '', words: c.addPick }, ...words(free)]} onPick={(v) => { const d = free.find((x) => x.id === v); if (d) void tried(addCamera(call, d)); }} />}
        {deviceTrouble.value !== null && <p class="error" role="alert"><Icon name="warn" size="s" /><span>{c.deviceFault[deviceTrouble.value]}</span></p>}
        <div>
          {found.value.speakers.length > 1 && <SelectField label={c.speaker} value={speakerDevice.value ?? found.value.speakers[0]?.id ?? ''} options={words(found.value.speakers)} onPick={(v) => { speakerDevice.value = v; }} />}
          <SpeakerTest speaker={speakerDevice.value} />
        </div>
      </div>
      <div class="actions"><Button kind="primary" onClick={onClose}>{t.close}</Button></div>
    </Dialog>
  );
}

export function Controls({ call, onLeave, onStill }: { call: Call; onLeave: () => void; onStill: (() => void) | null }) {
  const c = callText();
  const l = lookText();
  const bar = useRef<HTMLDivElement>(null);
  const at = useSignal(0);
  const devices = useSignal(false);
  const mic = micOf(call);
  const cameras = camerasOf(call);
  const camOn = cameras.some((s) => s.on);
  const screen = screenOf(call);

  useEffect(() => {
    const key = (e: KeyboardEvent): void => {
      if (!lettersOn.value || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented || typing(e) || document.querySelector('dialog[open]') !== null) return;
      if (e.key === 'm' || e.key === 'M') { e.preventDefault(); toggleMic(call); }
      if (e.key === 'v' || e.key === 'V') { e.preventDefault(); toggleCamera(call); }
      if (e.key === 's' || e.key === 'S') { e.preventDefault(); onStill?.(); }
      if (e.key === 'p' || e.key === 'P') { e.preventDefault(); pick(call, 'point'); }
      if (e.key === 'd' || e.key === 'D') { e.preventDefault(); pick(call, 'draw'); }
      if (e.key === 'Escape' && tool.peek() !== 'none') { e.preventDefault(); pick(call, tool.peek()); }
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, [call, onStill]);

  const share = async (): Promise<void> => {
    if (screen) { call.remove(screen.key); const sound = call.sources.value.find((s) => s.label === 'screen-audio'); if (sound) call.remove(sound.key); return; }
    try { await call.shareScreen(''); } catch { say(c.shareFailed); }
  };

  const arrow = (e: KeyboardEvent): void => {
    if (e.key !== 'ArrowLeft' && e.key !== 'ArrowRight') return;
    e.preventDefault();
    const all = [...bar.current!.querySelectorAll<HTMLButtonElement>('.ctl')];
    at.value = (at.value + (e.key === 'ArrowRight' ? 1 : all.length - 1)) % all.length;
    all[at.value]?.focus();
  };
  let i = -1;
  const ctl = (icon: IconName, words: string, act: () => void, more: { pressed?: boolean; leave?: boolean; meter?: boolean; hint?: string; id?: string } = {}) => {
    i += 1;
    const own = i;
    return (
      <button type="button" class={`ctl${more.leave ? ' leave' : ''}`} data-ctl={more.id} aria-pressed={more.pressed} title={more.hint === undefined ? words : `${words} (${more.hint})`} aria-keyshortcuts={more.hint} tabIndex={own === at.value ? 0 : -1} onFocus={() => { at.value = own; }} onClick={act}>
        <span class="glyph"><Icon name={icon} />{more.meter && <MicBars call={call} />}</span>{words}
      </button>
    );
  };
  return (
    <section class="controls-at on-stage" aria-label={c.controls}>
      <div ref={bar} class="controls" role="toolbar" aria-label={c.controls} onKeyDown={arrow}>
        {mic && ctl(mic.on ? 'mic' : 'micoff', mic.on ? c.mute : c.unmute, () => toggleMic(call), { meter: mic.on, hint: 'M', id: 'mic' })}
        {cameras.length > 0 && ctl(camOn ? 'video' : 'videooff', camOn ? c.camOff : c.camOn, () => toggleCamera(call), { hint: 'V', id: 'camera' })}
        {ctl('sliders', c.devices, () => { devices.value = true; }, { id: 'devices' })}
        <hr />
        {onStill !== null && ctl('camera', l.still, onStill, { hint: 'S', id: 'still' })}
        {ctl('cursor', l.point, () => pick(call, 'point'), { pressed: tool.value === 'point', hint: 'P', id: 'point' })}
        {ctl('pen', l.draw, () => pick(call, 'draw'), { pressed: tool.value === 'draw', hint: 'D', id: 'draw' })}
        <hr />
        {ctl('screen', screen ? c.unshare : c.share, () => { void share(); }, { pressed: screen !== undefined, id: 'screen' })}
        {ctl('wave', c.audioOnly, () => { call.audioOnly.value = !call.audioOnly.value; }, { pressed: call.audioOnly.value, id: 'audio' })}
        {ctl('down', c.save, () => call.save(!call.saves.value), { pressed: call.saves.value, id: 'save' })}
        <hr />
        {ctl('leave', c.leave, onLeave, { leave: true, id: 'leave' })}
      </div>
      {devices.value && <DevicesDialog call={call} onClose={() => { devices.value = false; }} />}
    </section>
  );
}
