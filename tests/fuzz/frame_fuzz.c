/* Payloads of any codec: the first byte is the codec, the second the length of a dependency descriptor before
 * the payload. What VP8's out side makes of a packet it forwards has the same shape as what came. */
#include "media/frame.h"
#include "tests/fuzz/fuzz.h"

static void vp8_forward(struct vp8_out *out, const struct vp8 *v, const uint8_t *payload, bool drops)
{
    uint8_t descriptor[VP8_DESCRIPTOR_BYTES_MAX];
    struct vp8 back;
    if (drops) {
        vp8_out_drop(out, v);
        return;
    }
    if (vp8_out_forward(out, v, payload, descriptor) != OK) return;
    ASSERT(v->descriptor_bytes <= sizeof descriptor);
    ASSERT(vp8_parse(descriptor, v->descriptor_bytes, &back) == OK);
    ASSERT(back.descriptor_bytes == v->descriptor_bytes && back.tid == v->tid && back.is_long == v->is_long);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t packet[RTP_BYTES_MAX];
    static struct vp8_out out;
    struct dependency_structure kept = {0};
    struct ext_values values = {0};
    struct frame f;
    struct rtp r;
    if (n < 2) return 0;
    size_t dependency_bytes = bytes[1] < n - 2 ? bytes[1] : n - 2;
    size_t payload_bytes = n - 2 - dependency_bytes;
    if (payload_bytes > sizeof packet - RTP_HEADER_BYTES) return 0;
    values.dependency = fuzz_str(bytes + 2, dependency_bytes);
    values.has = dependency_bytes ? 1u << EXT_DEPENDENCY : 0;
    memset(packet, 0, RTP_HEADER_BYTES);
    packet[0] = 0x80;
    memcpy(packet + RTP_HEADER_BYTES, bytes + 2 + dependency_bytes, payload_bytes);
    ASSERT(rtp_parse(packet, RTP_HEADER_BYTES + payload_bytes, &r) == OK);
    enum codec codec = (enum codec)(bytes[0] % CODEC_COUNT);
    if (frame_read(codec, &r, &values, &kept, &f) != OK) return 0;
    ASSERT(f.sid < 8 && f.tid < 8);
    if (codec != CODEC_VP8) return 0;
    vp8_out_init(&out);
    for (int i = 0; i < 4; i++) {
        vp8_forward(&out, &f.vp8, rtp_payload(&r), i == 1);
        f.vp8.picture_id = (uint16_t)((f.vp8.picture_id + 1) & (f.vp8.is_long ? 0x7fff : 0x7f));
    }
    return 0;
}
