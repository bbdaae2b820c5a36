#include "media/sdp.h"

/* Where the reader is. m is the session's part or the section that the last m= began. */
struct reader {
    struct arena *arena;
    struct sdp *sdp;
    struct sdp_media *m;
    unsigned line;
    const char *why;
    enum err err;
    bool is_fragment;
    char seen_last; /* the type of the line before: v= o= s= come first and in this order */
    bool has_time;
};

static bool refuse(struct reader *r, const char *why)
{
    r->why = why;
    r->err = ERR_BAD_INPUT;
    return false;
}

void *sdp_add(struct arena *arena, void *items, uint16_t *count, size_t item_bytes, unsigned count_max)
{
    char *old, *at;
    memcpy(&old, items, sizeof old);
    at = old;
    if (*count == count_max) return NULL;
    if ((*count & (*count - 1)) == 0) { /* a power of two is full: twice the room */
        at = arena_alloc(arena, (*count ? (size_t)*count * 2 : 1) * item_bytes);
        if (!at) return NULL;
        if (*count) memcpy(at, old, *count * item_bytes);
        memcpy(items, &at, sizeof at);
    }
    at += *count * item_bytes;
    memset(at, 0, item_bytes);
    ++*count;
    return at;
}

/* The reader's way to add: says which of the two it was. */
#define ADD(r, owner, items, count, max)                                                                     \
    ((__typeof__((owner)->items))add(r, &(owner)->items, &(owner)->count, sizeof *(owner)->items, max))
static void *add(struct reader *r, void *items, uint16_t *count, size_t item_bytes, unsigned count_max)
{
    void *item = sdp_add(r->arena, items, count, item_bytes, count_max);
    if (!item) {
        r->err = *count == count_max ? ERR_LIMIT : ERR_NOMEM;
        r->why = "too many of these";
    }
    return item;
}

/* RFC 8866 §9: token-char. */
static bool is_token(struct str s, size_t bytes_max)
{
    if (s.bytes == 0 || s.bytes > bytes_max) return false;
    for (size_t i = 0; i < s.bytes; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]", c)) return false;
    }
    return true;
}

/* RFC 8839 §5.4: ALPHA / DIGIT / "+" / "/". */
static bool is_ice_text(struct str s, size_t bytes_min, size_t bytes_max)
{
    if (s.bytes < bytes_min || s.bytes > bytes_max) return false;
    for (size_t i = 0; i < s.bytes; i++) {
        char c = s.at[i];
        bool is_fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '+' || c == '/';
        /* Some peers use these two of base64url, against the letter. */
        if (!is_fine && c != '-' && c != '_') return false;
    }
    return true;
}

static bool is_rid(struct str s)
{
    return is_token(s, SDP_RID_BYTES_MAX) && !memchr(s.at, '~', s.bytes);
}

static bool to_number(struct str s, uint64_t max, uint64_t *ret_n)
{
    return str_to_u64(s, ret_n) && *ret_n <= max;
}

/* The next word; blanks before it are skipped. */
static struct str word(struct str *rest)
{
    while (rest->bytes && rest->at[0] == ' ')
        rest->at++, rest->bytes--;
    return str_cut(rest, ' ');
}

const struct sdp_codec *sdp_codec(const struct sdp_media *m, unsigned payload_type)
{
    for (unsigned i = 0; i < m->codec_count; i++)
        if (m->codecs[i].payload_type == payload_type) return &m->codecs[i];
    return NULL;
}

static struct sdp_codec *codec_of(struct sdp_media *m, unsigned payload_type)
{
    for (unsigned i = 0; i < m->codec_count; i++)
        if (m->codecs[i].payload_type == payload_type) return &m->codecs[i];
    return NULL;
}

/* The payload type that begins the value; NULL and no error: one that the m= line does not list. */
static bool codec_start(struct reader *r, struct str *value, struct sdp_codec **ret_codec)
{
    uint64_t payload_type;
    if (!to_number(word(value), 127, &payload_type)) return refuse(r, "no payload type");
    *ret_codec = codec_of(r->m, (unsigned)payload_type);
    return true;
}

