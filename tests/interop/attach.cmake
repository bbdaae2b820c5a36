# Files as Binary, from outside. The long tier sends one of 200 MB.
yq_test(interop/attach TIMEOUT 300 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/attach.py)
