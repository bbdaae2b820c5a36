/* The drawn parts: buttons, status words, notices, empty, loading, facts. Class names are those of tokens.css. */
import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { faultText, text } from '../text';
import type { Fault } from '../wire/fault';
import { now } from '../state/clock';
import { countdown, exact, hms, stamp } from '../state/format';
import { Icon, type IconName } from './icon';

type Tone = 'ok' | 'warn' | 'bad' | 'act';

export interface ButtonProps {
  children: ComponentChildren;
  kind?: 'primary' | 'plain' | 'danger' | '';
  icon?: IconName;
  /** What the button says while its work runs; it stays put. */
  busy?: string | false;
  disabled?: boolean;
  block?: boolean;
  label?: string;
  type?: 'button' | 'submit';
  onClick?: (e: TargetedMouseEvent<HTMLButtonElement>) => void;
  open?: boolean;
}

export function Button({ children, kind = '', icon, busy = false, disabled = false, block = false, label, type = 'button', onClick, open = false }: ButtonProps) {
  const at = useRef<HTMLButtonElement>(null);
  const off = disabled || busy !== false;
  return (
    <button
      ref={at} type={type} class={`btn${kind === '' ? '' : ` btn-${kind}`}${block ? ' btn-block' : ''}`}
      aria-busy={busy !== false} aria-disabled={off} aria-label={busy === false ? label : undefined} data-open={open ? '' : undefined}
      onClick={(e) => { if (off) e.preventDefault(); else onClick?.(e); }}
    >
      {icon && busy === false && <Icon name={icon} size="s" />}{busy === false ? children : busy}
    </button>
  );
}

export function IconButton({ icon, label, onClick, pressed }: { icon: IconName; label: string; onClick: () => void; pressed?: boolean }) {
  return <button type="button" class="iconbtn" aria-label={label} title={label} aria-pressed={pressed} onClick={onClick}><Icon name={icon} /></button>;
}

const toneIcon: Record<Tone, IconName> = { ok: 'check', warn: 'warn', bad: 'x', act: 'time' };

/** A status word: a mark and a word, so that nothing is lost without colour. */
export function St({ tone, icon, children }: { tone?: Tone | undefined; icon?: IconName; children: ComponentChildren }) {
  const mark = icon ?? (tone ? toneIcon[tone] : undefined);
  return <span class={`st${tone ? ` ${tone}` : ''}`}>{mark && <Icon name={mark} />}{children}</span>;
}

export const Sep = () => <i class="sep" />;

const noticeIcon: Record<Tone, IconName> = { ok: 'check', warn: 'warn', bad: 'u1', act: 'info' };

export function Notice({ tone, children, live = false }: { tone: Tone; children: ComponentChildren; live?: boolean }) {
  return <div class={`notice ${tone}`} role={live ? (tone === 'bad' ? 'alert' : 'status') : undefined}><Icon name={noticeIcon[tone]} size="m" /><div class="grow">{children}</div></div>;
}

/** When the way is free again, running. */
export function Until({ at, words }: { at: number; words: (left: string) => string }) {
  const left = at - now.value;
  return left > 0 ? <span class="num">{words(countdown(left))}</span> : null;
}

/** A refusal: what, why, what next. */
export function FaultNotice({ fault, again }: { fault: Fault | null; again?: () => void }) {
  const t = text();
  if (fault === null) return null;
  return (
    <Notice tone="bad" live>
      {faultText(fault)} {fault.until !== null && <Until at={fault.until} words={fault.code === 'locked' ? t.lockedFor : t.retryIn} />}
      {again && <> <button type="button" class="linkish" onClick={again}>{t.retry}</button></>}
    </Notice>
  );
}

export function Empty({ icon, title, children, action }: { icon: IconName; title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return <div class="empty"><Icon name={icon} /><b>{title}</b>{children && <span>{children}</span>}{action}</div>;
}

export function Skeleton({ rows = 4 }: { rows?: number }) {
  return <div class="skel" role="status" aria-label={text().loading}>{Array.from({ length: rows }, (_, i) => <span key={i} class="skeleton" />)}</div>;
}

export function Section({ title, count, end, children, id }: { title: string; count?: number | undefined; end?: ComponentChildren; children: ComponentChildren; id: string }) {
  return (
    <section aria-labelledby={id}>
      <div class="sec-head"><h2 id={id}>{title}</h2>{count !== undefined && <span class="count">{count}</span>}{end && <span class="end row">{end}</span>}</div>
      {children}
    </section>
  );
}

export function PageHead({ title, sum, end }: { title: string; sum?: ComponentChildren; end?: ComponentChildren }) {
  return <div class="page-head"><div><h1 tabIndex={-1}>{title}</h1>{sum && <p class="sum">{sum}</p>}</div>{end && <div class="end row wrap">{end}</div>}</div>;
}

export function Facts({ children }: { children: ComponentChildren }) {
  return <ul class="facts-list">{children}</ul>;
}

export function Fact({ label, children, note, tall = false }: { label: string; children: ComponentChildren; note?: ComponentChildren; tall?: boolean }) {
  return <li class={tall ? 'tall' : undefined}><span>{label}</span><span>{children}</span>{note && <p>{note}</p>}</li>;
}

export const When = ({ at }: { at: number | null }) =>
  at === null ? <span class="muted">{text().never}</span> : <time dateTime={new Date(at).toISOString()} title={exact(at)}>{stamp(at)}</time>;

/** A clock badge: the ring is the share used, the words say it too. */
export function ClockBadge({ share, tone = '', children }: { share: number; tone?: '' | 'near' | 'over' | 'done'; children: ComponentChildren }) {
  const at = useRef<HTMLSpanElement>(null);
  useEffect(() => { at.current?.style.setProperty('--p', String(Math.min(1, Math.max(0, share)))); }, [share]);
  return <span ref={at} class={`clock ${tone}`}><span>{children}</span></span>;
}

export const SiteSeconds = () => <time>{hms(now.value)}</time>;

export function Seg<V extends string>({ label, value, options, onPick }: { label: string; value: V; options: readonly { value: V; words: string; lang?: string }[]; onPick: (v: V) => void }) {
  return (
    <span class="seg" role="group" aria-label={label}>
      {options.map((o) => <button key={o.value} type="button" lang={o.lang} aria-pressed={o.value === value} onClick={() => onPick(o.value)}>{o.words}</button>)}
    </span>
  );
}

/** Something shown once: large, selectable, copied with one press. */
export function Secret({ value, label }: { value: string; label: string }) {
  const t = text();
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      copied.value = true;
    } catch { copied.value = false; }
  };
  return (
    <div class="secret" role="group" aria-label={label}>
      <code>{value}</code>
      <Button icon={copied.value ? 'check' : 'copy'} onClick={() => { void copy(); }}>{copied.value ? t.copied : t.copy}</Button>
      <span class="vh" role="status">{copied.value ? t.copied : ''}</span>
    </div>
  );
}
