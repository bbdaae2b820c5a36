/* An image viewer of others beside the site: a page that loads dwv as its makers publish it finds studies by QIDO-RS, loads them by WADO-RS and draws
   them in Chromium; what it drew is compared, pixel for pixel, with what DCMTK drew on the server, and with what was stored. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, logIn, person, root, shot, startBrowser, startSite, until } from './lib.mjs';
import { object, stow, uid } from './imaging-seed.mjs';

const samples = '/usr/lib/python3/dist-packages/pydicom/data';
const modules = join(root, 'tests/e2e/node_modules');
let site, browser, doctor, viewer;

/* dwv is an ES module; the three libraries it stands on are published as plain scripts, so each gets a module of one line. */
const shims = { konva: ['konva/konva.min.js', 'Konva'], jszip: ['jszip/dist/jszip.min.js', 'JSZip'], 'magic-wand-tool': ['magic-wand-tool/dist/magic-wand.min.js', 'MagicWand'] };
const page = `<!doctype html><meta charset="utf-8"><title>dwv</title><style>body{margin:0}#group{position:relative;background:#000}</style>
${Object.values(shims).map(([file]) => `<script src="/dwv/${file}"></script>`).join('')}
<script type="importmap">${JSON.stringify({ imports: { dwv: '/dwv/dwv/dist/dwv.min.js', ...Object.fromEntries(Object.keys(shims).map((k) => [k, `/dwv/shim/${k}`])) } })}</script>
<div id="group"></div><script type="module">import * as dwv from 'dwv'; window.dwv = dwv;</script>`;

async function serveViewer(context) {
  await context.route('**/dwv/**', (route) => {
    const path = new URL(route.request().url()).pathname.slice('/dwv/'.length);
    if (path === '') return route.fulfill({ contentType: 'text/html', body: page });
    if (path.startsWith('assets/')) return route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(modules, 'dwv/dist', path)) });
    const shim = shims[path.replace(/^shim\//, '')];
    if (path.startsWith('shim/') && shim) return route.fulfill({ contentType: 'text/javascript', body: `export default window.${shim[1]};` });
    return route.fulfill({ contentType: extname(path) === '.js' ? 'text/javascript' : 'application/octet-stream', body: readFileSync(join(modules, path)) });
  });
}

before(async () => {
  site = await startSite();
  browser = await startBrowser();
  doctor = await person(browser, site);
  await logIn(doctor.page, site.by['clinic-doctor']);
  await serveViewer(doctor.context);
  viewer = await doctor.context.newPage();
  await viewer.goto('/dwv/');
  await viewer.waitForFunction(() => window.dwv !== undefined);
});
after(async () => { await browser?.close(); await site?.stop(); });

async function patient(number, name) {
  const made = await call(doctor.page, 'POST', '/fhir/Patient', { resourceType: 'Patient', identifier: [{ system: 'urn:yunqiao:detainee-number', value: number }], name: [{ text: name }] });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body?.id ?? (await call(doctor.page, 'GET', `/fhir/Patient?identifier=${number}`)).body.entry[0].resource.id;
}

/** Finds a study by QIDO-RS and has dwv load its first series by WADO-RS, at the window asked for. Answers what dwv read and drew, and how far that
 *  is from the server's own drawing at the same window: the mean and the worst difference of a pixel, of 255. */
