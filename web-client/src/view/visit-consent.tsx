/* The patient's yes or no: signed on a touch pad, or before a witness. */
import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { visitText } from '../text/visit';
import { visitStep, type Visit } from '../wire/visits';
import { say, useAct } from '../state/load';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Button, Fact, Facts, FaultNotice } from '../ui/parts';

const width = 480;
const height = 160;

/** A pad for a finger, a pen or a mouse; `to` holds the picture in base64, empty while nothing is drawn. Who cannot draw names a witness instead. */
function Pad({ to }: { to: Signal<string> }) {
  const v = visitText();
  const at = useRef<HTMLCanvasElement>(null);
  const drawing = useRef(false);
  const pen = (): CanvasRenderingContext2D => at.current!.getContext('2d')!;
  const clear = (): void => { const p = pen(); p.fillStyle = '#fff'; p.fillRect(0, 0, width, height); to.value = ''; };
  useEffect(() => { clear(); const p = pen(); p.lineWidth = 2.5; p.lineCap = 'round'; p.lineJoin = 'round'; p.strokeStyle = '#111'; }, []);
  const place = (e: PointerEvent): [number, number] => { const r = at.current!.getBoundingClientRect(); return [((e.clientX - r.left) * width) / r.width, ((e.clientY - r.top) * height) / r.height]; };
  return (
    <div class="field">
      <span class="label" id="pad-label">{v.sign}</span>
      <canvas
        ref={at} width={width} height={height} class="sign-pad" role="img" aria-labelledby="pad-label"
        onPointerDown={(e) => { drawing.current = true; at.current!.setPointerCapture(e.pointerId); const p = pen(); p.beginPath(); p.moveTo(...place(e)); }}
        onPointerMove={(e) => { if (!drawing.current) return; const p = pen(); p.lineTo(...place(e)); p.stroke(); }}
        onPointerUp={() => { drawing.current = false; to.value = at.current!.toDataURL('image/png').replace('data:image/png;base64,', ''); }}
      />
      <p class="help">{v.signHelp}</p>
      <div><Button kind="plain" disabled={to.value === ''} onClick={clear}>{v.clearSign}</Button></div>
    </div>
  );
}

interface Proof { signature: Signal<string>; witness: Signal<string> }
export const useProof = (): Proof => ({ signature: useSignal(''), witness: useSignal('') });
export const isProved = (p: Proof): boolean => p.signature.value !== '' || p.witness.value.trim() !== '';
export const proofBody = (p: Proof): Record<string, string> => ({ ...(p.signature.value === '' ? {} : { signature: p.signature.value }), ...(p.witness.value.trim() === '' ? {} : { witness: p.witness.value.trim() }) });

export function ProofFields({ proof, tried }: { proof: Proof; tried: boolean }) {
  const v = visitText();
  return (
    <>
      <Pad to={proof.signature} />
      <p class="muted">{v.orWitness}</p>
      <TextField label={v.witness} help={v.witnessHelp} value={proof.witness.value} max={60} onInput={(w) => { proof.witness.value = w; }} error={tried && !isProved(proof) ? v.proofNone : undefined} />
    </>
  );
}

/** What is read to the patient, in the words that stand in the request. */
function ReadOut({ visit }: { visit: Visit }) {
  const v = visitText();
  const a = agendaText();
  return (
    <Facts>
      <Fact label={v.specialties}>{visit.needs.filter((n) => n.startsWith('specialist:')).map((n) => a.need(n)).join(a.and)}</Fact>
      <Fact label={v.question} tall>{visit.question}</Fact>
      <Fact label={v.attach} tall>{visit.attached.length === 0 ? v.previewNone : visit.attached.map((i) => (i.words === '' ? v.type[i.type] ?? v.typeOther : i.words)).join(v.comma)}</Fact>
    </Facts>
  );
}

export function ConsentDialog({ visit, onDone, onClose }: { visit: Visit; onDone: (v: Visit) => void; onClose: () => void }) {
  const v = visitText();
  const proof = useProof();
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (!isProved(proof)) return;
    const done = await act.run(visitStep(visit.id, 'consent', { kind: 'request', ...proofBody(proof) }));
    if (done.ok) { say(v.agreedSaved); onDone(done.value); }
  };
  return (
    <Dialog title={v.askConsent} sub={v.askConsentSub} wide onClose={onClose}>
      <ReadOut visit={visit} />
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <ProofFields proof={proof} tried={tried.value} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? v.recording : false}>{v.agreed}</Button></div>
      </form>
    </Dialog>
  );
}

export function RefuseDialog({ visit, onDone, onClose }: { visit: Visit; onDone: (v: Visit) => void; onClose: () => void }) {
  const v = visitText();
  const proof = useProof();
  const why = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (!isProved(proof)) return;
    const done = await act.run(visitStep(visit.id, 'refuse', { ...proofBody(proof), ...(why.value.trim() === '' ? {} : { reason: why.value.trim() }) }));
    if (done.ok) { say(v.refused); onDone(done.value); }
  };
  return (
    <Dialog title={v.refuseTitle} sub={v.refuseSub} wide onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={v.refuseWhy} value={why.value} max={300} onInput={(w) => { why.value = w; }} />
        <ProofFields proof={proof} tried={tried.value} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="danger" busy={act.busy ? v.recording : false}>{v.refuse}</Button></div>
      </form>
    </Dialog>
  );
}
