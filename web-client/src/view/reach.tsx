/* Where one's reminders go besides the client: an e-mail address, a mobile number. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { postsText } from '../text/posts';
import { putReach, reach } from '../wire/posts';
import { say, useAct, useLoad } from '../state/load';
import { TextField } from '../ui/form';
import { Button, FaultNotice, Section } from '../ui/parts';

export function ReachSection() {
  const w = postsText();
  const loaded = useLoad(reach, 0);
  const email = useSignal('');
  const phone = useSignal('');
  const act = useAct();
  const was = loaded.value.value;
  useEffect(() => { if (was !== null) { email.value = was.email; phone.value = was.phone; } }, [was]);
  if (was === null) return null; /* who is nobody's person is reached nowhere */
  const wrong = (field: string): string | undefined => (act.fault?.code === 'bad_field' && act.fault.where === field ? w.wrong : undefined);
  const save = async (): Promise<void> => {
    const done = await act.run(putReach({ email: email.value.trim(), phone: phone.value.trim() }));
    if (done.ok) { say(w.saved); void loaded.again(); }
  };
  return (
    <Section id="reach" title={w.reach}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void save(); }}>
        <p class="help">{w.reachHelp}</p>
        <TextField label={w.email} auto="email" mode="email" value={email.value} onInput={(v) => { email.value = v; }} max={254} error={wrong('email')} />
        <TextField label={w.phone} auto="tel" mode="tel" value={phone.value} onInput={(v) => { phone.value = v; }} max={30} error={wrong('phone')} />
        <FaultNotice fault={act.fault?.code === 'bad_field' ? null : act.fault} />
        <div class="actions"><Button type="submit" busy={act.busy ? w.saving : false}>{w.save}</Button></div>
      </form>
    </Section>
  );
}