static bool at_rtpmap(struct reader *r, struct str value)
{
    struct sdp_codec *c;
    uint64_t clock_hz, channels = 0;
    if (!codec_start(r, &value, &c)) return false;
    struct str rest = word(&value), name = str_cut(&rest, '/'), clock = str_cut(&rest, '/');
    if (!is_token(name, 64) || !to_number(clock, 1000000, &clock_hz) || clock_hz == 0)
        return refuse(r, "bad rtpmap");
    if (rest.bytes && !to_number(rest, 255, &channels)) return refuse(r, "bad channels");
    if (!c) return true;
    c->name = name;
    c->clock_hz = (uint32_t)clock_hz;
    c->channels = (uint8_t)channels;
    return true;
}

static bool at_fmtp(struct reader *r, struct str value)
{
    struct sdp_codec *c;
    if (!codec_start(r, &value, &c)) return false;
    if (c && c->fmtp.bytes == 0) c->fmtp = str_trim(value);
    return true;
}

static uint8_t feedback_of(struct str text)
{
    static const struct {
        const char *text;
        uint8_t bit;
    } known[] = {{"nack", SDP_NACK},
                 {"nack pli", SDP_NACK_PLI},
                 {"ccm fir", SDP_CCM_FIR},
                 {"goog-remb", SDP_REMB},
                 {"transport-cc", SDP_TRANSPORT_CC}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_is_text(text, known[i].text)) return known[i].bit;
    return 0;
}

static bool at_rtcp_fb(struct reader *r, struct str value)
{
    struct sdp_codec *c;
    if (value.bytes && value.at[0] == '*') {
        (void)word(&value);
        for (unsigned i = 0; i < r->m->codec_count; i++)
            r->m->codecs[i].feedback |= feedback_of(str_trim(value));
        return true;
    }
    if (!codec_start(r, &value, &c)) return false;
    if (c) c->feedback |= feedback_of(str_trim(value));
    return true;
}

static bool direction_of(struct str text, enum sdp_direction *ret_direction)
{
    static const char *const names[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!str_is_text(text, names[i])) continue;
        *ret_direction = (enum sdp_direction)i;
        return true;
    }
    return false;
}

static bool at_extmap(struct reader *r, struct str value)
{
    uint64_t id;
    enum sdp_direction direction = SDP_SENDRECV;
    struct str way = word(&value), id_text = str_cut(&way, '/'), uri = word(&value);
    if (!to_number(id_text, 4351, &id) || id == 0 || uri.bytes == 0) return refuse(r, "bad extmap");
    if (way.bytes && !direction_of(way, &direction)) return refuse(r, "bad direction of an extmap");
    struct sdp_extension *e = ADD(r, r->m, extensions, extension_count, SDP_EXTENSIONS_MAX);
    if (!e) return false;
    *e = (struct sdp_extension){(uint16_t)id, direction, ext_of_uri(uri), uri};
    return true;
}

static bool at_mid(struct reader *r, struct str value)
{
    if (!is_token(value, SDP_MID_BYTES_MAX)) return refuse(r, "bad mid");
    r->m->mid = value;
    return true;
}

static bool at_direction(struct reader *r, struct str value, enum sdp_direction direction)
{
    if (value.bytes) return refuse(r, "a direction takes no value");
    r->m->direction = direction;
    r->m->has_direction = true;
    return true;
}

static bool at_ufrag(struct reader *r, struct str value)
{
    if (!is_ice_text(value, 4, 256)) return refuse(r, "bad ice-ufrag");
    r->m->ufrag = value;
    return true;
}

static bool at_password(struct reader *r, struct str value)
{
    if (!is_ice_text(value, 22, 256)) return refuse(r, "bad ice-pwd");
    r->m->password = value;
    return true;
}

static bool at_ice_options(struct reader *r, struct str value)
{
    while (value.bytes) { /* libdatachannel puts commas between them */
        struct str some = word(&value);
        while (some.bytes) {
            struct str one = str_cut(&some, ',');
            r->m->is_trickling |= str_is_text(one, "trickle");
            r->m->is_renominating |= str_is_text(one, "renomination");
        }
    }
    return true;
}

