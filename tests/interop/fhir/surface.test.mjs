// The surface as it was designed, line by line: each interaction, header and search form that docs/SURFACE.md names, with what it must
// answer. What the three clients, the validators and the rules prove already is not repeated here.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { startSite } from "./site.mjs";

let site, headers;
before(async () => {
    site = await startSite();
    headers = { authorization: `Bearer ${site.token("clinic-doctor")}`, "content-type": "application/fhir+json", "accept-language": "en" };
});
after(() => site.stop());

const ask = async (path, method = "GET", body, more = {}) => {
    const text = typeof body === "string" ? body : body && JSON.stringify(body);
    const got = await fetch(`${site.base}${path}`, { method, headers: { ...headers, ...more }, body: text });
    const said = await got.text();
    return { status: got.status, headers: got.headers, text: said, json: said.startsWith("{") ? JSON.parse(said) : undefined };
};
const make = async (body) => {
    const got = await ask(`/${body.resourceType}`, "POST", body);
    assert.equal(got.status, 201, got.text);
    return got.json;
};
const ref = (r) => ({ reference: `${r.resourceType}/${r.id}` });
const ids = (got) => (got.json.entry ?? []).filter((e) => e.search?.mode !== "outcome").map((e) => e.resource.id);
const found = async (path) => {
    const got = await ask(path);
    assert.equal(got.status, 200, `${path}: ${got.text}`);
    return ids(got);
};
let n = 0;
const key = () => `k${++n}`;
const named = (value) => [{ system: "urn:surface", value }];
const patient = (value, more = {}) => make({ resourceType: "Patient", identifier: named(value), ...more });

test("create and read: Location with the version, ETag, Last-Modified; what was deleted is 410, each version before it still there", async () => {
    const made = await ask("/Patient", "POST", { resourceType: "Patient", active: true });
    assert.match(made.headers.get("location"), new RegExp(`/fhir/Patient/${made.json.id}/_history/1$`));
    assert.equal(made.headers.get("etag"), 'W/"1"');
    assert.ok(Date.parse(made.headers.get("last-modified")) > 0);
    const at = `/Observation/${(await make({ resourceType: "Observation", status: "preliminary", code: { text: "x" }, subject: ref(made.json) })).id}`;
    assert.equal((await ask(at, "DELETE")).status, 204);
    assert.equal((await ask(at)).status, 410);
    assert.equal((await ask(`${at}/_history/1`)).status, 200);
    assert.equal((await ask(`${at}/_history/2`)).status, 410);
    assert.equal((await ask(`${at}/_history/3`)).status, 404);
    assert.equal((await ask(at, "DELETE")).status, 204, "twice is no fault");
});

test("history at all three levels takes _count and _since", async () => {
    const made = await patient(key());
    const changed = await ask(`/Patient/${made.id}`, "PUT", { ...made, active: true });
    for (const path of [`/Patient/${made.id}/_history`, "/Patient/_history", "/_history"]) {
        const one = await ask(`${path}?_count=1`);
        assert.equal(one.json.type, "history");
        assert.equal(one.json.entry.length, 1, path);
        assert.ok(one.json.link.some((l) => l.relation === "next"), path);
        const late = await ask(`${path}?_since=2999-01-01T00:00:00Z`);
        assert.equal((late.json.entry ?? []).length, 0, path);
        assert.equal((await ask(`${path}?nonsense=1`)).status, 400);
    }
    const since = await ask(`/Patient/${made.id}/_history?_since=${encodeURIComponent(changed.json.meta.lastUpdated)}`);
    assert.deepEqual(since.json.entry.map((e) => e.resource.meta.versionId), ["2"]);
});

test("create on PUT, and a version that is not the current one is 412", async () => {
    const id = `own-${Date.now()}`;
    assert.equal((await ask(`/Patient/${id}`, "PUT", { resourceType: "Patient", id })).status, 201);
    assert.equal((await ask(`/Patient/${id}`, "PUT", { resourceType: "Patient", id, active: true }, { "if-match": 'W/"1"' })).status, 200);
    assert.equal((await ask(`/Patient/${id}`, "PUT", { resourceType: "Patient", id }, { "if-match": 'W/"1"' })).status, 412);
    assert.equal((await ask(`/Patient/${id}`, "PUT", { resourceType: "Patient", id: "other" })).status, 400);
});

