#include "media/transport.h"
#include "base/mem.h"
#include "media/srtp.h"
#include "media/stun.h"

enum {
    BATCH = 128, /* datagrams that wait for the end of the turn */
    TURN_MS = 1000,
    TURN_GRID_MS = 50,
    RETRY_MS = 100,  /* too many handshakes were under way */
    DSCP_AUDIO = 46, /* EF */
    DSCP_VIDEO = 34, /* AF41 */
    TYPE_UDP = 126,  /* RFC 8445 §5.1.2.1, host; RFC 6544 §4.2: below all of UDP */
    TYPE_TCP = 90,
    FIRST_BYTE_DTLS = 20,
    LAST_BYTE_DTLS = 31 /* above stand the records of DTLS 1.3, which nobody has agreed on */
};
static const uint8_t dscps[TRANSPORT_CLASSES] = {DSCP_AUDIO, DSCP_VIDEO, DSCP_VIDEO};

struct slot {
    int next; /* of the same transport; -1: the last */
    uint16_t bytes;
    uint8_t dscp;
    _Alignas(16) uint8_t space[WIRE_HEADROOM_BYTES + WIRE_BYTES_MAX + WIRE_TAILROOM_BYTES];
};

struct transports {
    struct loop *loop;
    struct transports_settings settings;
    struct dtls *dtls;
    struct ice *ice;
    struct loop_hook hook;
    uint32_t count;
    struct transports_counts counts;
    unsigned candidate_count;
    struct sdp_candidate candidates[TRANSPORT_CANDIDATES_MAX];
    struct list waiting; /* transports that have slots */
    unsigned slots_used;
    struct slot *slots;
    struct wire_datagram datagrams[BATCH];
};

struct transport {
    struct transports *ts;
    const struct transport_events *events;
    void *owner;
    struct ice_session *ice;
    struct dtls_session *dtls; /* NULL before transport_begin */
    enum dtls_role role;
    enum dtls_profiles profiles;
    uint8_t peer_fingerprint[DTLS_FINGERPRINT_BYTES];
    struct srtp_in *in; /* NULL before the keys are there */
    struct srtp_out *out;
    enum srtp_profile profile;
    bool is_settled;
    enum transport_state state;
    struct link_address local; /* where the selected path's last check came to */
    struct timer timer;
    struct list in_waiting;
    int first_slot, last_slot; /* -1: none */
};

/* -- the batch -- */

static struct slot *slot_next(struct transports *ts)
{
    if (ts->slots_used == BATCH) transports_flush(ts);
    return &ts->slots[ts->slots_used];
}

static void slot_keep(struct transport *t, size_t bytes, enum transport_class class)
{
    struct transports *ts = t->ts;
    int n = (int)ts->slots_used++;
    struct slot *s = &ts->slots[n];
    s->next = -1;
    s->bytes = (uint16_t)bytes;
    s->dscp = dscps[class];
    if (t->first_slot < 0) {
        t->first_slot = n;
        list_add_last(&ts->waiting, &t->in_waiting);
    } else {
        ts->slots[t->last_slot].next = n;
    }
    t->last_slot = n;
}

/* Fills in what waits of one transport; returns how many there are now. */
static unsigned datagrams_add(struct transport *t, unsigned count)
{
    struct transports *ts = t->ts;
    struct ice_path path;
    bool has_path = ice_session_path(t->ice, &path);
    for (int n = t->first_slot; n >= 0; n = ts->slots[n].next) {
        struct slot *s = &ts->slots[n];
        if (!has_path) {
            ts->counts.dropped_late++;
            continue;
        }
        ts->counts.packets_out++;
        ts->counts.bytes_out += s->bytes;
        ts->datagrams[count++] = (struct wire_datagram){.to = path,
                                                        .from = t->local,
                                                        .dscp = s->dscp,
                                                        .bytes = s->bytes,
                                                        .at = s->space + WIRE_HEADROOM_BYTES};
    }
    t->first_slot = t->last_slot = -1;
    return count;
}

