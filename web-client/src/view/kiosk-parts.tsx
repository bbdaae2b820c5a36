/* What the terminal's screens share: the languages, a voice that reads aloud, large digits to press, the bar at the foot. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { lang } from '../text';
import { kioskFault, kioskLang, kioskLangs, kioskText, setKioskLang } from '../text/kiosk';
import type { Fault } from '../wire/fault';
import { now } from '../state/clock';
import { countdown, date, dayKey, full, hm } from '../state/format';
import { logout } from '../state/session';
import { Icon } from '../ui/icon';
import { Button, Notice, Seg } from '../ui/parts';
import './kiosk.css';

/** The page speaks the terminal's language, and runs its way; as before when the terminal is left. */
export function useKioskPage(place: string): void {
  const t = kioskText();
  useEffect(() => {
    const root = document.documentElement;
    const before = root.lang;
    root.lang = t.tag;
    root.dir = t.rtl ? 'rtl' : 'ltr';
    document.title = place;
    return () => { root.lang = before; root.dir = 'ltr'; };
  }, [t, place, lang.value]);
}

export const KioskLangs = () => <Seg label={kioskText().langLabel} value={kioskLang.value} options={kioskLangs} onPick={(l) => { void setKioskLang(l); }} />;

/** A day or an instant as the terminal writes it; digits alone where the language's own form is not to be had. */
export const kioskDay = (at: number): string => (kioskLang.value === 'ug' ? dayKey(at) : date(at, true));
export const kioskWhen = (at: number): string => (kioskLang.value === 'ug' ? `${dayKey(at)} ${hm(at)}` : full(at));

/** Only a voice of this machine reads aloud: nothing of it leaves the site. */
function localVoice(tag: string): SpeechSynthesisVoice | null {
  if (typeof speechSynthesis === 'undefined') return null;
  const start = tag.slice(0, 2).toLowerCase();
  return speechSynthesis.getVoices().find((v) => v.localService && v.lang.toLowerCase().startsWith(start)) ?? null;
}

/** Reads the screen. Where the machine has no voice for the language, the button says so and cannot be pressed. */
export function ReadAloud({ words }: { words: string }) {
  const t = kioskText();
  const voice = useSignal<SpeechSynthesisVoice | null>(null);
  const reading = useSignal(false);
  useEffect(() => {
    const look = (): void => { voice.value = localVoice(t.tag); };
    look();
    if (typeof speechSynthesis === 'undefined') return;
    speechSynthesis.addEventListener('voiceschanged', look);
    return () => { speechSynthesis.removeEventListener('voiceschanged', look); speechSynthesis.cancel(); reading.value = false; };
  }, [t]);
  if (voice.value === null) return <span class="k-speak mute" role="note"><Icon name="speak" /><span>{t.noVoice}</span></span>;
  return (
    <button type="button" class="k-speak" aria-pressed={reading.value} onClick={() => {
      speechSynthesis.cancel();
      if (reading.value) { reading.value = false; return; }
      const say = new SpeechSynthesisUtterance(words);
      say.voice = voice.value;
      say.lang = t.tag;
      say.onend = () => { reading.value = false; };
      reading.value = true;
      speechSynthesis.speak(say);
    }}><Icon name="speak" /><span>{reading.value ? t.stopReading : t.read}</span></button>
  );
}

export function KioskHead({ title, sub, aloud = [] }: { title: string; sub: string; aloud?: readonly string[] }) {
  return <div class="k-q"><div><h1 tabIndex={-1}>{title}</h1><p>{sub}</p></div><ReadAloud words={[title, sub, ...aloud].join(kioskText().stop)} /></div>;
}

export function KioskFault({ fault, again }: { fault: Fault | null; again?: () => void }) {
  if (fault === null) return null;
  const left = fault.until === null ? 0 : fault.until - now.value;
  return <Notice tone="bad" live>{kioskFault(fault)} {left > 0 && <b class="num">{countdown(left)}</b>}{again && <> <button type="button" class="linkish" onClick={again}>{kioskText().retry}</button></>}</Notice>;
}

/** Back, and the way out; or what the screen's own step is. */
export function KioskFoot({ back = '/me', onBack, children }: { back?: string; onBack?: () => void; children?: ComponentChildren }) {
  const t = kioskText();
  const way = t.rtl ? 'right' : 'left';
  return (
    <footer class="k-foot"><div class="two-btn">
      {onBack ? <Button icon={way} onClick={onBack}>{t.back}</Button> : <a class="btn" href={back}><Icon name={way} />{t.back}</a>}
      {children ?? <Button kind="primary" icon="leave" onClick={() => { void logout(); }}>{t.leave}</Button>}
    </div></footer>
  );
}

/** Digits to press with a finger. What is typed is shown as it is, or as dots. */
export function Digits({ value, most, hidden = false, onChange }: { value: string; most: number; hidden?: boolean; onChange: (v: string) => void }) {
  const t = kioskText();
  return (
    <div class="k-digits">
      <output class="k-typed" aria-label={t.terminal.typed(value.length)} dir="ltr">{hidden ? '●'.repeat(value.length) : value}</output>
      <div class="k-pad" role="group" aria-label={t.terminal.digits} dir="ltr">
        {['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0'].map((d) => (d === ''
          ? <button key="erase" type="button" class="erase" aria-label={t.terminal.erase} disabled={value === ''} onClick={() => { onChange(value.slice(0, -1)); }}><Icon name="left" /></button>
          : <button key={d} type="button" onClick={() => { if (value.length < most) onChange(value + d); }}>{d}</button>))}
      </div>
    </div>
  );
}
