# Messages out of the house, each once: Debian's aiosmtpd as the mail server, a hook of HTTPS as the SMS gateway, and kills in between.
yq_test(faults/outbox TIMEOUT 600 LABELS faults COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/outbox.py)