/* "sha-256 AB:CD:…"; another digest is for somebody else. */
static bool at_fingerprint(struct reader *r, struct str value)
{
    struct str digest = word(&value), hex = word(&value);
    uint8_t bytes[SDP_FINGERPRINT_BYTES];
    if (!is_token(digest, 16)) return refuse(r, "bad fingerprint");
    if (!str_is_nocase(digest, STR("sha-256"))) return true;
    if (hex.bytes != sizeof bytes * 3 - 1) return refuse(r, "a fingerprint of the wrong length");
    for (size_t i = 0; i < sizeof bytes; i++) {
        bool is_joined = i == 0 || hex.at[i * 3 - 1] == ':';
        if (!is_joined || !str_from_hex((struct str){hex.at + i * 3, 2}, &bytes[i], 1))
            return refuse(r, "bad fingerprint");
    }
    if (r->m->has_fingerprint && memcmp(r->m->fingerprint, bytes, sizeof bytes) != 0)
        return refuse(r, "two fingerprints");
    memcpy(r->m->fingerprint, bytes, sizeof bytes);
    r->m->has_fingerprint = true;
    return true;
}

static bool at_setup(struct reader *r, struct str value)
{
    if (str_is_text(value, "actpass"))
        r->m->setup = SDP_SETUP_ACTPASS;
    else if (str_is_text(value, "active"))
        r->m->setup = SDP_SETUP_ACTIVE;
    else if (str_is_text(value, "passive"))
        r->m->setup = SDP_SETUP_PASSIVE;
    else
        return refuse(r, "bad setup");
    return true;
}

/* foundation component transport priority host port typ TYPE [raddr H] [rport P] [tcptype T] [NAME VALUE]… */
static bool at_candidate(struct reader *r, struct str value)
{
    static const char *const types[] = {"host", "srflx", "prflx", "relay"}, *const ways[] = {"", "active",
                                                                                             "passive", "so"};
    struct sdp_candidate c = {.foundation = word(&value)};
    uint64_t component, priority, port;
    struct str component_text = word(&value), transport = word(&value), priority_text = word(&value);
    c.host = word(&value);
    struct str port_text = word(&value), typ = word(&value), type = word(&value);
    if (c.foundation.bytes == 0 || c.foundation.bytes > 32 || !to_number(component_text, 256, &component) ||
        !to_number(priority_text, UINT32_MAX, &priority) || c.host.bytes == 0 || c.host.bytes > 255 ||
        !to_number(port_text, UINT16_MAX, &port) || !str_is_text(typ, "typ"))
        return refuse(r, "bad candidate");
    c.is_tcp = str_is_nocase(transport, STR("tcp"));
    if (!c.is_tcp && !str_is_nocase(transport, STR("udp"))) return true; /* ssltcp and others: not ours */
    size_t t = 0;
    while (t < COUNT_OF(types) && !str_is_text(type, types[t]))
        t++;
    if (t == COUNT_OF(types)) return true; /* RFC 8839 §5.1: a type that is not known is passed over */
    while (value.bytes) {
        struct str name = word(&value), of = word(&value);
        for (size_t w = 1; str_is_text(name, "tcptype") && w < COUNT_OF(ways); w++)
            if (str_is_text(of, ways[w])) c.tcp = (enum sdp_tcp)w;
    }
    if (link_address_from_host(c.host, &c.address) != OK) c.address = (struct link_address){0};
    c.address.port = (uint16_t)port;
    c.component = (uint16_t)component;
    c.priority = (uint32_t)priority;
    c.type = (enum sdp_candidate_type)t;
    struct sdp_candidate *added = ADD(r, r->m, candidates, candidate_count, SDP_CANDIDATES_MAX);
    if (added) *added = c;
    return added != NULL;
}

/* "STREAM [TRACK]" */
static void msid_read(struct str value, struct str *ret_stream, struct str *ret_track)
{
    *ret_stream = word(&value);
    *ret_track = word(&value);
}

static bool at_msid(struct reader *r, struct str value)
{
    msid_read(value, &r->m->stream, &r->m->track);
    if (r->m->stream.bytes == 0 || r->m->stream.bytes > 128 || r->m->track.bytes > 128)
        return refuse(r, "bad msid");
    return true;
}

