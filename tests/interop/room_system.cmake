# A room system by plain RTP: Debian's ffmpeg, with its own SRTP and Opus. A camera moved from afar: aiortc's connection; a camera of ONVIF, by the box beside it.
yq_test(interop/room-system TIMEOUT 300 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/room_system.py)
yq_test(interop/steer TIMEOUT 300 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/steer.py)
yq_test(interop/camera-box TIMEOUT 300 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/camera_box.py)
