// The client's build: types, then the bundle. By the very node that runs this, as the machine's own may be too old.
import { spawnSync } from "node:child_process";

const steps = [
  ["node_modules/typescript/bin/tsc", "--noEmit"],
  ["node_modules/vite/bin/vite.js", "build"],
];
for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { cwd: import.meta.dirname, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