/* "SSRC [name[:value]]", a line for each attribute of the source. */
static bool at_ssrc(struct reader *r, struct str value)
{
    uint64_t ssrc;
    struct sdp_ssrc *s = NULL;
    if (!to_number(word(&value), UINT32_MAX, &ssrc)) return refuse(r, "bad ssrc");
    for (unsigned i = 0; i < r->m->ssrc_count; i++)
        if (r->m->ssrcs[i].ssrc == ssrc) s = &r->m->ssrcs[i];
    if (!s && (s = ADD(r, r->m, ssrcs, ssrc_count, SDP_SSRCS_MAX)) == NULL) return false;
    s->ssrc = (uint32_t)ssrc;
    struct str name = str_cut(&value, ':');
    if (str_is_text(name, "cname")) {
        s->cname = value;
        if (value.bytes > 255) return refuse(r, "a cname too long");
    } else if (str_is_text(name, "msid")) {
        msid_read(value, &s->stream, &s->track);
    }
    return true;
}

static bool at_ssrc_group(struct reader *r, struct str value)
{
    static const char *const names[] = {"FID", "SIM", "FEC-FR"};
    struct str semantics = word(&value);
    struct sdp_group *g = ADD(r, r->m, groups, group_count, SDP_GROUPS_MAX);
    if (!g) return false;
    g->semantics = SDP_OTHER_SEMANTICS;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is_text(semantics, names[i])) g->semantics = (enum sdp_semantics)i;
    for (struct str one = word(&value); one.bytes; one = word(&value)) {
        uint64_t ssrc;
        if (!to_number(one, UINT32_MAX, &ssrc) || g->count == SDP_GROUP_SSRCS_MAX)
            return refuse(r, "bad ssrc-group");
        g->ssrcs[g->count++] = (uint32_t)ssrc;
    }
    return true;
}

static bool at_rid(struct reader *r, struct str value)
{
    struct str id = word(&value), way = word(&value);
    bool is_send = str_is_text(way, "send");
    if (!is_rid(id) || (!is_send && !str_is_text(way, "recv"))) return refuse(r, "bad rid");
    struct sdp_rid *rid = ADD(r, r->m, rids, rid_count, SDP_RIDS_MAX);
    if (!rid) return false;
    *rid = (struct sdp_rid){id, str_trim(value), is_send};
    return true;
}

/* "send 1;~2,3 recv 4": lists by ";", alternatives by ",", "~" begins paused. */
static bool layers_read(struct reader *r, struct str list, bool is_send)
{
    while (list.bytes) {
        struct str alternatives = str_cut(&list, ';'), first = str_cut(&alternatives, ',');
        bool is_paused = first.bytes && first.at[0] == '~';
        if (is_paused) first.at++, first.bytes--;
        if (!is_rid(first)) return refuse(r, "bad simulcast");
        struct sdp_layer *l = is_send ? ADD(r, r->m, send_layers, send_count, SDP_RIDS_MAX)
                                      : ADD(r, r->m, recv_layers, recv_count, SDP_RIDS_MAX);
        if (!l) return false;
        *l = (struct sdp_layer){first, is_paused};
    }
    return true;
}

static bool at_simulcast(struct reader *r, struct str value)
{
    if (r->m->send_count || r->m->recv_count) return refuse(r, "a second simulcast");
    for (struct str way = word(&value); way.bytes; way = word(&value)) {
        struct str list = word(&value);
        bool is_send = str_is_text(way, "send");
        if ((!is_send && !str_is_text(way, "recv")) || list.bytes == 0) return refuse(r, "bad simulcast");
        if (!layers_read(r, list, is_send)) return false;
    }
    return true;
}

static bool at_sctp_port(struct reader *r, struct str value)
{
    uint64_t port;
    if (!to_number(value, UINT16_MAX, &port)) return refuse(r, "bad sctp-port");
    r->m->sctp_port = (uint16_t)port;
    return true;
}

