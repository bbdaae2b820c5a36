# FHIR clients and validators from npm (tests/interop/fhir/package-lock.json).
foreach(name audit bulk calendar clients metadata resources scheduling surface synthea)
    yq_test(interop/fhir-${name} TIMEOUT 300 LABELS interop
        COMMAND node --test --test-reporter=spec tests/interop/fhir/${name}.test.mjs)
endforeach()
