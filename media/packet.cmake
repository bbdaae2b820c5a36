# The packet path: nouns that take bytes, addresses and times and return bytes and events. No sockets, no loop.
yq_library(media_packet
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/stun.c
    USES base link LIBS PkgConfig::ssl PkgConfig::crypto)