static bool at_group(struct reader *r, struct str value)
{
    if (!str_is_text(word(&value), "BUNDLE")) return true; /* LS and others */
    if (r->sdp->bundle_count) return refuse(r, "a second bundle");
    for (struct str mid = word(&value); mid.bytes; mid = word(&value)) {
        if (!is_token(mid, SDP_MID_BYTES_MAX)) return refuse(r, "bad mid in the bundle");
        struct str *one = ADD(r, r->sdp, bundle, bundle_count, SDP_MEDIA_MAX);
        if (!one) return false;
        *one = mid;
    }
    return true;
}

/* Attributes that are said by being there. */
static bool flag_set(struct reader *r, struct str name)
{
    if (str_is_text(name, "rtcp-mux")) return r->m->has_rtcp_mux = true;
    if (str_is_text(name, "rtcp-mux-only")) return r->m->has_rtcp_mux = true;
    if (str_is_text(name, "rtcp-rsize")) return r->m->has_rtcp_rsize = true;
    if (str_is_text(name, "bundle-only")) return r->m->is_bundle_only = true;
    if (str_is_text(name, "extmap-allow-mixed")) return r->m->has_mixed_extensions = true;
    if (str_is_text(name, "end-of-candidates")) return r->m->has_end_of_candidates = true;
    if (str_is_text(name, "ice-lite")) return r->sdp->is_ice_lite = true;
    return false;
}

static bool attribute_read(struct reader *r, struct str value)
{
    static const struct {
        const char *name;
        bool (*read)(struct reader *r, struct str value);
        bool is_of_session, is_of_media;
    } known[] = {
        {"rtpmap", at_rtpmap, false, true},
        {"rtcp-fb", at_rtcp_fb, false, true},
        {"fmtp", at_fmtp, false, true},
        {"ssrc", at_ssrc, false, true},
        {"extmap", at_extmap, true, true},
        {"candidate", at_candidate, true, true},
        {"mid", at_mid, false, true},
        {"msid", at_msid, false, true},
        {"ice-ufrag", at_ufrag, true, true},
        {"ice-pwd", at_password, true, true},
        {"ice-options", at_ice_options, true, true},
        {"fingerprint", at_fingerprint, true, true},
        {"setup", at_setup, true, true},
        {"ssrc-group", at_ssrc_group, false, true},
        {"rid", at_rid, false, true},
        {"simulcast", at_simulcast, false, true},
        {"group", at_group, true, false},
        {"sctp-port", at_sctp_port, false, true},
    };
    struct str name = str_cut(&value, ':');
    bool is_session = r->m == &r->sdp->session;
    enum sdp_direction direction;
    if (direction_of(name, &direction)) return at_direction(r, value, direction);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (!str_is_text(name, known[i].name)) continue;
        return (is_session ? known[i].is_of_session : known[i].is_of_media) ? known[i].read(r, value) : true;
    }
    if (str_is_text(name, "rtcp-xr")) r->m->has_rcvr_rtt |= str_starts(value, STR("rcvr-rtt"));
    (void)flag_set(r, name);
    return true;
}

static void codec_static(struct sdp_codec *c)
{
    static const struct {
        uint8_t payload_type;
        const char *name;
    } of_rfc_3551[] = {{0, "PCMU"}, {8, "PCMA"}, {9, "G722"}, {13, "CN"}};
    for (size_t i = 0; i < COUNT_OF(of_rfc_3551); i++) {
        if (of_rfc_3551[i].payload_type != c->payload_type) continue;
        c->name = str_of(of_rfc_3551[i].name);
        c->clock_hz = 8000;
    }
}

static bool formats_read(struct reader *r, struct str formats)
{
    for (struct str one = word(&formats); one.bytes; one = word(&formats)) {
        uint64_t payload_type;
        if (!to_number(one, 127, &payload_type)) return refuse(r, "bad payload type");
        if (sdp_codec(r->m, (unsigned)payload_type)) return refuse(r, "a payload type twice");
        struct sdp_codec *c = ADD(r, r->m, codecs, codec_count, SDP_CODECS_MAX);
        if (!c) return false;
        c->payload_type = (uint8_t)payload_type;
        codec_static(c);
    }
    return r->m->codec_count > 0 || refuse(r, "a section without formats");
}

