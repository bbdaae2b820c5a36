// What the CapabilityStatement claims is what is done, and what it does not claim is refused: for every type, interaction, parameter,
// include and operation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSite } from "./site.mjs";

let site, headers, rest;
before(async () => {
    site = await startSite();
    headers = { authorization: `Bearer ${site.token("clinic-doctor")}`, "content-type": "application/fhir+json", "accept-language": "en" };
    rest = (await (await fetch(`${site.base}/metadata`)).json()).rest[0];
});
after(() => site.stop());

const ask = (path, method = "GET", body) => fetch(`${site.base}${path}`, { method, headers, body: body && JSON.stringify(body) });
const outcome = async (answer, status) => {
    const text = await answer.text();
    assert.equal(answer.status, status, text.slice(0, 300));
    const body = JSON.parse(text);
    assert.equal(body.resourceType, "OperationOutcome");
    return body.issue[0];
};
const eachOf = async (list, f) => {
    for (let i = 0; i < list.length; i += 8) await Promise.all(list.slice(i, i + 8).map(f));
};

test("large answers are zipped for those who take it", async () => {
    const zipped = await fetch(`${site.base}/metadata`, { headers: { "accept-encoding": "gzip" } });
    assert.equal(zipped.headers.get("content-encoding"), "gzip");
    const plain = await fetch(`${site.base}/metadata`, { headers: { "accept-encoding": "gzip;q=0" } });
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.equal(await zipped.text(), await plain.text());
    assert.equal((await fetch(`${site.base}/metadata?_format=xml`)).status, 406);
});

test("every parameter that is claimed is taken, and no other", async () => {
    let n = 0;
    for (const { type, searchParam } of rest.resource) {
        await eachOf(searchParam, async ({ name }) => {
            const answer = await ask(`/${type}?${name}:missing=true&_count=1`);
            assert.equal(answer.status, 200, `${type}.${name} ${await answer.text()}`);
            n++;
        });
        const issue = await outcome(await ask(`/${type}?no-such-parameter=1`), 400);
        assert.equal(issue.code, "not-supported");
        const known = issue.diagnostics.replace("known parameters: ", "").split(", ");
        for (const { name } of searchParam) assert.ok(known.includes(name), `${type}.${name}`);
    }
    console.log(`figure interop.metadata.parameters ${n}`);
    assert.ok(n > 1000);
});

test("every include that is claimed is taken, and no other", async () => {
    for (const { type, searchInclude = [], searchRevInclude = [] } of rest.resource) {
        await eachOf(searchInclude, async (i) => assert.equal((await ask(`/${type}?_include=${i}&_count=1`)).status, 200, `${type} ${i}`));
        await eachOf(searchRevInclude, async (i) => assert.equal((await ask(`/${type}?_revinclude=${i}&_count=1`)).status, 200, `${type} ${i}`));
        assert.equal((await ask(`/${type}?_include=${type}:nothing`)).status, 400);
    }
});

test("every interaction that is claimed is done for every type, and no other", async () => {
    const tried = {
        read: (t) => [`/${t}/nobody`, "GET", 404],
        vread: (t) => [`/${t}/nobody/_history/1`, "GET", 404],
        "history-instance": (t) => [`/${t}/nobody/_history`, "GET", 404],
        "history-type": (t) => [`/${t}/_history`, "GET", 200],
        "search-type": (t) => [`/${t}?_count=1`, "GET", 200],
        create: (t) => [`/${t}`, "POST", 422, { resourceType: t, nonsense: 1 }],
        update: (t) => [`/${t}/nobody`, "PUT", 422, { resourceType: t, id: "nobody", nonsense: 1 }],
        delete: (t) => [`/${t}/nobody`, "DELETE", 204],
    };
    for (const { type, interaction } of rest.resource) {
        const codes = interaction.map((i) => i.code);
        if (type === "AuditEvent") {
            assert.deepEqual(codes.sort(), ["read", "search-type"], "the trail is read and searched");
            for (const [path, method, status, body] of Object.entries(tried).filter(([code]) => !codes.includes(code)).map(([, f]) => f(type)))
                assert.equal((await ask(path, method, body)).status, status === 200 || status === 404 || method !== "GET" ? 405 : status, path);
        } else assert.ok(codes.includes("patch"));
        for (const code of codes.filter((c) => c !== "patch")) {
            const [path, method, status, body] = tried[code](type);
            const answer = await ask(path, method, body);
            assert.equal(answer.status, status, `${code} ${type}: ${await answer.text()}`);
        }
        assert.equal((await ask(`/${type}/nobody`, "POST", {})).status, 405, type);
        assert.equal((await ask(`/${type}/$nothing`)).status, 404, type);
    }
    assert.deepEqual(rest.interaction.map((i) => i.code).sort(), ["batch", "history-system", "transaction"]);
    assert.equal((await ask("/_history")).status, 200);
    await outcome(await ask("", "POST", { resourceType: "Bundle", type: "collection" }), 400);
    await outcome(await ask("/Spaceship"), 404);
});

