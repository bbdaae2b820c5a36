# Networks that let little out.
if(TARGET call)
    yq_test(interop/netns-media TIMEOUT 600 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/netns_media.py)
endif()
