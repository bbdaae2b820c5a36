# The sealed store under kill -9, simulated power loss, and a disk that is full or fails.
yq_program(faults_vault
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/vault_disk.c
        ${CMAKE_CURRENT_LIST_DIR}/vault_kill.c
        ${CMAKE_CURRENT_LIST_DIR}/vault_power.c
        ${CMAKE_CURRENT_LIST_DIR}/vault_sync.c
        ${CMAKE_CURRENT_LIST_DIR}/../unit/vault/world.c
    USES store
    LIBS yq_check PkgConfig::sqlite3)
yq_test(faults/vault TIMEOUT 900 LABELS faults COMMAND faults_vault)
