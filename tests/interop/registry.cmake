# HL7 clients of others at the registry's door: npm's (tests/interop/registry/package-lock.json) and Debian's mllp_send (python3-hl7).
yq_test(interop/registry TIMEOUT 300 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/registry/feed.py)
