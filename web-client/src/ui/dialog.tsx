/* Dialogs are <dialog>: the browser keeps the focus inside and makes the rest inert. Esc closes. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { text } from '../text';
import { isHandBusy } from './keys';
import { IconButton } from './parts';

export interface DialogProps {
  title: string;
  sub?: ComponentChildren;
  children: ComponentChildren;
  onClose: () => void;
  /** Shown once, or must be answered: neither Esc nor a cross closes it. */
  firm?: boolean;
  wide?: boolean;
  kind?: string;
}

/** Opens with the focus on the first field, or on the heading when there is none or somebody is typing. */
function openAt(dialog: HTMLDialogElement): void {
  dialog.showModal();
  const isCaught = isHandBusy();
  const first = isCaught ? null : dialog.querySelector<HTMLElement>('[autofocus], input:not([type=checkbox]):not([readonly]), textarea, select');
  (first ?? dialog.querySelector<HTMLElement>('h2'))?.focus();
}

export function Dialog({ title, sub, children, onClose, firm = false, wide = false, kind = '' }: DialogProps) {
  const t = text();
  const at = useRef<HTMLDialogElement>(null);
  const id = useId();
  const open = useRef(true);

  useLayoutEffect(() => {
    const dialog = at.current!;
    const opener = document.activeElement;
    openAt(dialog);
    return () => {
      open.current = false;
      dialog.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  /* A browser may close a dialog against our will on a second Esc: a firm one opens again. */
  useEffect(() => {
    const dialog = at.current!;
    const closed = (): void => { if (open.current) { if (firm) openAt(dialog); else onClose(); } };
    dialog.addEventListener('close', closed);
    return () => dialog.removeEventListener('close', closed);
  }, [firm, onClose]);

  return (
    <dialog
      ref={at} class={`dialog${wide ? ' wide' : ''}${kind === '' ? '' : ` ${kind}`}`} aria-labelledby={id}
      onCancel={(e) => {
        if (e.target !== at.current) return;
        e.preventDefault();
        if (!firm) onClose();
      }}
    >
      <div class="body">
        <div class="dialog-top"><div><h2 id={id} tabIndex={-1}>{title}</h2>{sub && <p>{sub}</p>}</div>{!firm && <IconButton icon="x" label={t.close} onClick={onClose} />}</div>
        {children}
      </div>
    </dialog>
  );
}