const drawn = (find, window) => viewer.evaluate(async ([query, at]) => {
  const value = (o, tag) => o[tag]?.Value?.[0];
  const found = await (await fetch(`/dicom-web/studies?${query}`, { headers: { Accept: 'application/dicom+json' } })).json();
  const study = value(found[0], '0020000D');
  const series = value((await (await fetch(`/dicom-web/studies/${study}/series`)).json())[0], '0020000E');
  const instances = await (await fetch(`/dicom-web/studies/${study}/series/${series}/instances`)).json();
  const first = instances.sort((a, b) => (value(a, '00200013') ?? 0) - (value(b, '00200013') ?? 0))[0];
  const group = document.getElementById('group');
  group.replaceChildren();
  group.style.width = `${value(first, '00280011')}px`;
  group.style.height = `${value(first, '00280010')}px`;
  const app = new window.dwv.App();
  app.init(new window.dwv.AppOptions({ '*': [new window.dwv.ViewConfig('group')] }));
  const failed = [];
  for (const bad of ['error', 'loaderror', 'abort']) app.addEventListener(bad, (e) => failed.push(`${bad}: ${e.error?.message ?? ''}`));
  const ended = new Promise((done) => { app.addEventListener('loadend', done); });
  app.loadURLs([`/dicom-web/studies/${study}/series/${series}`], { requestHeaders: [{ name: 'Accept', value: 'multipart/related; type="application/dicom"; transfer-syntax=*' }] });
  const late = new Promise((done) => { setTimeout(() => { failed.push('dwv says nothing'); done(); }, 20_000); });
  await Promise.race([ended, late]);
  if (failed.length > 0) return { failed };
  const layers = app.getActiveLayerGroup();
  const view = layers.getActiveViewLayer().getViewController();
  if (at !== null) view.setWindowLevel(new window.dwv.WindowLevel(at[0], at[1]));
  app.render(app.getDataIds()[0]);
  await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
  const canvas = group.querySelector('canvas');
  const mine = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const r = await fetch(`/dicom-web/studies/${study}/series/${series}/instances/${value(first, '00080018')}/rendered${at === null ? '' : `?window=${at[0]},${at[1]}`}`, { headers: { Accept: 'image/png' } });
  const theirs = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  const bitmap = await createImageBitmap(await r.blob());
  theirs.drawImage(bitmap, 0, 0);
  const other = theirs.getImageData(0, 0, canvas.width, canvas.height).data;
  /* dwv places an image by its spacing, and where that is no whole number it lands up to one pixel beside: the best of the nine places counts. */
  const { width, height } = canvas;
  const beside = (dx, dy) => {
    let [sum, worst, n] = [0, 0, 0];
    for (let y = 1; y < height - 1; y += 1) for (let x = 1; x < width - 1; x += 1) for (let c = 0; c < 3; c += 1) {
      const far = Math.abs(mine.data[4 * (y * width + x) + c] - other[4 * ((y + dy) * width + x + dx) + c]);
      sum += far; worst = Math.max(worst, far); n += 1;
    }
    return { mean: sum / n, worst, at: [dx, dy] };
  };
  const best = [0, -1, 1].flatMap((dx) => [0, -1, 1].map((dy) => beside(dx, dy))).reduce((a, b) => (b.mean < a.mean ? b : a));
  const light = mine.data.reduce((a, v, k) => (k % 4 === 3 ? a : a + v), 0) / (mine.data.length * 0.75);
  const meta = app.getMetaData(app.getDataIds()[0]);
  const words = (tag) => { const v = meta[tag]?.value; return String(Array.isArray(v) ? v[0] : v ?? ''); };
  return { failed, size: [canvas.width, canvas.height], rendered: [bitmap.width, bitmap.height], slices: app.getData(app.getDataIds()[0]).image.getGeometry().getSize().get(2),
    ...best, light, name: words('00100010'), study: words('00081030') };
}, [find, window]);

test('a CT of three slices with Chinese names in GB18030 is found by a name, loaded whole and drawn as it was stored', async () => {
  await patient('9900417', '淳于鹭');
  const of = { study: uid(), series: uid(), number: 1, patient: '9900417', name: 'Chunyu^Lu=淳于^鹭', study_words: '眼眶CT平扫', series_words: '轴位', gb18030: true };
  assert.equal(await stow(doctor.page, [1, 2, 3].map((n) => object(of, n))), 200);
  const got = await drawn(`PatientName=${encodeURIComponent('淳于*')}`, [60, 400]);
  assert.deepEqual(got.failed, []);
  assert.deepEqual([got.size, got.rendered, got.slices], [[160, 160], [160, 160], 3]);
  assert.ok(got.light > 20, `something is drawn: ${got.light}`);
  assert.ok(got.mean < 1 && got.worst <= 2, `dwv and DCMTK draw the same: mean ${got.mean}, worst ${got.worst}`);
  assert.equal(got.name, 'Chunyu^Lu=淳于^鹭');
  assert.equal(got.study, '眼眶CT平扫');
  await shot(viewer, 'dwv-gb18030');
  /* The same words stand in the chart's own list and viewer. */
  const id = (await call(doctor.page, 'GET', '/fhir/Patient?identifier=9900417')).body.entry[0].resource.id;
  await doctor.page.goto(`/patients/${id}/files`);
  await doctor.page.getByRole('button', { name: '打开眼眶CT平扫' }).click();
  await doctor.page.locator('.iv-stage[data-state=here]').waitFor();
  await doctor.page.locator('.study-series').getByText('CT 轴位').waitFor();
  await shot(doctor.page, 'dwv-own-viewer');
});