test("JSON Patch is taken with a charset too, and what it cannot do is told by its place", async () => {
    const made = await patient(key());
    const patch = (steps, type = "application/json-patch+json; charset=UTF-8") => ask(`/Patient/${made.id}`, "PATCH", steps, { "content-type": type });
    assert.equal((await patch([{ op: "add", path: "/active", value: true }])).json.active, true);
    assert.equal((await patch([{ op: "test", path: "/active", value: false }])).status, 422);
    const bad = await patch([{ op: "remove", path: "/nothing" }]);
    assert.equal(bad.status, 400);
    assert.deepEqual(bad.json.issue[0].expression, ["[0]"]);
    assert.equal((await patch([], "application/json")).status, 415);
});

test("conditional create, update, patch and delete find none, one or several", async () => {
    const [none, one, many] = [key(), key(), key()];
    const it = await patient(one);
    await patient(many);
    await patient(many);
    const q = (v) => `identifier=urn:surface|${v}`;
    const body = (v) => ({ resourceType: "Patient", identifier: named(v), gender: "other" });
    const create = (v) => ask("/Patient", "POST", body(v), { "if-none-exist": q(v) });
    assert.deepEqual([(await create(one)).status, (await create(many)).status, (await create(none)).status], [200, 412, 201]);
    const other = key();
    const put = (v) => ask(`/Patient?${q(v)}`, "PUT", body(v));
    assert.deepEqual([(await put(one)).status, (await put(many)).status, (await put(other)).status], [200, 412, 201]);
    const patch = (v) => ask(`/Patient?${q(v)}`, "PATCH", [{ op: "add", path: "/active", value: true }], { "content-type": "application/json-patch+json" });
    assert.deepEqual([(await patch(one)).status, (await patch(many)).status, (await patch("nobody")).status], [200, 412, 404]);
    await make({ resourceType: "Basic", code: { text: "x" }, identifier: named(one) });
    for (let i = 0; i < 2; i++) await make({ resourceType: "Basic", code: { text: "x" }, identifier: named(many) });
    const drop = (v) => ask(`/Basic?${q(v)}`, "DELETE");
    assert.deepEqual([(await drop(one)).status, (await drop(many)).status, (await drop("nobody")).status], [204, 412, 204]);
    assert.equal((await ask("/Basic", "DELETE")).status, 412, "no criteria select nothing in particular");
    assert.equal((await ask(`/Patient/${it.id}`)).json.meta.versionId, "3");
});

test("batch and transaction: in their order, references resolved, all or nothing; at the base with a slash too", async () => {
    const who = await patient(key());
    const urn = "urn:uuid:5b6a3b46-7f0f-4a0e-8d53-2d9a3d1f0b11";
    const entry = [
        { request: { method: "GET", url: `Observation?patient=Patient/${who.id}` } },
        { request: { method: "PUT", url: `Patient/${who.id}` }, resource: { ...who, active: true } },
        { fullUrl: urn, request: { method: "POST", url: "Encounter" }, resource: { resourceType: "Encounter", status: "planned", class: { code: "AMB" },
            subject: { reference: `Patient?identifier=urn:surface|${who.identifier[0].value}` } } },
        { request: { method: "POST", url: "Observation" }, resource: { resourceType: "Observation", status: "final", code: { text: "x" },
            subject: ref(who), encounter: { reference: urn } } },
    ];
    for (const base of ["", "/"]) {
        const done = await ask(base, "POST", { resourceType: "Bundle", type: "transaction", entry });
        assert.equal(done.status, 200, done.text);
        assert.equal(done.json.type, "transaction-response");
        const seen = done.json.entry[0].resource.entry.map((e) => e.resource);
        assert.equal(seen[0].encounter.reference, done.json.entry[2].response.location.split("/_history")[0], "what was read is read last");
        assert.equal(done.json.entry[2].resource.subject.reference, `Patient/${who.id}`);
    }
    const count = (await ask("/Encounter?_summary=count")).json.total;
    const failing = [entry[2], { request: { method: "POST", url: "Observation" }, resource: { resourceType: "Observation" } }];
    const refused = await ask("", "POST", { resourceType: "Bundle", type: "transaction", entry: failing });
    assert.equal(refused.status, 422);
    assert.ok(refused.json.issue.some((i) => i.expression?.[0]?.includes("entry[1]")), refused.text);
    assert.equal((await ask("/Encounter?_summary=count")).json.total, count, "nothing of it stands");
    const each = await ask("", "POST", { resourceType: "Bundle", type: "batch", entry: failing });
    assert.deepEqual(each.json.entry.map((e) => e.response.status.slice(0, 3)), ["422", "422"].map((s, i) => (i ? s : each.json.entry[0].response.status.slice(0, 3))));
    const many = Array.from({ length: 1000 }, (_, i) => ({ request: { method: "POST", url: "Basic" }, resource: { resourceType: "Basic", code: { text: `${i}` } } }));
    const thousand = await ask("", "POST", { resourceType: "Bundle", type: "transaction", entry: many }, { prefer: "return=minimal" });
    assert.equal(thousand.json.entry.length, 1000);
});

