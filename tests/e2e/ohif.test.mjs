/* OHIF as its makers publish it (npm @ohif/app, prebuilt), on a host of its own beside the site: it finds a study by QIDO-RS, loads it by WADO-RS through a
   proxy that adds a program's token, and draws it in Chromium. The package is 48 MB, so it is fetched once and kept under build/; without it and without a
   network the test is skipped. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { bin, call, logIn, person, root, shot, startBrowser, startSite, until } from './lib.mjs';
import { object, stow, uid } from './imaging-seed.mjs';

const folder = join(root, 'build/ohif');
const dist = join(folder, 'package/dist');
const version = '3.12.10';
const sha512 = '0kuF66Mq9c9dMD++bUsTjMrJpXJwaZhz9B4uS244DawAjSkTwIYFU93pxPuRUQixaRi7QAHlF3Fe1qudBlZrmA==';

/** Whether the package is there, fetched when it was not; its bytes must be the published ones. */
function fetched() {
  if (existsSync(join(dist, 'index.html'))) return true;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `ohif-app-${version}.tgz`);
  try {
    if (!existsSync(file)) execFileSync('npm', ['pack', `@ohif/app@${version}`, '--silent', '--pack-destination', folder], { timeout: 240_000, stdio: 'ignore' });
  } catch { return false; }
  if (createHash('sha512').update(readFileSync(file)).digest('base64') !== sha512) { rmSync(file); return false; }
  execFileSync('tar', ['xzf', file, '-C', folder]);
  return true;
}

const config = `window.config = { routerBasename: '/', showStudyList: true, extensions: [], modes: [], customizationService: {}, maxNumberOfWebWorkers: 2, showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: false, showLoadingIndicator: true, strictZSpacingForVolumeViewport: true, investigationalUseDialog: { option: 'never' }, maxNumRequests: { interaction: 20, thumbnail: 10, prefetch: 5 },
  defaultDataSourceName: 'dicomweb', dataSources: [{ namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'dicomweb', configuration: {
    friendlyName: 'Yunqiao', name: 'yunqiao', qidoRoot: '/dicom-web', wadoRoot: '/dicom-web', wadoUriRoot: '/dicom-web', qidoSupportsIncludeField: true, supportsReject: false, imageRendering: 'wadors',
    thumbnailRendering: 'wadors', enableStudyLazyLoad: true, supportsFuzzyMatching: false, supportsWildcard: true, omitQuotationForMultipartRequest: false, bulkDataURI: { enabled: true } } }] };`;
const kinds = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.json': 'application/json', '.woff2': 'font/woff2', '.png': 'image/png' };

/** OHIF's host: its files, and /dicom-web handed on to the site with the token. What was refused is kept. */
function host(site, token, refused) {
  const server = createServer((req, res) => {
    const path = new URL(req.url, 'http://x').pathname;
    if (path.startsWith('/dicom-web')) {
      const to = request(site.url + req.url, { method: req.method, rejectUnauthorized: false, headers: { accept: req.headers.accept ?? '*/*', authorization: `Bearer ${token}` } }, (r) => {
        if (r.statusCode >= 400) refused.push(`${r.statusCode} ${req.url} ${req.headers.accept}`);
        res.writeHead(r.statusCode, Object.fromEntries(Object.entries(r.headers).filter(([k]) => !['connection', 'transfer-encoding', 'content-security-policy'].includes(k))));
        r.pipe(res);
      });
      to.on('error', () => { res.writeHead(502).end(); });
      to.end();
      return;
    }
    if (path === '/app-config.js') { res.writeHead(200, { 'content-type': 'text/javascript' }).end(config); return; }
    const file = join(dist, path);
    const is = file.startsWith(dist) && existsSync(file) && statSync(file).isFile();
    if (!is && extname(path) !== '') { res.writeHead(404).end(); return; }
    const answer = is ? file : join(dist, 'index.html');
    res.writeHead(200, { 'content-type': kinds[extname(answer)] ?? 'application/octet-stream' }).end(readFileSync(answer));
  });
  return new Promise((done) => { server.listen(0, '127.0.0.1', () => { done(server); }); });
}

let site, browser, doctor, server, page;
const refused = [];
const ready = fetched();
before(async () => {
  if (!ready) return;
  site = await startSite();
  browser = await startBrowser(['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']);
  doctor = await person(browser, site);
  await logIn(doctor.page, site.by['clinic-doctor']);
  const told = JSON.parse(execFileSync(join(bin, 'yunqiao'), ['token', '--data', site.data, '--user', site.by['clinic-doctor'].name, '--label', 'OHIF', '--json'], { encoding: 'utf8' }));
  server = await host(site, told.token ?? told.result?.token, refused);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  page = await context.newPage();
});
after(async () => { server?.close(); await browser?.close(); await site?.stop(); });

const skip = ready ? false : 'the OHIF package is not here, and no network to fetch it';

test('OHIF lists a study with its Chinese description and draws what was stored', { skip }, async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  await call(doctor.page, 'POST', '/fhir/Patient', { resourceType: 'Patient', identifier: [{ system: 'urn:yunqiao:detainee-number', value: '9900417' }], name: [{ text: '淳于鹭' }] });
  const of = { study: uid(), series: uid(), number: 1, patient: '9900417', name: 'Chunyu^Lu=淳于^鹭', study_words: '眼眶CT平扫', series_words: '轴位', gb18030: true };
  assert.equal(await stow(doctor.page, [1, 2, 3, 4, 5].map((n) => object(of, n))), 200);

  await page.goto(base);
  await page.getByText('9900417').first().waitFor({ timeout: 90_000 }); /* its list shows the Latin form of a name alone */
  await page.getByText('眼眶CT平扫').first().waitFor();
  await shot(page, 'ohif-list');

  await page.goto(`${base}/viewer?StudyInstanceUIDs=${of.study}`);
  const canvas = page.locator('canvas.cornerstone-canvas').first();
  await canvas.waitFor({ timeout: 60_000 });
  /* How bright the viewport's middle is, as the person sees it. */
  const light = async () => {
    const png = await canvas.screenshot();
    return page.evaluate(async (bytes) => {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
      const at = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      at.drawImage(bitmap, 0, 0);
      const { data } = at.getImageData(bitmap.width / 4, bitmap.height / 4, bitmap.width / 2, bitmap.height / 2);
      let sum = 0;
      for (let i = 0; i < data.length; i += 4) sum += data[i];
      return sum / (data.length / 4);
    }, [...png]);
  };
  await until('the slice is drawn', async () => (await light()) > 25, 60_000, 500);
  await shot(page, 'ohif-viewer');
  assert.deepEqual(refused, [], 'nothing that OHIF asks for is refused');
});
