/* offers: session descriptions in the shapes that real clients write. */
#ifndef TESTS_UNIT_PACKET_OFFERS_H
#define TESTS_UNIT_PACKET_OFFERS_H

#define OFFER_FINGERPRINT                                                                                    \
    "D6:5E:BD:52:F2:83:93:73:6A:2A:61:78:CA:A0:7A:94:16:0A:11:E6:9F:82:F0:FD:28:B9:F0:A4:FA:85:0C:4B"

/* OBS 30 (libdatachannel): all of the transport in the session's part, options with a comma, three layers. */
static const char offer_obs[] =
    "v=0\r\no=rtc 3767197920 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "a=group:BUNDLE 0 1\r\na=group:LS 0 1\r\na=msid-semantic:WMS *\r\na=setup:actpass\r\n"
    "a=ice-ufrag:jIyd\r\na=ice-pwd:gMZQxnNZtSZe8r7oOrqp/c\r\na=ice-options:ice2,trickle\r\n"
    "a=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n"
    "m=audio 55555 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.0.2.7\r\na=mid:0\r\na=sendonly\r\n"
    "a=msid:obs audio\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=ssrc:1001 cname:obs\r\na=ssrc:1001 msid:obs audio\r\n"
    "a=candidate:1 1 UDP 2122317823 192.0.2.7 55555 typ host\r\n"
    "a=candidate:2 1 UDP 1686109695 198.51.100.9 40000 typ srflx raddr 0.0.0.0 rport "
    "0\r\na=end-of-candidates\r\n"
    "m=video 55555 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 192.0.2.7\r\na=mid:1\r\na=sendonly\r\na=rtcp-mux\r\n"
    "a=rtpmap:96 H264/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 goog-remb\r\n"
    "a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1\r\n"
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:2 "
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
    "a=rid:0 send\r\na=rid:1 send\r\na=rid:2 send\r\na=simulcast:send 0;1;2\r\n";

/* FFmpeg 8's whip muxer: passive, no feedback, no extensions, ssrc lines. */
static const char offer_ffmpeg[] =
    "v=0\r\no=FFmpeg 4489045141692799359 2 IN IP4 127.0.0.1\r\ns=FFmpegPublishSession\r\nt=0 0\r\n"
    "a=group:BUNDLE 0 1\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:a174b3f0\r\n"
    "a=ice-pwd:7bcd6e9e0b4d9a8b0ed2f4b8a5fd7e01\r\na=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n"
    "a=setup:passive\r\na=mid:0\r\na=sendonly\r\na=msid:FFmpeg audio\r\na=rtcp-mux\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=ssrc:3690937812 cname:FFmpeg\r\na=ssrc:3690937812 msid:FFmpeg audio\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 106\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:a174b3f0\r\n"
    "a=ice-pwd:7bcd6e9e0b4d9a8b0ed2f4b8a5fd7e01\r\na=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n"
    "a=setup:passive\r\na=mid:1\r\na=sendonly\r\na=msid:FFmpeg video\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
    "a=rtpmap:106 H264/90000\r\na=fmtp:106 "
    "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f\r\n"
    "a=ssrc:2431867012 cname:FFmpeg\r\na=ssrc:2431867012 msid:FFmpeg video\r\n";