void transports_flush(struct transports *ts)
{
    unsigned count = 0;
    if (ts->slots_used == 0) return;
    list_each (at, after, &ts->waiting) {
        count = datagrams_add(list_of(at, struct transport, in_waiting), count);
        list_remove(at);
    }
    ts->slots_used = 0;
    if (count) ts->settings.wire->send(ts->settings.wire, ts->datagrams, count);
}

static void on_turn_end(struct loop_hook *hook)
{
    transports_flush(list_of(hook, struct transports, hook));
}

/* What is no media: few, and at once. */
static void send_now(struct transports *ts, const struct ice_path *to, const struct link_address *from,
                     const uint8_t *at, size_t bytes)
{
    uint8_t space[WIRE_HEADROOM_BYTES + WIRE_BYTES_MAX + WIRE_TAILROOM_BYTES];
    struct wire_datagram d = {
        .to = *to, .from = *from, .bytes = (uint16_t)bytes, .at = space + WIRE_HEADROOM_BYTES};
    if (bytes > WIRE_BYTES_MAX) return;
    memcpy(d.at, at, bytes);
    ts->counts.packets_out++;
    ts->counts.bytes_out += bytes;
    ts->settings.wire->send(ts->settings.wire, &d, 1);
}

/* -- all of a worker -- */

enum err transports_new(struct loop *loop, const struct transports_settings *settings,
                        struct transports **ret_transports)
{
    struct transports *ts = mem_zalloc(sizeof *ts);
    if (!ts) return ERR_NOMEM;
    ts->loop = loop;
    ts->settings = *settings;
    ts->hook.run = on_turn_end;
    list_init(&ts->waiting);
    list_init(&ts->hook.in);
    ts->slots = mem_alloc(BATCH * sizeof *ts->slots);
    ts->ice = ice_new(settings->transports_max);
    enum err err = ts->slots && ts->ice ? dtls_new(settings->handshakes_max, &ts->dtls) : ERR_NOMEM;
    if (err) {
        transports_free(ts);
        return err;
    }
    loop_hook_add(loop, &ts->hook);
    *ret_transports = ts;
    return OK;
}

void transports_free(struct transports *ts)
{
    if (!ts) return;
    ASSERT(ts->count == 0);
    loop_hook_remove(&ts->hook);
    dtls_free(ts->dtls);
    ice_free(ts->ice);
    mem_free(ts->slots);
    mem_free(ts);
}

void transports_fingerprint(const struct transports *ts, uint8_t ret_fingerprint[DTLS_FINGERPRINT_BYTES])
{
    dtls_fingerprint(ts->dtls, ret_fingerprint);
}

enum err transports_add_candidate(struct transports *ts, const struct link_address *address, enum ice_way way)
{
    static const char *const foundations[TRANSPORT_CANDIDATES_MAX] = {
        "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10", "11", "12",
        "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24"};
    unsigned n = ts->candidate_count;
    ASSERT(way == ICE_UDP || way == ICE_TCP);
    if (n == TRANSPORT_CANDIDATES_MAX) return ERR_LIMIT;
    uint32_t type = way == ICE_UDP ? TYPE_UDP : TYPE_TCP;
    ts->candidates[n] = (struct sdp_candidate){.foundation = str_of(foundations[n]),
                                               .component = 1,
                                               .is_tcp = way == ICE_TCP,
                                               .tcp = way == ICE_TCP ? SDP_TCP_PASSIVE : SDP_TCP_NONE,
                                               .priority = type << 24 | (0xffffu - n) << 8 | 0xff,
                                               .address = *address,
                                               .type = SDP_HOST};
    ts->candidate_count++;
    return OK;
}

unsigned transports_candidates(const struct transports *ts,
                               struct sdp_candidate ret_candidates[TRANSPORT_CANDIDATES_MAX])
{
    memcpy(ret_candidates, ts->candidates, ts->candidate_count * sizeof ts->candidates[0]);
    return ts->candidate_count;
}

