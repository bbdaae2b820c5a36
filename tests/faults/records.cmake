# Transactions of the record store under kill -9.
yq_test(faults/records_kill TIMEOUT 300 LABELS faults COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/records_kill.py)
