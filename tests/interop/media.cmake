# WHIP and WHEP from Debian's packages, unmodified. YQ_LONG=1: all that they send with all that they play.
yq_test(interop/clients SERIAL TIMEOUT 600 LABELS interop COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/media/clients_test.py)
