# 1,000 slow or broken connections at once; the long tier keeps them up for five minutes.
yq_test(faults/net_flood TIMEOUT 600 SERIAL LABELS faults COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/net_flood.py)
yq_test(faults/net_flood_long LONG TIMEOUT 900 SERIAL LABELS faults
    COMMAND ${CMAKE_COMMAND} -E env YQ_FLOOD_SECONDS=300 python3 ${CMAKE_CURRENT_SOURCE_DIR}/net_flood.py)
if(YQ_SANITIZE)
    set_property(TEST faults/net_flood faults/net_flood_long APPEND PROPERTY ENVIRONMENT YQ_SANITIZED=1)
endif()
