// All 23 sampled Synthea bundles go in whole and come out again, equal to each number's last digit, and what is served passes two
// validators of others. The bundles lie beside the source tree; where they are absent, there is nothing to import.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { startSite } from "./site.mjs";
import { check, oracle } from "./validators.mjs";

const folder = new URL("../../../../shared/data/synthea/", import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith(".json.gz")).sort() : [];
let site, headers;
before(async () => {
    site = await startSite();
    headers = { authorization: `Bearer ${site.token("clinic-doctor")}`, "content-type": "application/fhir+json" };
});
after(() => site.stop());

const ask = async (path, more = {}) => {
    const answer = await fetch(`${site.base}${path}`, { headers, ...more });
    const text = await answer.text();
    return { status: answer.status, text, json: text ? JSON.parse(text) : null };
};

// JSON with every number kept as the text it was written with.
const exact = (text) => JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/g,
    (_, quoted, number) => quoted ?? JSON.stringify(`number ${number}`)));

// The same but for what a server gives: id, versions, and references that now have an address.
const bare = (resource, names) => {
    const { id, meta, ...rest } = resource;
    const { versionId, lastUpdated, ...other } = meta ?? {};
    const text = JSON.stringify(Object.keys(other).length ? { ...rest, meta: other } : rest);
    return JSON.parse(text.replace(/urn:uuid:[0-9a-f-]{36}/g, (urn) => names.get(urn) ?? urn));
};

test("all bundles go in whole and come out equal", { skip: !files.length }, async () => {
    let resources = 0;
    for (const file of files) {
        // What another house prescribed is written as told by it: an order of this house would want its pharmacist (rule 36).
        const text = gunzipSync(readFileSync(new URL(file, folder))).toString()
            .replaceAll(/"resourceType": ?"MedicationRequest",/g, '$&"reportedBoolean":true,');
        const sent = exact(text);
        const { status, text: answer, json } = await ask("", { method: "POST", body: text });
        assert.equal(status, 200, answer.slice(0, 500));
        const names = new Map(json.entry.map((e, i) => [sent.entry[i].fullUrl, e.response.location.split("/_history")[0]]));
        const got = exact(answer).entry;
        assert.equal(got.length, sent.entry.length);
        got.forEach((e, i) => assert.deepEqual(bare(e.resource, names), bare(sent.entry[i].resource, names)));
        const one = got[got.length - 1].response.location.split("/_history")[0];
        assert.deepEqual(exact((await ask(`/${one}`)).text), got[got.length - 1].resource);
        resources += got.length;
    }
    console.log(`figure interop.synthea.resources ${resources}`);
    const counted = (await ask("/Observation?_summary=count")).json.total;
    assert.equal(counted, 2737);
    const claims = (await ask("/Claim?_summary=count")).json.total;
    assert.equal(claims, 834);
    const patient = (await ask("/Patient?family=Grimes")).json;
    assert.equal(patient.entry.length, 1);
    const heights = (await ask("/Observation?code=http://loinc.org|8302-2&value-quantity=gt150&_count=1000")).json;
    assert.ok(heights.entry.length > 20 && heights.entry.every((e) => e.resource.valueQuantity.value > 150));
    const pressure = (await ask("/Observation?component-code-value-quantity=http://loinc.org|8480-6$gt140&_count=1000")).json;
    assert.ok(pressure.entry.every((e) => e.resource.component.some((c) => c.code.coding[0].code === "8480-6" && c.valueQuantity.value > 140)));
});

test("the operator's import takes them as they are", { skip: !files.length }, async () => {
    const { files: told } = site.run("import", ...files.map((f) => fileURLToPath(new URL(f, folder))));
    assert.equal(told.length, 23);
    assert.deepEqual(told.filter((f) => !f.ok), []);
    assert.equal((await ask("/Observation?_summary=count")).json.total, 2 * 2737);
});

test("what is served passes both validators", async () => {
    const metadata = (await ask("/metadata")).json;
    assert.equal(metadata.fhirVersion, "4.0.1");
    check({ ...metadata, fhirVersion: "4.0.0" }); // the schema is of 4.0.0 and knows no later
    const body = { resourceType: "Patient", name: [{ family: "欧阳", given: ["静"] }], gender: "female", birthDate: "1979" };
    const made = (await ask("/Patient", { method: "POST", body: JSON.stringify(body) })).json;
    check(made);
    check((await ask(`/Patient/${made.id}/_history`)).json);
    check((await ask("/Patient/nobody")).json);
    check((await ask("/Patient?nonsense=1")).json);
    check((await ask("/Patient?name=ouyang&_include=*&_total=accurate")).json);
    check((await ask("/Patient?name=nobody&_summary=count")).json);
    check((await ask("", { method: "POST", body: JSON.stringify({ resourceType: "Bundle", type: "batch", entry: [
        { request: { method: "GET", url: `Patient/${made.id}` } }, { request: { method: "GET", url: "Patient/nobody" } }] }) })).json);
    check((await ask("/Patient/$validate", { method: "POST", body: JSON.stringify({ ...body, gender: "x" }) })).json);
    for (const type of files.length ? ["Observation", "Claim", "ExplanationOfBenefit", "Encounter", "Immunization", "CarePlan", "Goal"] : []) {
        const bundle = (await ask(`/${type}?_count=5`)).json;
        assert.equal(bundle.entry.length, 5);
        assert.deepEqual(oracle().validate(bundle), []);
    }
});