/* aiortc 1.4: three digests, candidates inline, REMB and no transport-cc, opus, G.722 and PCM. */
static const char offer_aiortc[] =
    "v=0\r\no=- 3909876543 3909876543 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
    "a=msid-semantic:WMS *\r\n"
    "m=audio 49203 UDP/TLS/RTP/SAVPF 96 9 0 8\r\nc=IN IP4 172.17.0.2\r\na=sendonly\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:2 "
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
    "a=mid:0\r\na=msid:9f0e7a80-6b6a-4b9c-a1f1-4d5d6fc2a811 a-track\r\na=rtcp:9 IN IP4 "
    "0.0.0.0\r\na=rtcp-mux\r\n"
    "a=ssrc:2587371414 cname:6e5a2bb3\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:9 G722/8000\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=candidate:8d4d5e4ac6cc4e0bb1b1d6f2f1d5e3aa 1 udp 2130706431 172.17.0.2 49203 typ "
    "host\r\na=end-of-candidates\r\n"
    "a=ice-ufrag:WkrG\r\na=ice-pwd:3IKJ8KlhVR4QLRrRBmYKnV\r\n"
    "a=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n"
    "a=fingerprint:sha-384 00:11\r\na=fingerprint:sha-512 00:11\r\na=setup:actpass\r\n"
    "m=video 57117 UDP/TLS/RTP/SAVPF 97 98 99 100 101 102\r\nc=IN IP4 172.17.0.2\r\na=sendonly\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
    "a=mid:1\r\na=msid:9f0e7a80-6b6a-4b9c-a1f1-4d5d6fc2a811 v-track\r\na=rtcp:9 IN IP4 "
    "0.0.0.0\r\na=rtcp-mux\r\n"
    "a=ssrc-group:FID 4038927451 1466402018\r\na=ssrc:4038927451 cname:6e5a2bb3\r\na=ssrc:1466402018 "
    "cname:6e5a2bb3\r\n"
    "a=rtpmap:97 VP8/90000\r\na=rtcp-fb:97 nack\r\na=rtcp-fb:97 nack pli\r\na=rtcp-fb:97 goog-remb\r\n"
    "a=rtpmap:98 rtx/90000\r\na=fmtp:98 apt=97\r\n"
    "a=rtpmap:99 H264/90000\r\na=rtcp-fb:99 nack\r\na=rtcp-fb:99 nack pli\r\na=rtcp-fb:99 goog-remb\r\n"
    "a=fmtp:99 packetization-mode=1;level-asymmetry-allowed=1;profile-level-id=42001f\r\n"
    "a=rtpmap:100 rtx/90000\r\na=fmtp:100 apt=99\r\n"
    "a=rtpmap:101 H264/90000\r\na=rtcp-fb:101 nack\r\n"
    "a=fmtp:101 packetization-mode=1;level-asymmetry-allowed=1;profile-level-id=42e01f\r\n"
    "a=rtpmap:102 rtx/90000\r\na=fmtp:102 apt=101\r\n"
    "a=ice-ufrag:WkrG\r\na=ice-pwd:3IKJ8KlhVR4QLRrRBmYKnV\r\na=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n"
    "a=setup:actpass\r\n";

/* GStreamer's webrtcbin 1.22: framerate, mux-only, bundle-only, a port of 9 and of 0. */
static const char offer_gstreamer[] =
    "v=0\r\no=- 4962303333179871722 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-options:trickle\r\n"
    "a=group:BUNDLE video0 audio1\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=ice-ufrag:W7vfRGQ8d9ub\r\n"
    "a=ice-pwd:EP3F9F2tIeLZoNLXWqJc3nqgVgUPcGLM\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=sendrecv\r\n"
    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\n"
    "a=rtcp-fb:96 transport-cc\r\na=framerate:30\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    "a=extmap:1 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    "a=ssrc:3484078952 msid:user3344942761@host-1a6e webrtctransceiver0\r\n"
    "a=ssrc:3484078952 cname:user3344942761@host-1a6e\r\na=mid:video0\r\na=rtcp-mux-only\r\n"
    "a=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n"
    "m=audio 0 UDP/TLS/RTP/SAVPF 98\r\nc=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=ice-ufrag:W7vfRGQ8d9ub\r\n"
    "a=ice-pwd:EP3F9F2tIeLZoNLXWqJc3nqgVgUPcGLM\r\na=bundle-only\r\na=rtcp-mux\r\na=sendrecv\r\n"
    "a=rtpmap:98 OPUS/48000/2\r\na=rtcp-fb:98 transport-cc\r\na=fmtp:98 "
    "sprop-maxcapturerate=48000;sprop-stereo=0\r\n"
    "a=extmap:1 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    "a=mid:audio1\r\na=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n";

#endif
