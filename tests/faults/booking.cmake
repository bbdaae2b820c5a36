# 64 clients race for the same times, with kills in the middle; the long tier has a million attempts, and then reads a quarter of a million
# bookings back, 12 hours at a time (41 and 50 minutes on two cores that were shared by many).
yq_test(faults/booking-race TIMEOUT 600 SERIAL LABELS faults COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/booking_race.py 6000 1)
yq_test(faults/booking-race-long LONG TIMEOUT 9000 SERIAL LABELS faults
    COMMAND ${CMAKE_COMMAND} -E env YQ_LONG=1 python3 ${CMAKE_CURRENT_LIST_DIR}/booking_race.py)
