/* What lets a guard's tablet open its page without the line: the client's own files, which are everybody's, and not one answer of the server. Network first for the page itself, so that an
   upgraded server's client is taken at once; its files are named by what is in them. The build lays the names of the files in (vite.config.ts). */
const files = [];
const name = 'client-VERSION';
const reach_ms = 3000;

self.addEventListener('install', (e) => {
  e.waitUntil((async () => {
    const kept = await caches.open(name);
    await kept.addAll(files.map((f) => new Request(f, { cache: 'no-cache' })));
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (e) => {
  e.waitUntil((async () => {
    for (const old of await caches.keys()) if (old !== name) await caches.delete(old);
    await self.clients.claim();
  })());
});

async function page(request) {
  const kept = async () => (await caches.match('/')) ?? Response.error();
  const late = new Promise((go) => { setTimeout(() => { go(kept()); }, reach_ms); });
  return Promise.race([fetch(request).catch(kept), late]);
}

self.addEventListener('fetch', (e) => {
  const { request } = e;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (!/^\/(api|ca|fhir|dicom|healthz|metrics|ws|assets)(\/|\.|$)|\.[a-z]+$/.test(pathname)) e.respondWith(page(request));
  } else if (files.includes(pathname)) e.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(request)));
});
