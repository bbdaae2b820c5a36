/* Asks for a reason, does the thing, stays open with the refusal when it is refused. The reason is a draft until it is sent. */
import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { text } from '../text';
import type { Call } from '../wire/http';
import { draftKey } from '../wire/session';
import { useDraft } from '../state/draft';
import { useAct } from '../state/load';
import { Dialog } from './dialog';
import { DraftText } from './form';
import { Button, FaultNotice } from './parts';

const least = 4;

export interface ReasonProps<T> {
  title: string;
  sub: ComponentChildren;
  act: string;
  busy: string;
  danger?: boolean;
  draft: readonly [string, ...string[]];
  call: (reason: string) => Call<T>;
  onDone: (value: T) => void;
  onClose: () => void;
  children?: ComponentChildren;
}

export function ReasonDialog<T>({ title, sub, act, busy, danger = false, draft, call, onDone, onClose, children }: ReasonProps<T>) {
  const t = text();
  const box = useDraft(draftKey(...draft));
  const doing = useAct();
  const short = useSignal(false);

  const submit = async (): Promise<void> => {
    const reason = box.text.value.trim();
    short.value = [...reason].length < least;
    if (short.value) return;
    const result = await doing.run(call(reason));
    if (!result.ok) return;
    void box.drop();
    onDone(result.value);
  };

  return (
    <Dialog title={title} sub={sub} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!doing.busy) void submit(); }}>
        {children}
        <DraftText label={t.reason.label} help={t.reason.help} box={box} focus error={short.value && [...box.text.value.trim()].length < least ? t.reason.short : undefined} />
        <FaultNotice fault={doing.fault} />
        <div class="actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} busy={doing.busy ? busy : false}>{act}</Button>
        </div>
      </form>
    </Dialog>
  );
}
