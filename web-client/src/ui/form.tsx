/* Fields: label above, help below, the error in words beside what it is about. What was typed is never taken away. */
import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { text } from '../text';
import type { DraftBox } from '../state/draft';
import { hms, stamp } from '../state/format';
import { DateInput } from './date';
import { Icon } from './icon';
import { IconButton } from './parts';

interface Base {
  label: string;
  help?: string | undefined;
  error?: ComponentChildren;
  id?: string;
}

function Frame({ label, help, error, id, children }: Base & { id: string; children: ComponentChildren }) {
  return (
    <div class={`field${error ? ' bad' : ''}`}>
      <label for={id}>{label}</label>
      {children}
      {help && <p class="help" id={`${id}-h`}>{help}</p>}
      {error && <p class="error" id={`${id}-e`} role="alert"><Icon name="warn" size="s" /><span>{error}</span></p>}
    </div>
  );
}

const described = (id: string, help: unknown, error: unknown): string | undefined =>
  [error ? `${id}-e` : '', help ? `${id}-h` : ''].filter((s) => s !== '').join(' ') || undefined;

export interface TextProps extends Base {
  value: string;
  onInput: (value: string) => void;
  name?: string;
  auto?: string;
  mode?: 'text' | 'numeric' | 'email' | 'tel';
  code?: boolean;
  focus?: boolean;
  type?: 'text' | 'date' | 'datetime-local';
  max?: number;
  read?: boolean;
}

export function TextField({ label, help, error, id, value, onInput, name, auto = 'off', mode = 'text', code = false, focus = false, type = 'text', max, read = false }: TextProps) {
  const own = useId();
  const at = id ?? own;
  const isBad = useSignal(false);
  if (type !== 'text') {
    const t = text();
    const wrong = isBad.value ? (type === 'date' ? t.date.bad : t.date.badTime) : error;
    return (
      <Frame label={label} help={help} error={wrong} id={at}>
        <DateInput id={at} value={value} withTime={type === 'datetime-local'} name={name} focus={focus} invalid={Boolean(wrong)} described={described(at, help, wrong)} onInput={onInput} onBad={(bad) => { isBad.value = bad; }} />
      </Frame>
    );
  }
  return (
    <Frame label={label} help={help} error={error} id={at}>
      <input
        id={at} class={code ? 'input code' : 'input'} type="text" value={value} name={name} autocomplete={auto} inputMode={mode} spellcheck={false}
        autocapitalize="none" autofocus={focus} maxLength={max} readOnly={read} aria-invalid={error ? 'true' : undefined} aria-describedby={described(at, help, error)}
        onInput={(e) => onInput(e.currentTarget.value)}
      />
    </Frame>
  );
}

export function PasswordField({ label, help, error, id, value, onInput, name = 'password', auto = 'current-password', focus = false }: TextProps) {
  const t = text();
  const own = useId();
  const at = id ?? own;
  const shown = useSignal(false);
  return (
    <Frame label={label} help={help} error={error} id={at}>
      <div class="with-eye">
        <input
          id={at} class="input" {...(shown.value ? { type: 'text' as const } : { type: 'password' as const })} value={value} name={name} autocomplete={auto} spellcheck={false} autocapitalize="none"
          autofocus={focus} aria-invalid={error ? 'true' : undefined} aria-describedby={described(at, help, error)} onInput={(e) => onInput(e.currentTarget.value)}
        />
        <IconButton icon={shown.value ? 'eyeoff' : 'eye'} label={shown.value ? t.hide : t.show} onClick={() => { shown.value = !shown.value; }} />
      </div>
    </Frame>
  );
}

export function SelectField<V extends string>({ label, help, error, id, value, options, onPick }: Base & { value: V; options: readonly { value: V; words: string }[]; onPick: (v: V) => void }) {
  const own = useId();
  const at = id ?? own;
  return (
    <Frame label={label} help={help} error={error} id={at}>
      <select id={at} class="select" value={value} aria-describedby={described(at, help, error)} onChange={(e) => {
        const picked = options.find((o) => o.value === e.currentTarget.value);
        if (picked) onPick(picked.value);
      }}>
        {options.map((o) => <option key={o.value} value={o.value} selected={o.value === value}>{o.words}</option>)}
      </select>
    </Frame>
  );
}

export function Check({ label, checked, onPick, help, disabled = false, why }: { label: ComponentChildren; checked: boolean; onPick: (on: boolean) => void; help?: string | undefined; disabled?: boolean; why?: string | undefined }) {
  const id = useId();
  return (
    <div class="choice">
      <input id={id} type="checkbox" checked={checked} disabled={disabled} aria-describedby={help ? `${id}-h` : why} onChange={(e) => onPick(e.currentTarget.checked)} />
      <div><label for={id}>{label}</label>{help && <small id={`${id}-h`}>{help}</small>}</div>
    </div>
  );
}

/** Long text that outlives everything: saved on the server while it is typed. */
export function DraftText({ label, help, error, box, rows = 3, focus = false }: Base & { box: DraftBox; rows?: number; focus?: boolean }) {
  const t = text();
  const at = useId();
  const state = box.state.value;
  const words = state.is === 'saving' ? t.draft.saving
    : state.is === 'saved' ? t.draft.saved(hms(state.at))
      : state.is === 'restored' ? t.draft.restored(stamp(state.at))
        : state.is === 'failed' ? t.draft.failed : '';
  return (
    <div class={`field${error ? ' bad' : ''}`}>
      <label for={at}>{label}</label>
      <textarea
        id={at} class="textarea" rows={rows} value={box.text.value} maxLength={2000} autofocus={focus} aria-invalid={error ? 'true' : undefined}
        aria-describedby={described(at, help, error)} onInput={(e) => box.set(e.currentTarget.value)} onBlur={box.flush}
      />
      {error && <p class="error" id={`${at}-e`} role="alert"><Icon name="warn" size="s" /><span>{error}</span></p>}
      {help && <p class="help" id={`${at}-h`}>{help}</p>}
      <p class="draft-line"><span data-draft={state.is}>{words}</span>{state.is === 'restored' && <button type="button" class="linkish" onClick={() => { void box.drop(); }}>{t.draft.discard}</button>}</p>
    </div>
  );
}