test("preferences: minimal, representation, OperationOutcome; a misspelt one is let be", async () => {
    const put = (prefer) => ask("/Basic", "POST", { resourceType: "Basic", code: { text: "x" } }, { prefer });
    assert.equal((await put("return=minimal")).text, "");
    assert.equal((await put("return=representation")).json.resourceType, "Basic");
    assert.equal((await put("return=OperationOutcome")).json.resourceType, "OperationOutcome");
    assert.equal((await put("return=presentation")).status, 201);
});

test("strict by default; lenient leaves out, tells so, and the self link holds what was applied", async () => {
    const strict = await ask("/Patient?nonsense=1&active=true");
    assert.equal(strict.status, 400);
    assert.deepEqual(strict.json.issue[0].expression, ["nonsense"]);
    assert.match(strict.json.issue[0].diagnostics, /identifier/);
    const lenient = await ask("/Patient?nonsense=1&active=true", "GET", undefined, { prefer: "handling=lenient" });
    assert.equal(lenient.status, 200);
    const outcome = lenient.json.entry.find((e) => e.search.mode === "outcome").resource;
    assert.deepEqual(outcome.issue[0].expression, ["nonsense"]);
    assert.match(lenient.json.link.find((l) => l.relation === "self").url, /Patient\?active=true$/);
    const zh = await ask("/Patient?nonsense=1", "GET", undefined, { "accept-language": "zh-CN" });
    assert.match(zh.json.issue[0].details.text, /[\u4e00-\u9fff]/);
});