/* KIND PORT[/COUNT] PROTOCOL FORMAT… */
static bool media_read(struct reader *r, struct str value)
{
    static const char *const kinds[] = {"audio", "video", "application"};
    uint64_t port;
    struct sdp_media *m = ADD(r, r->sdp, media, media_count, SDP_MEDIA_MAX);
    if (!m) return false;
    r->m = m;
    m->kind_text = word(&value);
    m->kind = SDP_OTHER_KIND;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is_text(m->kind_text, kinds[i])) m->kind = (enum sdp_kind)i;
    struct str ports = word(&value);
    m->protocol = word(&value);
    m->format = value;
    if (!is_token(m->kind_text, 32) || !to_number(str_cut(&ports, '/'), UINT16_MAX, &port) ||
        m->protocol.bytes == 0)
        return refuse(r, "bad m= line");
    m->port = (uint16_t)port;
    bool is_rtp = m->kind == SDP_AUDIO || m->kind == SDP_VIDEO;
    return !is_rtp || formats_read(r, value);
}

/* USER ID VERSION IN IP4 HOST */
static bool origin_read(struct reader *r, struct str value)
{
    (void)word(&value);
    struct str id = word(&value), version = word(&value), net = word(&value), family = word(&value);
    if (id.bytes == 0 || version.bytes == 0 || !str_is_text(net, "IN") || family.bytes == 0 ||
        word(&value).bytes == 0)
        return refuse(r, "bad o= line");
    if (!str_to_u64(id, &r->sdp->id) || !str_to_u64(version, &r->sdp->version))
        r->sdp->id = r->sdp->version = 0;
    return true;
}

/* v=0, o=, s= are the first three (RFC 8866 §5); of the rest only the letters are checked. */
static bool order_is_right(struct reader *r, char type)
{
    char before = r->seen_last;
    r->seen_last = type;
    if (r->is_fragment) return type == 'a' || type == 'm' || refuse(r, "a fragment has a= and m= lines only");
    if (before == 0) return type == 'v' || refuse(r, "does not begin with v=");
    if (before == 'v') return type == 'o' || refuse(r, "no o= after v=");
    if (before == 'o') return type == 's' || refuse(r, "no s= after o=");
    return (type != 'v' && type != 'o' && type != 's') || refuse(r, "a v=, o= or s= line out of its place");
}

static bool line_read(struct reader *r, struct str line)
{
    if (line.bytes > SDP_LINE_BYTES_MAX) return refuse(r, "a line too long");
    if (line.bytes < 2 || line.at[1] != '=') return refuse(r, "not of the form x=…");
    for (size_t i = 0; i < line.bytes; i++)
        if ((unsigned char)line.at[i] < ' ' && line.at[i] != '\t') return refuse(r, "a control character");
    struct str value = {line.at + 2, line.bytes - 2};
    if (!order_is_right(r, line.at[0])) return false;
    switch (line.at[0]) {
    case 'v':
        return str_is_text(value, "0") || refuse(r, "not version 0");
    case 'o':
        return origin_read(r, value);
    case 't':
        r->has_time = true;
        return true;
    case 'm':
        return media_read(r, value);
    case 'a':
        return attribute_read(r, value);
    case 's':
    case 'i':
    case 'u':
    case 'e':
    case 'p':
    case 'c':
    case 'b':
    case 'r':
    case 'z':
    case 'k':
        return true;
    default:
        return refuse(r, "a line of no known kind");
    }
}

/* What the session says holds where a section says nothing. */
static void inherit(const struct sdp_media *session, struct sdp_media *m)
{
    if (m->ufrag.bytes == 0 && m->password.bytes == 0) {
        m->ufrag = session->ufrag;
        m->password = session->password;
    }
    if (!m->has_fingerprint && session->has_fingerprint) {
        m->has_fingerprint = true;
        memcpy(m->fingerprint, session->fingerprint, sizeof m->fingerprint);
    }
    if (m->setup == SDP_SETUP_NONE) m->setup = session->setup;
    if (!m->has_direction) m->direction = session->direction;
    m->is_trickling |= session->is_trickling;
    m->is_renominating |= session->is_renominating;
    m->has_mixed_extensions |= session->has_mixed_extensions;
    m->has_end_of_candidates |= session->has_end_of_candidates;
}

