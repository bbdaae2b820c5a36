/* Drawn DICOM objects: slices of a head with two eyes, one pushed forward, as a CT would show them. Nobody's. */
import { execFileSync } from 'node:child_process';

const long = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);
function element(tag, vr, value) {
  let bytes = Buffer.isBuffer(value) ? value : typeof value === 'number' ? (() => { const b = Buffer.alloc(2); b.writeUInt16LE(value); return b; })() : Buffer.from(value, 'utf8');
  if (bytes.length % 2) bytes = Buffer.concat([bytes, Buffer.from([vr === 'UI' || vr === 'OB' ? 0 : 0x20])]);
  const head = Buffer.alloc(long.has(vr) ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  if (long.has(vr)) head.writeUInt32LE(bytes.length, 8); else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

const inside = (x, y, cx, cy, rx, ry) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;

/** 12-bit values of one slice; `up` moves through the head, `flat` shows it from the front. */
function slice(size, up, flat) {
  const pixels = Buffer.alloc(size * size * 2);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const u = x / size - 0.5;
      const v = y / size - 0.5;
      const swell = 0.012 * up;
      let hu = 0;
      if (inside(u, v, 0, 0.03, 0.4, 0.45)) hu = 1900;
      if (inside(u, v, 0, 0.03, 0.36, 0.41)) hu = 1060 + 20 * Math.sin(40 * u) * Math.cos(36 * v);
      const [ly, ry] = flat ? [-0.08, -0.06] : [-0.27, -0.24];
      if (inside(u, v, -0.16, ly - swell, 0.085, 0.085)) hu = 1035;
      if (inside(u, v, 0.16, ry, 0.08, 0.08)) hu = 1035;
      if (inside(u, v, -0.2, ly - 0.03 - swell, 0.11, 0.05) && !inside(u, v, -0.16, ly - swell, 0.085, 0.085)) hu = 1110;
      pixels.writeUInt16LE(Math.max(0, Math.min(4095, Math.round(hu + 6 * Math.sin(131 * u + 171 * v)))), 2 * (y * size + x));
    }
  }
  return pixels;
}

let made = 0;
const root = `1.2.826.0.1.3680043.10.1.${process.pid}.${Date.now()}`;
export const uid = () => `${root}.${(made += 1)}`;

/** Words as GB18030 has them, which Node cannot write: by libc's own program. */
const gb18030 = (words) => execFileSync('iconv', ['-f', 'UTF-8', '-t', 'GB18030'], { input: words });

/** One object; `of` says study, series and so on, and whether its words are GB18030. */
export function object(of, n) {
  const size = 160;
  const written = of.gb18030 ? gb18030 : (words) => words;
  const sop = '1.2.840.10008.5.1.4.1.1.2';
  const instance = uid();
  const meta = Buffer.concat([
    element(0x00020001, 'OB', Buffer.from([0, 1])), element(0x00020002, 'UI', sop), element(0x00020003, 'UI', instance), element(0x00020010, 'UI', '1.2.840.10008.1.2.1'),
    element(0x00020012, 'UI', `${root}.0`),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const slope = (n) => String(n);
  return Buffer.concat([
    Buffer.alloc(128), Buffer.from('DICM'), Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('UL'), Buffer.from([4, 0]), length]), meta,
    element(0x00080005, 'CS', of.gb18030 ? 'GB18030' : 'ISO_IR 192'), element(0x00080016, 'UI', sop), element(0x00080018, 'UI', instance), element(0x00080020, 'DA', '20260131'), element(0x00080030, 'TM', '101500'),
    element(0x00080060, 'CS', 'CT'), element(0x00081030, 'LO', written(of.study_words)), element(0x0008103e, 'LO', written(of.series_words)), element(0x00100010, 'PN', written(of.name)), element(0x00100020, 'LO', of.patient),
    element(0x0020000d, 'UI', of.study), element(0x0020000e, 'UI', of.series), element(0x00200011, 'IS', String(of.number)), element(0x00200013, 'IS', String(n)),
    element(0x00200032, 'DS', `0\\0\\${3 * n}`), element(0x00200037, 'DS', '1\\0\\0\\0\\1\\0'),
    element(0x00280002, 'US', 1), element(0x00280004, 'CS', 'MONOCHROME2'), element(0x00280010, 'US', size), element(0x00280011, 'US', size), element(0x00280030, 'DS', '1\\1'), element(0x00280100, 'US', 16), element(0x00280101, 'US', 12),
    element(0x00280102, 'US', 11), element(0x00280103, 'US', 0), element(0x00281050, 'DS', '60'), element(0x00281051, 'DS', '400'), element(0x00281052, 'DS', slope(-1024)), element(0x00281053, 'DS', slope(1)),
    element(0x7fe00010, 'OW', slice(size, n, of.flat === true)),
  ]);
}

/** A smallest PDF with a line of text. */
export function pdf(words) {
  const stream = `BT /F1 24 Tf 40 100 Td (${words}) Tj ET`;
  const parts = ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>', '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'];
  let out = '%PDF-1.4\n';
  const at = parts.map((p, i) => { const here = out.length; out += `${i + 1} 0 obj\n${p}\nendobj\n`; return here; });
  const start = out.length;
  out += `xref\n0 6\n0000000000 65535 f \n${at.map((a) => `${String(a).padStart(10, '0')} 00000 n \n`).join('')}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

/** Stores objects as the page's own account does, by STOW-RS; answers the status. `query` may say whose they are. */
export function stow(page, objects, query = '') {
  return page.evaluate(async ([all, more]) => {
    const { csrf } = await (await fetch('/api/session?peek=1')).json();
    const parts = all.flatMap((o) => ['--part\r\nContent-Type: application/dicom\r\n\r\n', new Uint8Array(o), '\r\n']);
    const r = await fetch(`/dicom-web/studies${more}`, { method: 'POST', headers: { 'X-CSRF-Token': csrf, 'Content-Type': 'multipart/related; type="application/dicom"; boundary=part' }, body: new Blob([...parts, '--part--\r\n']) });
    return r.status;
  }, [objects.map((o) => [...o]), query]);
}
