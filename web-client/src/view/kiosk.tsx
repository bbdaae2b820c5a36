/* My health: one glance, large type, a voice that reads it. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { lang, langTag, text } from '../text';
import { ownText } from '../text/own';
import { ownNews } from '../wire/own';
import { full } from '../state/format';
import { useLoad } from '../state/load';
import { logout, session } from '../state/session';
import { Icon } from '../ui/icon';
import { Button, Notice } from '../ui/parts';

/** Only a voice of this machine reads aloud: nothing of it leaves the site. */
function localVoice(tag: string): SpeechSynthesisVoice | null {
  if (typeof speechSynthesis === 'undefined') return null;
  const start = tag.slice(0, 2).toLowerCase();
  return speechSynthesis.getVoices().find((v) => v.localService && v.lang.toLowerCase().startsWith(start)) ?? null;
}

export function ReadAloud({ words }: { words: string }) {
  const t = text();
  const voice = useSignal<SpeechSynthesisVoice | null>(null);
  const reading = useSignal(false);
  useEffect(() => {
    const look = (): void => { voice.value = localVoice(langTag(lang.value)); };
    look();
    if (typeof speechSynthesis === 'undefined') return;
    speechSynthesis.addEventListener('voiceschanged', look);
    return () => { speechSynthesis.removeEventListener('voiceschanged', look); speechSynthesis.cancel(); };
  }, [lang.value]);
  if (voice.value === null) return null;
  return (
    <button type="button" class="k-speak" aria-pressed={reading.value} onClick={() => {
      speechSynthesis.cancel();
      if (reading.value) { reading.value = false; return; }
      const say = new SpeechSynthesisUtterance(words);
      say.voice = voice.value;
      say.lang = langTag(lang.value);
      say.onend = () => { reading.value = false; };
      reading.value = true;
      speechSynthesis.speak(say);
    }}><Icon name="speak" /><span>{reading.value ? t.kiosk.stopReading : t.kiosk.read}</span></button>
  );
}

export function Kiosk() {
  const t = text();
  const k = t.kiosk;
  const s = session.value;
  const news = useLoad(ownNews, s?.account.person ?? '');
  const hasNews = (news.value.value ?? 0) > 0;
  if (s === null) return null;
  const rows = [
    { id: 'requests', icon: 'ask', title: k.requests, words: k.requestsText },
    { id: 'visits', icon: 'cal', title: k.visits, words: k.visitsText },
    { id: 'record', icon: 'chart', title: k.record, words: k.recordText },
  ] as const;
  const aloud = [k.hello, k.sub, ...(hasNews ? [ownText().news] : []), ...rows.flatMap((r) => [r.title, r.words]), k.privacy, k.urgent].join(`${t.stop} `);
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <div class="k-q"><div><h1 tabIndex={-1}>{k.hello}</h1><p>{k.sub}</p></div><ReadAloud words={aloud} /></div>
        {hasNews && <Notice tone="act" live><a href="/me/record">{ownText().news}</a></Notice>}
        <ul class="k-rows">{rows.map((r) => <li key={r.id}><Icon name={r.icon} /><h2>{r.id === 'record' ? <a href="/me/record">{r.title}</a> : r.title}</h2><p>{r.words}</p></li>)}</ul>
        {s.last_login !== null && <p class="muted">{k.last(full(s.last_login.at))}</p>}
      </main>
      <footer class="k-foot">
        <Notice tone="bad">{k.urgent}</Notice>
        <p class="privacy"><Icon name="lock" />{k.privacy}</p>
        <div class="two-btn"><a class="btn" href="/account"><Icon name="user" />{k.account}</a><Button kind="primary" icon="leave" onClick={() => { void logout(); }}>{k.leave}</Button></div>
      </footer>
    </>
  );
}