test("operations that are claimed are there", async () => {
    for (const { type, operation } of rest.resource) {
        const names = operation.map((o) => o.name);
        assert.deepEqual(names.includes("everything"), type === "Patient");
        const checked = await ask(`/${type}/$validate`, "POST", { resourceType: type, nonsense: 1 });
        assert.equal(checked.status, 200);
        assert.equal((await checked.json()).issue[0].severity, "error");
        assert.equal((await ask(`/${type}/nobody/$meta`)).status, names.includes("meta") ? 404 : 405);
    }
    assert.equal((await ask("/Patient/nobody/$everything")).status, 404);
    const exports = rest.operation.map((o) => [o.name, o.definition]);
    assert.deepEqual(exports, [["export", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"]]);
    const ofPatients = rest.resource.find((r) => r.type === "Patient").operation.find((o) => o.name === "export");
    assert.equal(ofPatients.definition, "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export");
    for (const path of ["/$export", "/Patient/$export"]) assert.equal((await outcome(await ask(path), 400)).details.coding[0].code, "export_async");
    assert.equal((await ask("/Observation/$export")).status, 404);
});

test("code lists that are kept here are looked up, checked and expanded", async () => {
    const put = async (body) => assert.equal((await ask(`/${body.resourceType}/${body.id}`, "PUT", body)).status, 201);
    const named = (parameters, name) => parameters.parameter.find((p) => p.name === name);
    await put({ resourceType: "CodeSystem", id: "test-codes", url: "urn:yunqiao:test:codes", name: "TestCodes", status: "active",
        content: "complete", concept: [{ code: "A", display: "头痛" }, { code: "B", display: "发热", concept: [{ code: "B1", display: "低热" }] }] });
    await put({ resourceType: "ValueSet", id: "test-set", url: "urn:yunqiao:test:set", status: "active",
        compose: { include: [{ system: "urn:yunqiao:test:codes" }, { system: "urn:other", concept: [{ code: "Z", display: "other" }] }] } });
    const looked = await (await ask("/CodeSystem/$lookup?system=urn:yunqiao:test:codes&code=B1")).json();
    assert.equal(named(looked, "display").valueString, "低热");
    await outcome(await ask("/CodeSystem/$lookup?system=urn:yunqiao:test:codes&code=C"), 404);
    await outcome(await ask("/CodeSystem/$lookup?code=C"), 400);
    const valid = async (path) => named(await (await ask(path)).json(), "result").valueBoolean;
    assert.equal(await valid("/CodeSystem/$validate-code?url=urn:yunqiao:test:codes&code=A"), true);
    assert.equal(await valid("/CodeSystem/$validate-code?url=urn:yunqiao:test:codes&code=Q"), false);
    assert.equal(await valid("/ValueSet/$validate-code?url=urn:yunqiao:test:set&system=urn:other&code=Z"), true);
    assert.equal(await valid("/ValueSet/$validate-code?url=urn:yunqiao:test:set&system=urn:other&code=A"), false);
    const all = (await (await ask("/ValueSet/$expand?url=urn:yunqiao:test:set")).json()).expansion;
    assert.deepEqual(all.contains.map((c) => c.code), ["A", "B", "B1", "Z"]);
    const few = (await (await ask("/ValueSet/$expand?url=urn:yunqiao:test:set&filter=fare&count=1")).json()).expansion;
    assert.deepEqual([few.total, few.contains[0].code], [1, "B"]);
    assert.equal((await (await ask("/ValueSet/$expand?url=urn:yunqiao:test:set&count=2&offset=3")).json()).expansion.contains.length, 1);
});

test("absent and refused are one answer, in the language that was asked for", async () => {
    const guard = { ...headers, authorization: `Bearer ${site.token("guard")}` };
    const made = await (await ask("/Patient", "POST", { resourceType: "Patient", name: [{ text: "曾小明" }] })).json();
    for (const language of ["en", "zh-CN"]) {
        const get = async (path) => (await fetch(`${site.base}${path}`, { headers: { ...guard, "accept-language": language } })).text();
        assert.equal(await get(`/Patient/${made.id}`), await get("/Patient/nobody"));
        assert.equal(await get(`/Patient/${made.id}/_history`), await get("/Patient/nobody/_history"));
        assert.equal(await get(`/Patient/${made.id}/_history/1`), await get("/Patient/nobody/_history/1"));
        assert.equal(await get(`/Patient/${made.id}/$everything`), await get("/Patient/nobody/$everything"));
        assert.equal(await get(`/Patient/${made.id}/Observation`), await get("/Patient/nobody/Observation"));
    }
});
