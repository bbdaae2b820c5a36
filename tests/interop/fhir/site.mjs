// A served site for clients of others: yunqiaod on a fresh folder with the demo's accounts, plain HTTP on loopback, and a bearer token.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { totp } from "../../e2e/totp.mjs";

const bin = process.env.YQ_BIN ?? new URL("../../../build/release/bin", import.meta.url).pathname;

function freePort() {
    return new Promise((resolve) => {
        const s = createServer().listen(0, "127.0.0.1", () => {
            const { port } = s.address();
            s.close(() => resolve(port));
        });
    });
}

export async function startSite({ whole = false } = {}) {
    const root = mkdtempSync(join(tmpdir(), "yunqiao-fhir-"));
    const place = ["--data", join(root, "site"), "--key", join(root, "site.key")];
    const run = (...words) => JSON.parse(execFileSync(join(bin, "yunqiao"), [...words, ...place, "--json"], { encoding: "utf8" }));
    const made = whole ? run("demo") : run("demo", "--bare");
    const accounts = made.accounts ?? made.result.accounts;
    const [https, http, media] = [await freePort(), await freePort(), await freePort()];
    const log = join(root, "log");
    const out = openSync(log, "a");
    const child = spawn(join(bin, "yunqiaod"), [...place, "--listen", `127.0.0.1:${https}`, "--http", `127.0.0.1:${http}`,
        "--media", `127.0.0.1:${media}`], { stdio: ["ignore", out, out] });
    const base = `http://127.0.0.1:${http}/fhir`;
    for (let i = 0; ; i++) {
        try {
            if ((await fetch(`${base}/metadata`)).ok) break;
        } catch {
            if (i > 200) throw new Error(readFileSync(log, "utf8").slice(-1000));
        }
        await new Promise((r) => setTimeout(r, 50));
    }
    return {
        base,
        run: (...words) => {
            const made = run(...words);
            return made.result ?? made;
        },
        token(roleOrName) {
            const made = run("token", "--user", accounts.find((a) => a.role === roleOrName || a.name === roleOrName).name);
            return made.token ?? made.result.token;
        },
        /* What only a person does: a browser's session, with a code that proves the person again. The site takes a code once: the first call
           spends the one before this, the second this one's, the third the one after. */
        async person(roleOrName) {
            const who = accounts.find((a) => a.role === roleOrName || a.name === roleOrName);
            const headers = { "content-type": "application/json" }, root = base.replace(/fhir$/, "api");
            const post = async (path, body) => {
                const answer = await fetch(`${root}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
                const text = await answer.text();
                if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
                for (const cookie of answer.headers.getSetCookie()) headers.cookie = cookie.split(";")[0];
                return text ? JSON.parse(text) : null;
            };
            let step = -1;
            const code = () => totp(who.totp_secret, Date.now() + 30_000 * step++);
            const { ticket } = await post("/login", { name: who.name, password: who.password });
            await post("/login/totp", { ticket, code: code() });
            headers["x-csrf-token"] = (await (await fetch(`${root}/session`, { headers })).json()).csrf;
            return { post, code };
        },
        log: () => readFileSync(log, "utf8"),
        async stop() {
            await new Promise((r) => {
                child.once("exit", r);
                child.kill("SIGTERM");
            });
            const said = readFileSync(log, "utf8");
            rmSync(root, { recursive: true, force: true });
            if (/Sanitizer|runtime error/.test(said)) throw new Error(said.slice(-4000));
        },
    };
}
