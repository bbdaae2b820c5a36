# The store as a whole under kill -9, a full disk, flipped bits, a lost machine, and kills while keys are rotated.
yq_program(faults_store
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/store_damage.c
        ${CMAKE_CURRENT_LIST_DIR}/store_drill.c
        ${CMAKE_CURRENT_LIST_DIR}/store_full.c
        ${CMAKE_CURRENT_LIST_DIR}/store_kill.c
        ${CMAKE_CURRENT_LIST_DIR}/store_load.c
        ${CMAKE_CURRENT_LIST_DIR}/../unit/store/kit.c
    USES store
    LIBS yq_check PkgConfig::sqlite3)
yq_test(faults/store TIMEOUT 1800 LABELS faults COMMAND faults_store)
