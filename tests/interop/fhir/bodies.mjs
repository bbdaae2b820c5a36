// Invented bodies.
export const patient = (n) => ({
    resourceType: "Patient",
    identifier: [{ system: "urn:yunqiao:test", value: `T-${n}` }],
    name: [{ text: "曾小明", family: "曾", given: ["小明"] }],
    gender: "male",
    birthDate: "1988-04-12",
});
export const observation = (subject, code = "8867-4", value = 72) => ({
    resourceType: "Observation",
    status: "preliminary",
    code: { coding: [{ system: "http://loinc.org", code, display: "Heart rate" }] },
    subject: { reference: subject },
    effectiveDateTime: "2026-03-01T09:30:00+08:00",
    valueQuantity: { value, unit: "/min", system: "http://unitsofmeasure.org", code: "/min" },
});
export const transaction = () => ({
    resourceType: "Bundle",
    type: "transaction",
    entry: [
        { fullUrl: "urn:uuid:5c0f3b3e-4c3c-4a5e-8a52-1f0a1d6a0001", resource: patient("in-bundle"),
          request: { method: "POST", url: "Patient", ifNoneExist: "identifier=urn:yunqiao:test|T-in-bundle" } },
        { fullUrl: "urn:uuid:5c0f3b3e-4c3c-4a5e-8a52-1f0a1d6a0002",
          resource: observation("urn:uuid:5c0f3b3e-4c3c-4a5e-8a52-1f0a1d6a0001"),
          request: { method: "POST", url: "Observation" } },
    ],
});
