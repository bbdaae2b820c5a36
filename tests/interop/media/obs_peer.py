"""OBS's stack, libdatachannel (obs_peer.mjs), with a clip to send. Words as aiortc_peer.py has them."""
import os
import sys
import tempfile

import clip

how, url, token, who, hz, codec, seconds = sys.argv[1:8]
assert how == "publish" and codec == "H264"
at = tempfile.NamedTemporaryFile(suffix=".clip", delete=False)
clip.write(at.name, int(who), float(hz), 60)
os.environ["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
os.environ["NODE_NO_WARNINGS"] = "1"
os.execvp("node", ["node", os.path.join(os.path.dirname(os.path.abspath(__file__)), "obs_peer.mjs"), url, token, at.name])