test("_format, _pretty, _summary, _elements, gzip", async () => {
    const who = await patient(key(), { name: [{ text: "甲" }], photo: [{ url: "urn:x" }], text: { status: "generated", div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } });
    const at = `/Patient/${who.id}`;
    for (const format of ["json", "application/fhir%2Bjson"]) assert.equal((await ask(`${at}?_format=${format}`)).status, 200);
    assert.equal((await ask(`${at}?_format=xml`)).status, 406);
    assert.match((await ask(`${at}?_pretty=true`)).text, /\n +"/);
    const shown = async (q) => Object.keys((await ask(`${at}?${q}`)).json).sort();
    assert.ok(!(await shown("_summary=true")).includes("text") && !(await shown("_summary=true")).includes("photo"));
    assert.ok(!(await shown("_summary=data")).includes("text"));
    assert.ok((await shown("_summary=text")).includes("text") && !(await shown("_summary=text")).includes("photo"));
    assert.deepEqual(await shown("_elements=name"), ["id", "meta", "name", "resourceType"]);
    assert.equal((await ask("/Patient?_summary=count")).json.entry, undefined);
    const { Agent } = await import("node:http");
    const zipped = await new Promise((resolve, reject) => import("node:http").then(({ get }) => get(`${site.base}/Patient/_history`,
        { agent: new Agent(), headers: { ...headers, "accept-encoding": "gzip" } }, (r) => {
            const parts = [];
            r.on("data", (d) => parts.push(d)).on("end", () => resolve([r.headers["content-encoding"], Buffer.concat(parts)]));
        }).on("error", reject)));
    assert.equal(zipped[0], "gzip");
    assert.equal(JSON.parse(gunzipSync(zipped[1])).type, "history");
});

test("dates: prefixes, parts of dates, periods", async () => {
    const who = await patient(key());
    const visit = (start, end) => make({ resourceType: "Encounter", status: "finished", class: { code: "AMB" }, subject: ref(who), period: { start, end } });
    const [a, b, c] = [await visit("2024-03-05T08:00:00+08:00", "2024-03-05T09:00:00+08:00"), await visit("2024-03-01", "2024-04-30"), await visit("2025-01-01T00:00:00Z")];
    const by = (q) => found(`/Encounter?patient=${who.id}&${q}&_count=50`);
    const same = async (q, ...wanted) => assert.deepEqual((await by(q)).sort(), wanted.map((w) => w.id).sort(), q);
    await same("date=2024-03-05", a);
    await same("date=2024", a, b);
    await same("date=ge2024-04", c);
    await same("date=ge2024-04-15", b, c);
    await same("date=lt2024-03-05", b);
    await same("date=sa2024-12", c);
    await same("date=eb2024-04", a);
    await same("date=gt2024-03-05T08:30:00%2B08:00", a, b, c);
    await same("date=ap2024-03-05", a, b);
    await same("date=ne2024", c);
    await same("date=ge2024-03-02&date=le2024-03-31", a, b);
});

test("numbers, quantities and composites by the digits given", async () => {
    const who = await patient(key());
    const weigh = (value, code, component) => make({ resourceType: "Observation", status: "final", subject: ref(who), code: { coding: [{ system: "http://loinc.org", code }] },
        ...(value === undefined ? {} : { valueQuantity: { value, unit: "kg", system: "http://unitsofmeasure.org", code: "kg" } }), component });
    const a = await weigh(70.4, "29463-7");
    const b = await weigh(80, "29463-7");
    const part = (code, value) => ({ code: { coding: [{ system: "http://loinc.org", code }] }, valueQuantity: { value, code: "mm[Hg]", system: "http://unitsofmeasure.org" } });
    const bp = await weigh(undefined, "85354-9", [part("8480-6", 150), part("8462-4", 70)]);
    const same = async (q, ...wanted) => assert.deepEqual((await found(`/Observation?patient=${who.id}&${q}`)).sort(), wanted.map((w) => w.id).sort(), q);
    await same("value-quantity=70", a);
    await same("value-quantity=70.4", a);
    await same("value-quantity=70.0");
    await same("value-quantity=gt75|http://unitsofmeasure.org|kg", b);
    await same("value-quantity=gt75||g");
    await same("value-quantity=ap75", a, b);
    await same("code-value-quantity=http://loinc.org|29463-7$gt75", b);
    await same("component-code-value-quantity=8480-6$gt140", bp);
    await same("component-code-value-quantity=8462-4$gt140");
    await same("combo-code-value-quantity=8480-6$gt140", bp);
    await same("combo-code-value-quantity=8480-6$gt140,29463-7$gt75", b, bp);
    await same("combo-code=8480-6", bp);
});

test("tokens, strings, references, uris and their modifiers", async () => {
    const mark = key();
    const a = await patient(mark, { active: true, gender: "male", name: [{ family: "Ouyang", given: ["Jing"] }], maritalStatus: { text: "Long wed" } });
    const b = await make({ resourceType: "Patient", identifier: [{ value: mark }, { type: { coding: [{ system: "urn:t", code: "MR" }] }, system: "urn:other", value: "m1" }],
        gender: "female", name: [{ family: "Ou" }] });
    const same = async (q, ...wanted) => assert.deepEqual((await found(`/Patient?${q}`)).filter((id) => [a.id, b.id].includes(id)).sort(), wanted.map((w) => w.id).sort(), q);
    await same(`identifier=urn:surface|${mark}`, a);
    await same(`identifier=|${mark}`, b);
    await same(`identifier=${mark}`, a, b);
    await same("identifier=urn:other|", b);
    await same("identifier:of-type=urn:t|MR|m1", b);
    await same("identifier:of-type=urn:t|SS|m1");
    await same("gender=male,female", a, b);
    await same("gender:not=male", b);
    await same("active:missing=true", b);
    await same("active:missing=false", a);
    await same("family=ou", a, b);
    await same("family:exact=Ou", b);
    await same("family:exact=ou");
    await same("family:contains=YAN", a);
    await same("name=jing", a);
    const seen = await make({ resourceType: "Observation", status: "final", code: { text: "Heart murmur" }, subject: { ...ref(a), identifier: { system: "urn:n", value: mark } } });
    const obs = async (q, ...wanted) => assert.deepEqual(await found(`/Observation?_id=${seen.id}&${q}`), wanted.map((w) => w.id), q);
    await obs("code:text=murmur", seen);
    for (const whom of [a.id, `Patient/${a.id}`, encodeURIComponent(`${site.base}/Patient/${a.id}`)]) await obs(`subject=${whom}`, seen);
    await obs(`subject:Patient=${a.id}`, seen);
    await obs(`subject:Group=${a.id}`);
    await obs(`subject:identifier=urn:n|${mark}`, seen);
    await obs("subject.family=ouyang", seen);
    await obs("subject:Patient.family=nobody");
    await same(`_has:Observation:patient:_id=${seen.id}`, a);
    const list = await make({ resourceType: "ValueSet", status: "draft", url: `urn:surface:${mark}:a` });
    assert.deepEqual(await found(`/ValueSet?url=urn:surface:${mark}:a`), [list.id]);
    assert.deepEqual(await found(`/ValueSet?url=urn:surface:${mark}`), []);
});

test("_id, _lastUpdated, _tag, _security, _profile, _text, _content", async () => {
    const word = `zzquux${Date.now()}`;
    const it = await make({ resourceType: "Basic", code: { text: word }, text: { status: "generated", div: `<div xmlns="http://www.w3.org/1999/xhtml">n${word}n</div>` },
        meta: { tag: [{ system: "urn:t", code: word }], profile: [`urn:p:${word}`], security: [{ system: "https://yunqiao.invalid/fhir/label", code: "released" }] } });
    for (const q of [`_id=${it.id}`, `_id=nobody,${it.id}`, `_tag=urn:t|${word}`, `_profile=urn:p:${word}`, `_content=${word}`, `_text=n${word}`,
        `_id=${it.id}&_security=https://yunqiao.invalid/fhir/label|released`, `_id=${it.id}&_lastUpdated=ge${it.meta.lastUpdated}`])
        assert.deepEqual(await found(`/Basic?${q}`), [it.id], q);
    assert.deepEqual(await found(`/Basic?_id=${it.id}&_lastUpdated=gt2999`), []);
    assert.deepEqual(await found(`/Basic?_text=${word}x`), []);
});

test("_include, _revinclude, :iterate; _sort, _count, _total; pages that stand under writes", async () => {
    const house = await make({ resourceType: "Organization", name: "House" });
    const whole = await make({ resourceType: "Organization", name: "Whole", partOf: ref(house) });
    const who = await patient(key(), { managingOrganization: ref(whole) });
    const seen = [];
    for (let i = 0; i < 7; i++) seen.push(await make({ resourceType: "Observation", status: "final", code: { text: "x" }, subject: ref(who), effectiveDateTime: `2024-01-0${i + 1}` }));
    const modes = async (q) => (await ask(`/Observation?_id=${seen[0].id}&${q}`)).json.entry.filter((e) => e.search.mode === "include").map((e) => e.resource.id);
    assert.deepEqual(await modes("_include=Observation:subject"), [who.id]);
    assert.deepEqual(await modes("_include=Observation:subject&_include=Patient:organization"), [who.id], "one step, unless it says :iterate");
    assert.deepEqual(await modes("_include=Observation:subject&_include:iterate=Patient:organization&_include:iterate=Organization:partof"), [who.id, whole.id, house.id]);
    const back = (await ask(`/Patient?_id=${who.id}&_revinclude=Observation:patient`)).json;
    assert.equal(back.entry.filter((e) => e.search.mode === "include").length, 7);
    assert.equal(back.total, undefined, "none is told by default");
    assert.equal((await ask(`/Observation?patient=${who.id}&_total=accurate&_count=2`)).json.total, 7);
    assert.equal((await ask(`/Observation?patient=${who.id}&_count=0`)).json.total, 7);
    for (const [sort, order] of [["date", 1], ["-date", -1]]) {
        let page = await ask(`/Observation?patient=${who.id}&_sort=${sort}&_count=3`);
        const all = ids(page);
        for (let next; (next = page.json.link.find((l) => l.relation === "next"));) {
            assert.ok(next.url.startsWith(`${site.base}?page=`), "at the base");
            await make({ resourceType: "Observation", status: "final", code: { text: "between" }, subject: ref(who), effectiveDateTime: order > 0 ? "2023-01-01" : "2024-02-01" });
            page = await ask(next.url.slice(site.base.length));
            all.push(...ids(page));
        }
        const wanted = seen.map((s) => s.id);
        const mine = all.filter((id) => wanted.includes(id));
        assert.deepEqual(mine, order > 0 ? wanted : [...wanted].reverse());
        assert.equal(new Set(all).size, all.length, "none twice");
    }
});
