/* A file or image is added to a chart: a document goes up as it lies and is named by a DocumentReference, an image as DICOM. */
import { useSignal } from '@preact/signals';
import { imagingText } from '../text/imaging';
import { text } from '../text';
import * as wire from '../wire/fhir';
import type { Fault } from '../wire/fault';
import { fileTypes, isDicom, uploadFile, uploadImage } from '../wire/upload';
import type { Chart } from '../state/chart';
import { myself } from '../state/chart';
import { send } from '../state/session';
import { Dialog } from '../ui/dialog';
import { Button, FaultNotice, Notice } from '../ui/parts';

const isTaken = (type: string): boolean => (fileTypes as readonly string[]).includes(type);

export function AddFile({ chart, onClose }: { chart: Chart; onClose: () => void }) {
  const t = imagingText();
  const file = useSignal<File | null>(null);
  const title = useSignal('');
  const busy = useSignal(false);
  const fault = useSignal<Fault | null>(null);
  const wrong = useSignal('');

  const addImage = async (it: File): Promise<boolean> => {
    const up = await send(uploadImage(chart.id, it));
    if (!up.ok) fault.value = up.fault;
    else void chart.studies.again();
    return up.ok;
  };
  const addDocument = async (it: File): Promise<boolean> => {
    const up = await send(uploadFile(chart.id, it));
    if (!up.ok) { fault.value = up.fault; return false; }
    const name = title.value.trim() || it.name;
    const made = await send(wire.create('DocumentReference', {
      status: 'current', subject: { reference: `Patient/${chart.id}` }, date: new Date().toISOString(), author: [myself()], description: name,
      content: [{ attachment: { contentType: it.type, url: `Binary/${up.value.id}`, title: name, size: it.size } }],
    }, wire.readDocument));
    if (!made.ok) fault.value = made.fault;
    else void chart.documents.again();
    return made.ok;
  };
  const add = async (): Promise<void> => {
    const it = file.value;
    if (it === null || busy.value) return;
    busy.value = true;
    fault.value = null;
    wrong.value = '';
    const dicom = await isDicom(it);
    if (!dicom && !isTaken(it.type)) wrong.value = t.badType;
    else if (await (dicom ? addImage(it) : addDocument(it))) onClose();
    busy.value = false;
  };

  return (
    <Dialog title={t.addTitle} sub={t.addHint} onClose={onClose}>
      <div class="stack">
        <label class="field"><span>{t.choose}</span><input type="file" accept={`${fileTypes.join(',')},.dcm,application/dicom`} onChange={(e) => { file.value = e.currentTarget.files?.[0] ?? null; title.value = file.value?.name.replace(/\.[^.]*$/, '') ?? ''; }} /></label>
        <label class="field"><span>{t.name}</span><input class="input" type="text" maxLength={120} value={title.value} onInput={(e) => { title.value = e.currentTarget.value; }} /></label>
        {wrong.value !== '' && <Notice tone="bad" live>{wrong.value}</Notice>}
        {fault.value !== null && <FaultNotice fault={fault.value} />}
      </div>
      <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button kind="primary" disabled={file.value === null} busy={busy.value ? t.adding : false} onClick={() => { void add(); }}>{imagingText().store}</Button></div>
    </Dialog>
  );
}
