/* Saying it in place of writing: record, listen, record again. It lives in this page's memory alone until it is sent. */
import { kioskText } from '../text/kiosk';
import { voiceMost_s, type Voice } from '../state/voice';
import { Button, Notice } from '../ui/parts';

export function KioskVoice({ voice }: { voice: Voice }) {
  const t = kioskText().voice;
  const at = voice.state.value;
  return (
    <section class="k-voice" aria-label={t.title} data-voice={at.is}>
      <h2>{t.title}</h2>
      {at.is === 'refused' && <Notice tone="warn" live>{t.refused[at.why]}</Notice>}
      {at.is === 'recording'
        ? <div class="k-rec" role="status"><i aria-hidden="true" /><span>{t.recording(Math.floor(at.s), voiceMost_s)}</span><Button kind="danger" icon="x" onClick={() => { voice.stop(); }}>{t.stop}</Button></div>
        : at.is === 'made'
          ? <div class="k-rec"><audio controls src={at.url} aria-label={t.yours} /><span>{t.seconds(Math.max(1, Math.round(at.s)))}</span><Button icon="erase" onClick={() => { voice.drop(); }}>{t.drop}</Button></div>
          : <div class="k-rec"><Button icon="mic" busy={at.is === 'asking' ? t.asking : false} onClick={() => { void voice.start(); }}>{t.start}</Button><p>{t.help(voiceMost_s)}</p></div>}
    </section>
  );
}
