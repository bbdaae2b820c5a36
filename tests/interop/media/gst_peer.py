"""GStreamer's webrtcbin as Debian has it, publishing by WHIP or playing by WHEP; words as aiortc_peer.py has them."""
import json
import sys
import threading
import time

import gi
import numpy

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstApp, GstSdp, GstWebRTC  # noqa: E402, F401

SRC = Gst.PadDirection.SRC  # read here: gi fills its types as they are asked for, and two threads at once have met one half filled

from http_face import Face  # noqa: E402
from marks import FPS, HEIGHT, RATE, WIDTH, Eyes, frame  # noqa: E402

how, url, token = sys.argv[1:4]
who, hz, codec, seconds = int(sys.argv[4]), float(sys.argv[5]), sys.argv[6], float(sys.argv[7])
ENCODERS = {
    "VP8": "vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay pt=96 picture-id-mode=15-bit ! application/x-rtp,media=video,"
           "encoding-name=VP8,payload=96",
    "H264": "openh264enc gop-size=30 ! h264parse ! rtph264pay pt=96 config-interval=-1 aggregate-mode=zero-latency ! application/x-rtp,"
            "media=video,encoding-name=H264,payload=96",
    "VP9": "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=30 ! rtpvp9pay pt=96 ! application/x-rtp,media=video,encoding-name=VP9,payload=96",
}
SEND = (f"webrtcbin name=peer bundle-policy=max-bundle appsrc name=pictures is-live=true format=time do-timestamp=true "
        f"caps=video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate={FPS}/1 ! queue ! {ENCODERS.get(codec)} ! peer. "
        f"audiotestsrc is-live=true wave=sine freq={hz} volume=0.3 ! audio/x-raw,rate={RATE},channels=1 ! opusenc ! rtpopuspay pt=111 ! "
        "application/x-rtp,media=audio,encoding-name=OPUS,payload=111 ! peer. ")
RECEIVE = "webrtcbin name=peer bundle-policy=max-bundle"

Gst.init(None)
loop = GLib.MainLoop()
if how == "publish":
    pipeline = Gst.parse_launch(SEND)
else:  # one element by itself would be no pipeline
    pipeline = Gst.Pipeline.new()
    pipeline.add(Gst.parse_launch(RECEIVE))
peer = pipeline.get_by_name("peer")
face = Face(url, token)
eyes = Eyes(who, hz, 20)
failures = []


def fail(what):
    failures.append(str(what))
    loop.quit()


# -- the offer, once all candidates are in it --

def on_offer(promise, _):
    reply = promise.get_reply()  # the offer lives as long as it does
    offer = reply.get_value("offer")
    peer.emit("set-local-description", offer, None)


def on_gathered(*_):
    if peer.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        return
    try:
        answer = face.post(peer.get_property("local-description").sdp.as_text())
        _, message = GstSdp.SDPMessage.new()
        assert GstSdp.sdp_message_parse_buffer(answer.encode(), message) == GstSdp.SDPResult.OK, answer
        peer.emit("set-remote-description", GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message), None)
    except Exception as why:  # noqa: BLE001
        fail(why)


def negotiate(*_):
    peer.emit("create-offer", None, Gst.Promise.new_with_change_func(on_offer, None))


def on_state(*_):
    state = peer.get_property("connection-state")
    if state == GstWebRTC.WebRTCPeerConnectionState.FAILED:
        fail("connection failed")
    if state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED and how == "publish":
        print("up", flush=True)


# -- sending --

def push_pictures():
    source, began, count = pipeline.get_by_name("pictures"), time.monotonic(), 0
    while source.emit("push-buffer", Gst.Buffer.new_wrapped(frame(who, count))) == Gst.FlowReturn.OK:
        count += 1
        time.sleep(max(0, began + count / FPS - time.monotonic()))


def until_input_closes():
    sys.stdin.read()
    GLib.idle_add(loop.quit)


# -- receiving --

def on_picture(sink):
    sample = sink.emit("pull-sample")
    caps = sample.get_caps().get_structure(0)
    width, height = caps.get_value("width"), caps.get_value("height")
    data = sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())
    stride = len(data) // height
    eyes.see(numpy.frombuffer(data, numpy.uint8)[:stride * height].reshape(height, stride)[:, :width])
    return check()


def on_sound(sink):
    buffer = sink.emit("pull-sample").get_buffer()
    eyes.hear(numpy.frombuffer(buffer.extract_dup(0, buffer.get_size()), numpy.int16))
    return check()


def check():
    if eyes.has_enough():
        GLib.idle_add(loop.quit)
    return Gst.FlowReturn.OK


def on_pad(_, pad):
    if pad.get_direction() != SRC:
        return
    is_video = pad.get_current_caps().get_structure(0).get_value("media") == "video"
    tail = ("videoconvert ! video/x-raw,format=GRAY8" if is_video else f"audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate={RATE},channels=1")
    part = Gst.parse_bin_from_description(f"decodebin name=in ! queue ! {tail} ! appsink name=out emit-signals=true sync=false", False)
    part.get_by_name("out").connect("new-sample", on_picture if is_video else on_sound)
    part.add_pad(Gst.GhostPad.new("sink", part.get_by_name("in").get_static_pad("sink")))
    pipeline.add(part)
    part.sync_state_with_parent()
    pad.link(part.get_static_pad("sink"))


def on_message(_, message):
    if message.type == Gst.MessageType.ERROR:
        fail(message.parse_error())


bus = pipeline.get_bus()
bus.add_signal_watch()
bus.connect("message", on_message)
peer.connect("notify::ice-gathering-state", on_gathered)
peer.connect("notify::connection-state", on_state)
if how == "play":
    peer.connect("pad-added", on_pad)
    direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
    peer.emit("add-transceiver", direction, Gst.Caps.from_string("application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2"))
    video = peer.emit("add-transceiver", direction, Gst.Caps.from_string(f"application/x-rtp,media=video,encoding-name={codec},payload=96,clock-rate=90000"))
    video.set_property("do-nack", True)
pipeline.set_state(Gst.State.PLAYING)
if how == "play":
    negotiate()
else:
    peer.connect("on-negotiation-needed", negotiate)
    threading.Thread(target=push_pictures, daemon=True).start()
    threading.Thread(target=until_input_closes, daemon=True).start()
GLib.timeout_add(int(seconds * 1000), loop.quit)
loop.run()
if failures:
    sys.exit(failures[0])
if how == "play":
    print(json.dumps(eyes.result()), flush=True)
face.end()
pipeline.set_state(Gst.State.NULL)
