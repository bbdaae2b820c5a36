#include "media/sdp.h"

static void attribute(struct buf *to, const char *name, struct str value)
{
    if (value.bytes == 0) return;
    buf_add_text(to, "a=");
    buf_add_text(to, name);
    buf_add_char(to, ':');
    buf_add_str(to, value);
    buf_add_text(to, "\r\n");
}

static void flag(struct buf *to, const char *name, bool is_set)
{
    if (is_set) buf_printf(to, "a=%s\r\n", name);
}

static const char *direction_text(enum sdp_direction direction)
{
    static const char *const names[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
    return names[direction];
}

static void candidate_write(const struct sdp_candidate *c, struct buf *to)
{
    static const char *const types[] = {"host", "srflx", "prflx", "relay"}, *const ways[] = {"", "active",
                                                                                             "passive", "so"};
    buf_add_text(to, "a=candidate:");
    buf_add_str(to, c->foundation);
    buf_printf(to, " %u %s %u ", c->component, c->is_tcp ? "tcp" : "udp", c->priority);
    if (c->address.family) {
        char text[LINK_ADDRESS_TEXT_BYTES];
        link_address_text(&c->address, text);
        struct str host = str_of(text);
        while (host.at[--host.bytes] != ':') /* the port goes behind a blank */
            ;
        if (c->address.family == 6) host = (struct str){host.at + 1, host.bytes - 2};
        buf_add_str(to, host);
    } else {
        buf_add_str(to, c->host);
    }
    buf_printf(to, " %u typ %s", c->address.port, types[c->type]);
    if (c->tcp != SDP_TCP_NONE) buf_printf(to, " tcptype %s", ways[c->tcp]);
    buf_add_text(to, "\r\n");
}

static void transport_write(const struct sdp_media *m, struct buf *to)
{
    static const char *const setups[] = {"", "actpass", "active", "passive"};
    attribute(to, "ice-ufrag", m->ufrag);
    attribute(to, "ice-pwd", m->password);
    if (m->is_trickling || m->is_renominating)
        buf_printf(to, "a=ice-options:%s%s%s\r\n", m->is_trickling ? "trickle" : "",
                   m->is_trickling && m->is_renominating ? " " : "",
                   m->is_renominating ? "renomination" : "");
    if (m->has_fingerprint) {
        buf_add_text(to, "a=fingerprint:sha-256 ");
        for (size_t i = 0; i < sizeof m->fingerprint; i++)
            buf_printf(to, "%s%02X", i ? ":" : "", m->fingerprint[i]);
        buf_add_text(to, "\r\n");
    }
    attribute(to, "setup", str_of(setups[m->setup]));
    for (unsigned i = 0; i < m->candidate_count; i++)
        candidate_write(&m->candidates[i], to);
    flag(to, "end-of-candidates", m->has_end_of_candidates);
}

static void codec_write(const struct sdp_codec *c, struct buf *to)
{
    static const struct {
        uint8_t bit;
        const char *text;
    } feedbacks[] = {{SDP_REMB, "goog-remb"},
                     {SDP_TRANSPORT_CC, "transport-cc"},
                     {SDP_CCM_FIR, "ccm fir"},
                     {SDP_NACK, "nack"},
                     {SDP_NACK_PLI, "nack pli"}};
    if (c->name.bytes) {
        buf_printf(to, "a=rtpmap:%u ", c->payload_type);
        buf_add_str(to, c->name);
        buf_printf(to, "/%u", c->clock_hz);
        if (c->channels) buf_printf(to, "/%u", c->channels);
        buf_add_text(to, "\r\n");
    }
    for (size_t i = 0; i < COUNT_OF(feedbacks); i++)
        if (c->feedback & feedbacks[i].bit)
            buf_printf(to, "a=rtcp-fb:%u %s\r\n", c->payload_type, feedbacks[i].text);
    if (c->fmtp.bytes) {
        buf_printf(to, "a=fmtp:%u ", c->payload_type);
        buf_add_str(to, c->fmtp);
        buf_add_text(to, "\r\n");
    }
}

static void extension_write(const struct sdp_extension *e, struct buf *to)
{
    buf_printf(to, "a=extmap:%u", e->id);
    if (e->direction != SDP_SENDRECV) buf_printf(to, "/%s", direction_text(e->direction));
    buf_add_char(to, ' ');
    buf_add_str(to, e->uri);
    buf_add_text(to, "\r\n");
}

static void msid_write(struct str stream, struct str track, struct buf *to)
{
    buf_add_str(to, stream);
    if (track.bytes) buf_add_char(to, ' ');
    buf_add_str(to, track);
    buf_add_text(to, "\r\n");
}

static void ssrc_write(const struct sdp_ssrc *s, struct buf *to)
{
    buf_printf(to, "a=ssrc:%u cname:", s->ssrc);
    buf_add_str(to, s->cname);
    buf_add_text(to, "\r\n");
    if (s->stream.bytes == 0) return;
    buf_printf(to, "a=ssrc:%u msid:", s->ssrc);
    msid_write(s->stream, s->track, to);
}

static void group_write(const struct sdp_group *g, struct buf *to)
{
    static const char *const names[] = {"FID", "SIM", "FEC-FR"};
    if (g->semantics == SDP_OTHER_SEMANTICS) return;
    buf_printf(to, "a=ssrc-group:%s", names[g->semantics]);
    for (unsigned i = 0; i < g->count; i++)
        buf_printf(to, " %u", g->ssrcs[i]);
    buf_add_text(to, "\r\n");
}

static void layers_write(const struct sdp_layer *layers, unsigned count, const char *way, bool is_first,
                         struct buf *to)
{
    if (count == 0) return;
    buf_printf(to, "%s%s ", is_first ? "" : " ", way);
    for (unsigned i = 0; i < count; i++) {
        buf_printf(to, "%s%s", i ? ";" : "", layers[i].is_paused ? "~" : "");
        buf_add_str(to, layers[i].rid);
    }
}

static void simulcast_write(const struct sdp_media *m, struct buf *to)
{
    for (unsigned i = 0; i < m->rid_count; i++) {
        const struct sdp_rid *r = &m->rids[i];
        buf_add_text(to, "a=rid:");
        buf_add_str(to, r->id);
        buf_add_text(to, r->is_send ? " send" : " recv");
        if (r->restrictions.bytes) buf_add_char(to, ' ');
        buf_add_str(to, r->restrictions);
        buf_add_text(to, "\r\n");
    }
    if (m->send_count + m->recv_count == 0) return;
    buf_add_text(to, "a=simulcast:");
    layers_write(m->send_layers, m->send_count, "send", true, to);
    layers_write(m->recv_layers, m->recv_count, "recv", m->send_count == 0, to);
    buf_add_text(to, "\r\n");
}

static void media_line_write(const struct sdp_media *m, struct buf *to)
{
    buf_add_text(to, "m=");
    buf_add_str(to, m->kind_text);
    buf_printf(to, " %u ", m->port);
    buf_add_str(to, m->protocol);
    unsigned first = m->is_last_first && m->codec_count ? m->codec_count - 1u : 0;
    for (unsigned i = 0; i < m->codec_count; i++)
        buf_printf(to, " %u", m->codecs[(first + i) % m->codec_count].payload_type);
    if (m->codec_count == 0) {
        buf_add_char(to, ' ');
        buf_add_str(to, m->format);
    }
    buf_add_text(to, "\r\n");
}

static void media_write(const struct sdp_media *m, struct buf *to)
{
    media_line_write(m, to);
    buf_add_text(to, "c=IN IP4 0.0.0.0\r\n");
    transport_write(m, to);
    attribute(to, "mid", m->mid);
    flag(to, "bundle-only", m->is_bundle_only);
    for (unsigned i = 0; i < m->extension_count; i++)
        extension_write(&m->extensions[i], to);
    flag(to, "extmap-allow-mixed", m->has_mixed_extensions);
    buf_printf(to, "a=%s\r\n", direction_text(m->direction));
    if (m->stream.bytes) {
        buf_add_text(to, "a=msid:");
        msid_write(m->stream, m->track, to);
    }
    flag(to, "rtcp-mux", m->has_rtcp_mux);
    flag(to, "rtcp-rsize", m->has_rtcp_rsize);
    flag(to, "rtcp-xr:rcvr-rtt=all", m->has_rcvr_rtt);
    for (unsigned i = 0; i < m->codec_count; i++)
        codec_write(&m->codecs[i], to);
    simulcast_write(m, to);
    for (unsigned i = 0; i < m->group_count; i++)
        group_write(&m->groups[i], to);
    for (unsigned i = 0; i < m->ssrc_count; i++)
        ssrc_write(&m->ssrcs[i], to);
    if (m->sctp_port) buf_printf(to, "a=sctp-port:%u\r\n", m->sctp_port);
}

static void bundle_write(const struct sdp *s, struct buf *to)
{
    if (s->bundle_count == 0) return;
    buf_add_text(to, "a=group:BUNDLE");
    for (unsigned i = 0; i < s->bundle_count; i++) {
        buf_add_char(to, ' ');
        buf_add_str(to, s->bundle[i]);
    }
    buf_add_text(to, "\r\n");
}

void sdp_write(const struct sdp *s, struct buf *to)
{
    buf_add_text(to, "v=0\r\no=- ");
    buf_add_u64(to, s->id);
    buf_add_char(to, ' ');
    buf_add_u64(to, s->version);
    buf_add_text(to, " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
    bundle_write(s, to);
    flag(to, "ice-lite", s->is_ice_lite);
    flag(to, "extmap-allow-mixed", s->session.has_mixed_extensions);
    buf_add_text(to, "a=msid-semantic:WMS *\r\n");
    transport_write(&s->session, to);
    for (unsigned i = 0; i < s->media_count; i++)
        media_write(&s->media[i], to);
}

void sdp_write_fragment(const struct sdp *s, struct buf *to)
{
    flag(to, "ice-lite", s->is_ice_lite);
    bundle_write(s, to);
    transport_write(&s->session, to);
    for (unsigned i = 0; i < s->media_count; i++) {
        media_line_write(&s->media[i], to);
        attribute(to, "mid", s->media[i].mid);
        transport_write(&s->media[i], to);
    }
}