uint32_t transports_count(const struct transports *ts)
{
    return ts->count;
}

struct transports_counts transports_counts(const struct transports *ts)
{
    return ts->counts;
}

/* -- the state of one -- */

/* Its owner may free it in there. */
static void become(struct transport *t, enum transport_state state)
{
    if (t->state == state || t->state == TRANSPORT_GONE) return;
    t->state = state;
    if (state == TRANSPORT_GONE) wheel_clear(&t->timer);
    t->events->state(t->owner, state);
}

static void look(struct transport *t)
{
    struct ice_path path;
    enum ice_state ice = ice_session_turn(t->ice, loop_now(t->ts->loop));
    bool is_well = t->out && ice == ICE_CONNECTED && ice_session_path(t->ice, &path);
    if (ice == ICE_GONE)
        become(t, TRANSPORT_GONE);
    else if (is_well)
        become(t, TRANSPORT_CONNECTED);
    else if (t->state == TRANSPORT_CONNECTED)
        become(t, TRANSPORT_INTERRUPTED);
}

static void timer_set(struct transport *t)
{
    int64_t wait_ms =
        TURN_MS - loop_now(t->ts->loop).ms % TURN_GRID_MS; /* with others: one waking for many */
    if (t->dtls) {
        int64_t dtls_ms = dtls_session_wait_ms(t->dtls, loop_now(t->ts->loop));
        if (dtls_ms >= 0 && dtls_ms < wait_ms) wait_ms = dtls_ms;
        if (dtls_session_state(t->dtls) == DTLS_IDLE && wait_ms > RETRY_MS) wait_ms = RETRY_MS;
    }
    loop_set(t->ts->loop, &t->timer, wait_ms > 0 ? wait_ms : 1);
}

static enum err keys_take(struct transport *t)
{
    struct srtp_keys in, out;
    enum err err = dtls_session_keys(t->dtls, &in, &out);
    if (err) return err;
    t->profile = in.profile;
    err = srtp_in_new(&in, TRANSPORT_SSRCS_IN_MAX, &t->in);
    if (!err) err = srtp_out_new(&out, TRANSPORT_SSRCS_OUT_MAX, &t->out);
    mem_wipe(&in, sizeof in);
    mem_wipe(&out, sizeof out);
    return err;
}

/* err: what DTLS has just said. True: the transport may have been freed. */
static void dtls_done(struct transport *t, enum err err)
{
    bool is_up = dtls_session_state(t->dtls) == DTLS_UP;
    if (err == ERR_BUSY) err = OK; /* again later */
    if (!err && is_up && !t->out) {
        err = keys_take(t);
        if (!err && t->role == DTLS_CLIENT) dtls_session_settle(t->dtls);
    }
    if (err) {
        become(t, TRANSPORT_GONE);
        return;
    }
    timer_set(t);
    if (is_up) look(t);
}

/* We speak first, as soon as somebody can hear us. */
static void dtls_start(struct transport *t)
{
    struct ice_path path;
    bool can_start = t->dtls && t->role == DTLS_CLIENT && dtls_session_state(t->dtls) == DTLS_IDLE &&
                     ice_session_path(t->ice, &path);
    if (!can_start)
        look(t);
    else
        dtls_done(t, dtls_session_start(t->dtls, loop_now(t->ts->loop)));
}

static void on_timer(struct timer *timer)
{
    struct transport *t = list_of(timer, struct transport, timer);
    enum err err = t->dtls ? dtls_session_turn(t->dtls, loop_now(t->ts->loop)) : OK;
    if (err) {
        become(t, TRANSPORT_GONE);
        return;
    }
    timer_set(t);
    dtls_start(t);
}

static void on_dtls_send(void *owner, const uint8_t *datagram, size_t bytes)
{
    struct transport *t = owner;
    struct ice_path path;
    if (ice_session_path(t->ice, &path)) send_now(t->ts, &path, &t->local, datagram, bytes);
}

/* -- what arrives -- */

