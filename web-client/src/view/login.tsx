/* The login page: the bridge on one side, the form on the other. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { lang, text } from '../text';
import { service, type Service } from '../wire/system';
import { now } from '../state/clock';
import { hms, offset } from '../state/format';
import { setLanguage, setTitle } from '../state/prefs';
import { ask, loadSession, serviceZone } from '../state/session';
import { Icon } from '../ui/icon';
import { Seg, St } from '../ui/parts';
import { LoginFlow } from './login-flow';

const hangers = [[88, 652], [131, 622], [174, 596], [217, 575], [260, 557], [303, 543], [346, 533], [389, 527], [432, 525], [475, 527], [518, 533], [561, 543], [604, 557], [647, 575], [690, 596], [733, 622], [776, 652]] as const;

function Scene() {
  return (
    <svg class="bg" viewBox="0 0 864 900" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <g class="cloud"><path d="M-40 600c0-46 40-70 82-60 14-56 98-74 140-24 40-20 92 4 96 50 40 0 60 22 62 44H-40z" /><path d="M560 520c4-34 36-48 66-38 16-40 78-46 104-8 34-12 66 8 70 38 30 2 44 18 46 34H540c0-14 6-24 20-26z" /></g>
      <g fill="none" stroke="var(--accent)" stroke-width="2.500" stroke-linecap="round">
        <path d="M-20 690H884" stroke-width="4" /><path d="M-20 704H884" opacity=".4" /><path d="M40 690C180 470 684 470 824 690" stroke-width="4" />
        {hangers.map(([x, y]) => <path key={x} d={`M${x} ${y}V690`} opacity=".65" />)}
        <path d="M40 690V900M824 690V900" stroke-width="4" opacity=".7" />
      </g>
      <g fill="none" stroke="var(--accent)" opacity=".3" stroke-width="2"><path d="M-20 800c80-16 120 16 200 0s120 16 200 0 120 16 200 0 120 16 200 0 80 8 110 4M-20 850c80-16 120 16 200 0s120 16 200 0 120 16 200 0 120 16 200 0 80 8 110 4" /></g>
    </svg>
  );
}

const ask_ms = 15_000;

function ServiceState() {
  const t = text();
  const state = useSignal<Service['state'] | 'down' | 'asking'>('asking');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    const look = async (): Promise<void> => {
      const result = await ask(service());
      if (gone) return;
      if (result.ok) serviceZone.value = result.value.zone;
      state.value = result.ok ? result.value.state : result.fault.status === 503 ? 'draining' : 'down';
      timer = setTimeout(() => { void look(); }, ask_ms);
    };
    void look();
    return () => { gone = true; clearTimeout(timer); };
  }, []);
  const tone = state.value === 'ok' ? 'ok' : state.value === 'asking' ? undefined : state.value === 'down' ? 'bad' : 'warn';
  return <span role="status"><St tone={tone}>{t.service[state.value]}</St></span>;
}

export function LoginPage() {
  const t = text();
  setTitle(t.login.title);
  return (
    <div class="login">
      <section class="login-scene" aria-label={t.brand}>
        <Scene />
        <div class="brand"><Icon name="brand" size="xl" /><b>{t.brand}</b></div>
        <div><p class="say">{t.login.scene[0]}<br />{t.login.scene[1]}</p><p class="fine">{t.login.sceneSub[0]}<br />{t.login.sceneSub[1]}</p></div>
      </section>
      <main class="login-form">
        <span class="lang"><Seg label={t.lang.label} value={lang.value} options={[{ value: 'zh', words: t.lang.zh, lang: 'zh' }, { value: 'en', words: t.lang.en, lang: 'en' }]} onPick={(l) => { void setLanguage(l); }} /></span>
        <LoginFlow heading="h1" onDone={async () => { await loadSession(); }} />
        <p class="base"><ServiceState /><time>{hms(now.value)} {offset(now.value)}</time><span>{t.login.traced}</span></p>
      </main>
    </div>
  );
}
