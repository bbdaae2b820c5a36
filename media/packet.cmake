# The packet path: nouns that take bytes, addresses and times and return bytes and events. No sockets, no loop.
set(packet_sources
    allocate.c answer.c av1.c cache.c codec_msg.c deal.c deal_counter.c deal_tracks.c dependency.c down.c down_again.c down_sound.c dtls.c estimate.c ext.c farewell.c frame.c frugal.c h264.c ice.c keyframe.c leg_msg.c level.c nack.c owed.c narrow.c pace.c packet.c peer.c peer_rtcp.c profile.c protect.c reception.c red.c replay.c room.c router.c
    rtcp.c rtp.c sdp.c sdp_write.c seqmap.c srtp.c srtp_keys.c stamp.c still.c stun.c tcp_frame.c turn.c twcc.c up.c vp8.c vp9.c wanted.c)
list(TRANSFORM packet_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
yq_library(media_packet SOURCES ${packet_sources} USES base link LIBS PkgConfig::ssl PkgConfig::crypto)
