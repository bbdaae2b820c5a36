/* The doctor's conclusion: fit or not, how to be housed, signed by the own password; and changing the housing later. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { intakeText } from '../text/intake';
import { assessIntake, houseIntake, signIntake, type Housed, type Intake } from '../wire/intake';
import { readField } from '../state/field';
import { fitnesses, housingsOf, type Fitness } from '../state/intake';
import { say, useAct } from '../state/load';
import { Dialog } from '../ui/dialog';
import { PasswordField, SelectField, TextField } from '../ui/form';
import { Button, FaultNotice } from '../ui/parts';

interface Props { of: Intake; onDone: (i: Intake) => void; onMissing: (link: string) => void; onClose: () => void }

/** One dialog for both: with the password it signs. */
export function ConcludeDialog({ of, signs, onDone, onMissing, onClose }: Props & { signs: boolean }) {
  const t = intakeText();
  const fitness = useSignal<Fitness>((fitnesses as readonly string[]).includes(of.fitness) ? of.fitness as Fitness : 'fit');
  const housing = useSignal(of.housing !== '' ? of.housing : 'normal');
  const until = useSignal('');
  const password = useSignal('');
  const bare = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    bare.value = signs && password.value === '';
    if (bare.value) return;
    const at = until.value === '' ? null : readField(until.value);
    const housed: Housed = { fitness: fitness.value, housing: housing.value, ...(at === null ? {} : { until: new Date(at).toISOString() }) };
    const r = await act.run(signs ? signIntake(of.id, housed, password.value) : houseIntake(of.id, housed));
    password.value = '';
    if (!r.ok) {
      if (r.fault.code === 'intake_incomplete' && r.fault.where !== null) onMissing(r.fault.where);
      return;
    }
    say(signs ? t.signed : t.housed);
    onDone(r.value);
  };
  return (
    <Dialog title={signs ? t.signTitle : t.houseTitle} sub={signs ? t.signSub : t.houseSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={t.fitness} value={fitness.value} options={fitnesses.map((value) => ({ value, words: t.fitnesses(value) }))} onPick={(v) => { fitness.value = v; housing.value = housingsOf[v][0] ?? ''; }} />
        <SelectField label={t.housing} value={housing.value} options={housingsOf[fitness.value].map((value) => ({ value, words: t.housings(value) }))} onPick={(v) => { housing.value = v; }} />
        <TextField label={t.until} help={t.untilHelp} type="datetime-local" value={until.value} onInput={(v) => { until.value = v; }} />
        {signs && <PasswordField label={t.password} value={password.value} onInput={(v) => { password.value = v; }} error={bare.value && password.value === '' ? text().required : undefined} />}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? (signs ? t.signing : t.housing_) : false}>{signs ? t.signDo : t.houseDo}</Button></div>
      </form>
    </Dialog>
  );
}

export function AssessDialog({ of, onDone, onMissing, onClose }: Props) {
  const t = intakeText();
  const password = useSignal('');
  const bare = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    bare.value = password.value === '';
    if (bare.value) return;
    const r = await act.run(assessIntake(of.id, password.value));
    password.value = '';
    if (!r.ok) {
      if (r.fault.code === 'intake_incomplete' && r.fault.where !== null) onMissing(r.fault.where);
      return;
    }
    say(t.assessed);
    onDone(r.value);
  };
  return (
    <Dialog title={t.assessTitle} sub={t.assessSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <PasswordField label={t.password} value={password.value} onInput={(v) => { password.value = v; }} focus error={bare.value && password.value === '' ? text().required : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.signing : false}>{t.signDo}</Button></div>
      </form>
    </Dialog>
  );
}