test('samples of pydicom are drawn by dwv as DCMTK draws them: a CT, a packed MR, and the one with its name in GB18030', { skip: existsSync(samples) ? false : 'python3-pydicom is not installed' }, async () => {
  for (const [file, window] of [['test_files/CT_small.dcm', [1000, 2000]], ['test_files/MR_small_RLE.dcm', [600, 1600]], ['charset_files/chrX2.dcm', null]]) {
    const said = (tag) => execFileSync('dcmdump', ['-q', '+P', tag, join(samples, file)]).toString().match(/\[(.*)\]/)?.[1] ?? '';
    const number = said('0010,0020') || `file-${file.length}`;
    const whose = await patient(number, '样本');
    const status = await stow(doctor.page, [readFileSync(join(samples, file))], `?patient=Patient/${whose}`);
    assert.equal(status, 200, file);
    const got = await drawn(`StudyInstanceUID=${said('0020,000d')}`, window);
    assert.deepEqual(got.failed, [], file);
    assert.ok(got.worst <= 2 && got.light > 0, `${file}: mean ${got.mean}, worst ${got.worst}`);
    assert.deepEqual(got.size, got.rendered, file);
    if (file.includes('chrX2')) assert.match(got.name, /^Wang\^XiaoDong=王\^小东/);
  }
});

test('a photo made an object by img2dcm and sent by storescu through a store of DIMSE is stored, found and drawn', async () => {
  const at = mkdtempSync(join(tmpdir(), 'yunqiao-dwv-'));
  const jpeg = await doctor.page.evaluate(async () => {
    const c = new OffscreenCanvas(320, 240);
    const d = c.getContext('2d');
    d.fillStyle = '#d9a58a'; d.fillRect(0, 0, 320, 240);
    d.fillStyle = '#f4eeea'; d.beginPath(); d.ellipse(160, 130, 80, 30, 0, 0, 7); d.fill();
    d.fillStyle = '#3a2a20'; d.beginPath(); d.arc(160, 130, 26, 0, 7); d.fill();
    return [...new Uint8Array(await (await c.convertToBlob({ type: 'image/jpeg', quality: 0.95 })).arrayBuffer())];
  });
  writeFileSync(join(at, 'eye.jpg'), Buffer.from(jpeg));
  execFileSync('img2dcm', [join(at, 'eye.jpg'), join(at, 'eye.dcm'), '-k', '0010,0020=eye-7', '-k', '0010,0010=Yan^Ke', '-k', '0008,1030=Right eye']);
  const port = await new Promise((done) => { const s = createServer(); s.listen(0, '127.0.0.1', () => { const { port: p } = s.address(); s.close(() => done(p)); }); });
  const scp = spawn('storescp', ['-od', at, '-uf', '+xa', '-fe', '.got', String(port)], { stdio: 'ignore' });
  try {
    await until('the store listens', async () => { try { execFileSync('echoscu', ['127.0.0.1', String(port)], { stdio: 'ignore' }); return true; } catch { return false; } });
    execFileSync('storescu', ['-xy', '127.0.0.1', String(port), join(at, 'eye.dcm')]);
    const sent = readdirSync(at).find((f) => f.endsWith('.got'));
    await patient('eye-7', '闫可');
    assert.equal(await stow(doctor.page, [readFileSync(join(at, sent))]), 200);
  } finally { scp.kill(); rmSync(at, { recursive: true, force: true }); }
  const got = await drawn('PatientID=eye-7', null);
  assert.deepEqual(got.failed, []);
  assert.deepEqual(got.size, [320, 240]);
  assert.ok(got.mean < 3 && got.light > 100, `two decoders of JPEG draw the same eye: mean ${got.mean}, worst ${got.worst}`);
  await shot(viewer, 'dwv-eye');
});

test('whoever may not see the record gets nothing in the same viewer', async () => {
  const guard = await person(browser, site);
  await logIn(guard.page, site.by.guard);
  const found = await guard.page.evaluate(async () => (await (await fetch('/dicom-web/studies')).json()));
  assert.deepEqual(found, []);
  await guard.close();
  assert.deepEqual(doctor.complaints, []);
});
