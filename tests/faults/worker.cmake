yq_program(faults_worker SOURCES ${CMAKE_CURRENT_LIST_DIR}/worker_test.c USES workers LIBS yq_check)
yq_program(faults_worker_rogue SOURCES ${CMAKE_CURRENT_LIST_DIR}/worker_rogue.c USES link)
add_dependencies(faults_worker yunqiao-media faults_worker_rogue)
yq_test(faults/worker TIMEOUT 300 LABELS faults COMMAND faults_worker)
