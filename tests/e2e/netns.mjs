/* A network namespace with two links to this one, and a Chromium that lives in it. Needs root. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ip = (...a) => execFileSync('ip', a, { stdio: 'pipe' });

export function makeNetwork() {
  const id = process.pid % 200;
  const ns = `yqe2e${id}`;
  const links = [1, 2].map((n) => ({ dev: `yq${n}a${id}`, peer: `yq${n}b${id}`, host: `10.${76 + n}.${id}.1`, guest: `10.${76 + n}.${id}.2` }));
  const within = (...a) => execFileSync('ip', ['netns', 'exec', ns, ...a], { stdio: 'pipe' });
  ip('netns', 'add', ns);
  ip('-n', ns, 'link', 'set', 'lo', 'up');
  for (const l of links) {
    ip('link', 'add', l.dev, 'type', 'veth', 'peer', 'name', l.peer, 'netns', ns);
    /* An address that settles two seconds later is a network that changes under whoever loads a page. */
    execFileSync('sysctl', ['-qw', `net.ipv6.conf.${l.dev}.disable_ipv6=1`], { stdio: 'pipe' });
    ip('addr', 'add', `${l.host}/24`, 'dev', l.dev);
    ip('link', 'set', l.dev, 'up');
    within('sysctl', '-qw', `net.ipv6.conf.${l.peer}.disable_ipv6=1`);
  }
  return {
    links,
    /** The link comes up and has its address. */
    plug: (l) => { ip('-n', ns, 'link', 'set', l.peer, 'up'); ip('-n', ns, 'addr', 'add', `${l.guest}/24`, 'dev', l.peer); },
    /** The link goes, and its address with it. */
    unplug: (l) => { ip('-n', ns, 'link', 'set', l.peer, 'down'); ip('-n', ns, 'addr', 'flush', 'dev', l.peer); },
    route: (l) => ip('-n', ns, 'route', 'replace', 'default', 'via', l.host),
    /** What may leave it: rules of nftables' output hook. */
    wall: (rules) => execFileSync('ip', ['netns', 'exec', ns, 'nft', '-f', '-'], {
      input: `flush ruleset\ntable inet yq {\nchain out {\ntype filter hook output priority 0;\noifname "lo" accept;\n${rules}\n}\n}\n`, stdio: ['pipe', 'pipe', 'pipe'],
    }),
    /** A program that is Chromium inside. */
    chromium: (folder) => {
      const path = join(folder, 'chromium-inside');
      writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${ns} /usr/bin/chromium-headless-shell "$@"\n`);
      chmodSync(path, 0o755);
      return path;
    },
    remove: () => {
      for (const l of links) { try { ip('link', 'del', l.dev); } catch { /* never made */ } }
      try { ip('netns', 'del', ns); } catch { /* never made */ }
    },
  };
}