static void stun_take(struct transports *ts, const struct ice_path *path, const struct link_address *to,
                      const uint8_t *at, size_t bytes)
{
    uint8_t answer[ICE_ANSWER_BYTES_MAX];
    struct ice_result r;
    struct ice_path selected;
    if (ice_stun(ts->ice, path, at, bytes, loop_now(ts->loop), answer, &r)) {
        ts->counts.dropped_bad++;
        return;
    }
    if (r.answer_bytes) send_now(ts, path, to, answer, r.answer_bytes);
    if (!r.session) return;
    struct transport *t = ice_session_owner(r.session);
    if (ice_session_path(t->ice, &selected) && ice_path_is(&selected, path)) t->local = *to;
    if (r.events) dtls_start(t);
}

/* What was verified came this way: the peer may have moved. */
static void heard(struct transport *t, const struct ice_path *path, const struct link_address *to)
{
    if (ice_session_heard(t->ice, path, loop_now(t->ts->loop))) t->local = *to;
    if (t->is_settled) return;
    t->is_settled = true; /* the end of our handshake has reached the peer */
    dtls_session_settle(t->dtls);
}

static void rtp_take(struct transport *t, const struct ice_path *path, const struct link_address *to,
                     struct packet *p, size_t bytes)
{
    struct transports *ts = t->ts;
    if (srtp_in_rtp(t->in, packet_data(p), bytes, &p->rtp)) {
        ts->counts.dropped_bad++;
        return;
    }
    heard(t, path, to);
    p->arrived = loop_now(ts->loop);
    p->arrived_us = clock_tick_us();
    t->events->rtp(t->owner, p);
}

static void rtcp_take(struct transport *t, const struct ice_path *path, const struct link_address *to,
                      uint8_t *at, size_t bytes)
{
    size_t clear_bytes;
    if (srtp_in_rtcp(t->in, at, bytes, &clear_bytes)) {
        t->ts->counts.dropped_bad++;
        return;
    }
    heard(t, path, to);
    t->events->rtcp(t->owner, at, clear_bytes, clock_tick_us());
}

void transports_take(struct transports *ts, const struct ice_path *path, const struct link_address *to,
                     struct packet *p, size_t bytes)
{
    uint8_t *at = packet_data(p);
    if (bytes == 0 || bytes > RTP_BYTES_MAX) {
        ts->counts.dropped_bad++;
        return;
    }
    if (stun_is(at, bytes)) {
        stun_take(ts, path, to, at, bytes);
        return;
    }
    struct ice_session *session = ice_find(ts->ice, path);
    struct transport *t = session ? ice_session_owner(session) : NULL;
    if (!t || t->state == TRANSPORT_GONE)
        ts->counts.dropped_unknown++;
    else if (t->in && rtp_is(at, bytes))
        rtp_take(t, path, to, p, bytes);
    else if (t->in && rtp_is_rtcp(at, bytes))
        rtcp_take(t, path, to, at, bytes);
    else if (t->dtls && at[0] >= FIRST_BYTE_DTLS && at[0] <= LAST_BYTE_DTLS)
        dtls_done(t, dtls_session_take(t->dtls, at, bytes, loop_now(ts->loop)));
    else
        ts->counts.dropped_bad++;
}

void transports_path_gone(struct transports *ts, const struct ice_path *path)
{
    struct ice_session *session = ice_path_gone(ts->ice, path);
    if (session) look(ice_session_owner(session));
}

/* -- one peer connection -- */

enum err transport_new(struct transports *ts, const struct transport_events *events, void *owner,
                       struct transport **ret_transport)
{
    if (ts->count == ts->settings.transports_max) return ERR_LIMIT;
    struct transport *t = mem_zalloc(sizeof *t);
    if (!t) return ERR_NOMEM;
    t->ts = ts;
    t->events = events;
    t->owner = owner;
    t->first_slot = t->last_slot = -1;
    timer_init(&t->timer, on_timer);
    list_init(&t->in_waiting);
    enum err err = ice_session_new(ts->ice, t, loop_now(ts->loop), &t->ice);
    if (err) {
        mem_free(t);
        return err;
    }
    ts->count++;
    timer_set(t);
    *ret_transport = t;
    return OK;
}

