# Debian's own calendar programs on a feed: vdirsyncer and khal.
yq_test(interop/calendar TIMEOUT 600 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/calendar.py)
