# 64 clients race for the same times, with kills in the middle; the long tier has a million attempts.
yq_test(faults/booking-race TIMEOUT 180 SERIAL LABELS faults COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/booking_race.py 6000 1)
yq_test(faults/booking-race-long LONG TIMEOUT 3000 SERIAL LABELS faults
    COMMAND ${CMAKE_COMMAND} -E env YQ_LONG=1 python3 ${CMAKE_CURRENT_LIST_DIR}/booking_race.py)