void transport_free(struct transport *t)
{
    if (!t) return;
    struct transports *ts = t->ts;
    transports_flush(ts); /* its slots */
    t->state = TRANSPORT_GONE;
    if (t->dtls) dtls_session_close(t->dtls);
    wheel_clear(&t->timer);
    dtls_session_free(t->dtls);
    ice_session_free(t->ice);
    srtp_in_free(t->in);
    srtp_out_free(t->out);
    mem_free(t);
    ts->count--;
}

struct str transport_ufrag(const struct transport *t)
{
    return ice_session_ufrag(t->ice);
}

struct str transport_password(const struct transport *t)
{
    return ice_session_password(t->ice);
}

enum err transport_begin(struct transport *t, enum dtls_role role, enum dtls_profiles profiles,
                         const uint8_t peer_fingerprint[DTLS_FINGERPRINT_BYTES])
{
    struct tick now = loop_now(t->ts->loop);
    if (t->dtls) {
        bool is_same = t->role == role && t->profiles == profiles &&
                       memcmp(t->peer_fingerprint, peer_fingerprint, DTLS_FINGERPRINT_BYTES) == 0;
        return is_same ? OK : ERR_UNSUPPORTED;
    }
    enum err err =
        dtls_session_new(t->ts->dtls, role, profiles, peer_fingerprint, on_dtls_send, t, now, &t->dtls);
    if (err) return err;
    t->role = role;
    t->profiles = profiles;
    memcpy(t->peer_fingerprint, peer_fingerprint, DTLS_FINGERPRINT_BYTES);
    loop_set(t->ts->loop, &t->timer, 1); /* checks may have come before */
    return OK;
}

enum err transport_restart(struct transport *t)
{
    return ice_session_restart(t->ice);
}

enum transport_state transport_state(const struct transport *t)
{
    return t->state;
}

bool transport_path(const struct transport *t, struct ice_path *ret_path)
{
    return ice_session_path(t->ice, ret_path);
}

enum srtp_profile transport_profile(const struct transport *t)
{
    return t->profile;
}

uint8_t *transport_reserve(struct transport *t)
{
    if (t->state != TRANSPORT_CONNECTED) return NULL;
    return slot_next(t->ts)->space + WIRE_HEADROOM_BYTES;
}

enum err transport_send(struct transport *t, enum transport_class class, size_t header_bytes,
                        size_t prefix_bytes, const uint8_t *body, size_t body_bytes)
{
    struct transports *ts = t->ts;
    size_t bytes;
    ASSERT(ts->slots_used < BATCH && t->out);
    enum err err = srtp_out_rtp(t->out, ts->slots[ts->slots_used].space + WIRE_HEADROOM_BYTES, WIRE_BYTES_MAX,
                                header_bytes, prefix_bytes, body, body_bytes, &bytes);
    if (!err) slot_keep(t, bytes, class);
    return err;
}

void transport_together(struct transport *t, unsigned packets)
{
    if (packets > 1 && packets < BATCH && t->ts->slots_used + packets > BATCH) transports_flush(t->ts);
}

enum err transport_send_rtcp(struct transport *t, const uint8_t *at, size_t bytes)
{
    size_t sent_bytes;
    if (t->state != TRANSPORT_CONNECTED) return ERR_CLOSED;
    if (bytes + SRTP_OVERHEAD_MAX > WIRE_BYTES_MAX) return ERR_LIMIT;
    uint8_t *to = slot_next(t->ts)->space + WIRE_HEADROOM_BYTES;
    memcpy(to, at, bytes);
    enum err err = srtp_out_rtcp(t->out, to, bytes, WIRE_BYTES_MAX, &sent_bytes);
    if (!err) slot_keep(t, sent_bytes, TRANSPORT_CONTROL);
    return err;
}