const struct sdp_media *sdp_find_mid(const struct sdp *s, struct str mid)
{
    for (unsigned i = 0; i < s->media_count; i++)
        if (str_is(s->media[i].mid, mid)) return &s->media[i];
    return NULL;
}

/* What can only be seen when all was read. */
static bool whole_is_right(struct reader *r)
{
    struct sdp *s = r->sdp;
    r->line = 0;
    if (!r->is_fragment && !r->has_time) return refuse(r, "no t= line");
    for (unsigned i = 0; i < s->media_count; i++) {
        struct sdp_media *m = &s->media[i];
        if (m->mid.bytes && sdp_find_mid(s, m->mid) != m) return refuse(r, "a mid twice");
        inherit(&s->session, m);
    }
    for (unsigned i = 0; i < s->bundle_count && !r->is_fragment; i++)
        if (!sdp_find_mid(s, s->bundle[i])) return refuse(r, "the bundle names a mid that is not there");
    return true;
}

static bool lines_read(struct reader *r, struct str text)
{
    if (text.bytes > SDP_BYTES_MAX) return refuse(r, "too long");
    if (!str_is_utf8(text)) return refuse(r, "not UTF-8, or a NUL");
    while (text.bytes) {
        struct str line = str_cut(&text, '\n');
        if (line.bytes && line.at[line.bytes - 1] == '\r') line.bytes--;
        if (++r->line > SDP_LINES_MAX) return refuse(r, "too many lines");
        if (line.bytes == 0 && text.bytes == 0) break; /* some end with an empty line */
        if (!line_read(r, line)) return false;
    }
    return whole_is_right(r);
}

static enum err parse(struct str text, struct arena *arena, bool is_fragment, struct sdp **ret_sdp,
                      struct sdp_fault *ret_fault)
{
    struct reader r = {.arena = arena, .is_fragment = is_fragment};
    r.sdp = arena_zalloc(arena, sizeof *r.sdp);
    /* +1: an empty text is no reason for a NULL. Longer ones are refused below, uncopied. */
    char *copy = text.bytes > SDP_BYTES_MAX ? NULL : arena_alloc(arena, text.bytes + 1);
    if (!r.sdp || (!copy && text.bytes <= SDP_BYTES_MAX)) return ERR_NOMEM;
    if (copy) {
        if (text.bytes) memcpy(copy, text.at, text.bytes);
        text.at = copy;
    }
    r.m = &r.sdp->session;
    if (lines_read(&r, text)) {
        *ret_sdp = r.sdp;
        return OK;
    }
    if (r.err != ERR_NOMEM) *ret_fault = (struct sdp_fault){r.line, r.why};
    return r.err;
}

enum err sdp_parse(struct str text, struct arena *arena, struct sdp **ret_sdp, struct sdp_fault *ret_fault)
{
    return parse(text, arena, false, ret_sdp, ret_fault);
}

enum err sdp_parse_fragment(struct str text, struct arena *arena, struct sdp **ret_sdp,
                            struct sdp_fault *ret_fault)
{
    return parse(text, arena, true, ret_sdp, ret_fault);
}

bool sdp_fmtp(const struct sdp_codec *c, const char *name, struct str *ret_value)
{
    struct str rest = c->fmtp;
    while (rest.bytes) {
        struct str value = str_trim(str_cut(&rest, ';')), key = str_trim(str_cut(&value, '='));
        if (!str_is_nocase(key, str_of(name))) continue;
        *ret_value = str_trim(value);
        return true;
    }
    return false;
}

const struct sdp_codec *sdp_rtx_of(const struct sdp_media *m, unsigned payload_type)
{
    for (unsigned i = 0; i < m->codec_count; i++) {
        struct str text;
        uint64_t apt;
        const struct sdp_codec *c = &m->codecs[i];
        if (!str_is_nocase(c->name, STR("rtx")) || !sdp_fmtp(c, "apt", &text)) continue;
        if (str_to_u64(text, &apt) && apt == payload_type) return c;
    }
    return NULL;
}
