# Files as Binary, from outside. The quick tier has a sample; the long tier sends one of 200 MB.
yq_test(interop/attach TIMEOUT 300 LABELS interop
    COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/attach.py comes_down refused all_or_nothing erasure)
yq_test(interop/attach-all LONG TIMEOUT 900 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/attach.py)
