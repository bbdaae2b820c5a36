/* A sick call that was told or carried to the clinic is entered: whose, in whose words. Triage follows at once. */
import { useSignal } from '@preact/signals';
import { sickText } from '../text/sick';
import { text } from '../text';
import * as fhir from '../wire/fhir';
import { draftKey } from '../wire/session';
import { enterCall, type SickCall } from '../wire/sick';
import { useDraft } from '../state/draft';
import { readField } from '../state/field';
import { say, useAct } from '../state/load';
import { Dialog } from '../ui/dialog';
import { DraftText, SelectField, TextField } from '../ui/form';
import { Button, FaultNotice } from '../ui/parts';
import { Suggest } from '../ui/suggest';

const places = ['head', 'eye', 'ear', 'mouth', 'tooth', 'chest', 'breath', 'belly', 'back', 'arm', 'leg', 'skin', 'urinary', 'mind', 'drug', 'whole', 'other'];
const findPatients = (words: string) => ({
  ...fhir.search('Patient', fhir.readPatient, [[/^\d+$/.test(words) ? 'identifier' : 'name', words], ['active', 'true'], ['_count', '12'], ['_sort', 'family']]),
  read: (v: unknown, at: string) => fhir.readFound('Patient', fhir.readPatient)(v, at).found,
});

export function EnterCall({ onDone, onClose }: { onDone: (call: SickCall) => void; onClose: () => void }) {
  const t = text();
  const s = sickText();
  const patient = useSignal<fhir.Patient | null>(null);
  const box = useDraft(draftKey('sick-call', 'words'));
  const place = useSignal('');
  const door = useSignal('voice');
  const asked = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const words = box.text.value.trim();
  const submit = async (): Promise<void> => {
    tried.value = true;
    const at = asked.value === '' ? null : readField(asked.value);
    if (patient.value === null || words === '') return;
    const r = await act.run(enterCall({ patient: patient.value.id, words, door: door.value, ...(place.value === '' ? {} : { place: place.value }), ...(door.value === 'paper' && at !== null ? { asked: new Date(at).toISOString() } : {}) }));
    if (!r.ok) return;
    void box.drop();
    say(s.saved(r.value.number));
    onDone(r.value);
  };
  return (
    <Dialog title={s.enterTitle} sub={s.enterSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <Suggest label={s.patient} none={s.patientNone} ask={(q) => findPatients(q)} words={(p) => ({ key: p.id, main: fhir.nameOf(p), side: fhir.numberOf(p) })} value={patient.value === null ? '' : `${fhir.nameOf(patient.value)} ${fhir.numberOf(patient.value)}`} onPick={(p) => { patient.value = p; }} error={tried.value && patient.value === null ? s.patientFirst : undefined} />
        <DraftText label={s.words} help={s.wordsHelp} box={box} rows={3} error={tried.value && words === '' ? s.wordsFirst : undefined} />
        <SelectField label={s.place} value={place.value} options={[{ value: '', words: s.placeNone }, ...places.map((p) => ({ value: p, words: s.places(p) }))]} onPick={(v) => { place.value = v; }} />
        <SelectField label={s.how} value={door.value} options={['voice', 'paper'].map((d) => ({ value: d, words: s.door(d) }))} onPick={(v) => { door.value = v; }} />
        {door.value === 'paper' && <TextField label={s.asked} help={s.askedHelp} type="datetime-local" value={asked.value} onInput={(v) => { asked.value = v; }} />}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? s.saving : false}>{s.save}</Button></div>
      </form>
    </Dialog>
  );
}
