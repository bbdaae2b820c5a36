/* A bad network between one browser and the media worker: tests/lab/impair, and a page that is led to it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bin, until } from './lib.mjs';

/** A relay to the site's worker. `set(way, spec)` changes what it does from now on (tests/lab/network.h). */
export async function startRelay(site) {
  const child = spawn(join(bin, 'impair'), ['--listen', '127.0.0.2:0', '--to', `127.0.0.1:${site.mediaPort}`, '--seed', '7', '--commands', 'stdin'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (d) => { said += d; });
  const hear = async (wanted) => {
    await until(`the relay says ${wanted}`, async () => { if (child.exitCode !== null) throw new Error(`the relay ended: ${said}`); return wanted.test(said); });
    const found = said.match(wanted);
    said = '';
    return found;
  };
  const port = Number((await hear(/ready (\d+)\n/))[1]);
  return {
    port,
    set: async (way, spec) => { child.stdin.write(`set ${way} ${spec}\n`); await hear(/^set\n/); },
    stop: () => new Promise((done) => { child.once('exit', done); child.kill(); }),
  };
}

/** In the page: the worker is where the relay listens, and nowhere else. */
export function leadTo(port) {
  const take = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (d) {
    let first = true;
    const lines = d.sdp.split('\r\n').flatMap((l) => {
      if (!l.startsWith('a=candidate')) return [l];
      const kept = first ? [`a=candidate:1 1 udp 2130706431 127.0.0.2 ${port} typ host`] : [];
      first = false;
      return kept;
    });
    return take.call(this, { type: d.type, sdp: lines.join('\r\n') });
  };
}
