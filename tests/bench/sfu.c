/* The load of tests/bench/sfu.py: publishers and those who watch them, joined to our server by WHIP and WHEP or to janus's
 * videoroom, each by real ICE, DTLS and SRTP; all in one thread. Prints what it saw as lines of JSON.
 *
 *   bench_sfu whip|janus URL TOKEN|- LOCAL ROOMS PUBLISHERS VIEWERS SECONDS burst|spread|ramp PID...
 *
 * LOCAL: the address and port 0 that media is to come to; PUBLISHERS of a room, VIEWERS of each publisher; PIDs: whose processor time counts. A publisher sends 25 pictures a second
 * of ten packets of 1,200 bytes, at once (burst) or evenly (spread), and 50 packets of 100 bytes. ramp: one more line each time that
 * VIEWERS have grown by an eighth, until one packet in a thousand is lost. Loss is what was not there a moment after the last
 * was sent. Latency is from before a packet was encrypted to when the kernel had it for the viewer. */
#include "base/mem.h"
#include "media/rtcp.h"
#include "tests/lab/join.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    PUBLISHERS_MAX = 64,
    VIEWERS_MAX = 1000,
    PIDS_MAX = 8,
    PICTURE_US = 40000,
    PICTURE_PACKETS = 10,
    AUDIO_US = 20000,
    VIDEO_BYTES = 1200,
    AUDIO_BYTES = 100,
    SAMPLES_MAX = 1 << 21,
    TIMED_JOINS = 30,
    OPEN_VIEWERS = 8, /* of a ramp: those that decrypt; the others only count */
    JOIN_US = 5000000,
    SETTLE_US = 3000000, /* who has just come catches up first */
    TAIL_US = 200000,
    RAMP_US = 2000000,
    DESCRIPTOR_BYTES = 4, /* of VP8 */
    KEY_HEAD_BYTES = 10
};

struct publisher {
    struct client *client;
    struct join_feed feed;
    int64_t video_us, audio_us;
    unsigned packet; /* of the picture */
    uint16_t video_seq, audio_seq, picture;
    bool wants_key, is_key;
};
struct viewer {
    struct client *client;
    struct join_times times;
    int64_t first_us;
};

static struct loop *loop;
static struct dtls *dtls;
static struct join *join;
static struct publisher publishers[PUBLISHERS_MAX];
static struct viewer viewers[VIEWERS_MAX];
static unsigned publisher_count, viewer_count;
static uint64_t sent, received;
static bool is_spread, is_ramp, is_measuring;
static uint32_t samples[SAMPLES_MAX];
static unsigned sample_count;
static clockid_t clocks[PIDS_MAX];
static unsigned clock_count;

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "bench_sfu: %s failed\n", what);
    exit(1);
}

static int64_t cpu_ns(void)
{
    int64_t ns = 0;
    for (unsigned i = 0; i < clock_count; i++) {
        struct timespec t;
        must(clock_gettime(clocks[i], &t) == 0, "the server lives");
        ns += t.tv_sec * 1000000000ll + t.tv_nsec;
    }
    return ns;
}

/* -- what comes -- */

static void first_note(struct viewer *v)
{
    received++;
    if (!v->first_us) v->first_us = clock_tick_us();
}

static void on_rtp(void *owner, const struct rtp *rtp, int64_t arrived_us)
{
    first_note(owner);
    if (!is_measuring || sample_count == SAMPLES_MAX || rtp->payload_bytes < AUDIO_BYTES / 2) return;
    int64_t sent_us = (int64_t)bytes_get64(rtp_payload(rtp) + rtp->payload_bytes - 8);
    samples[sample_count++] = arrived_us > sent_us ? (uint32_t)(arrived_us - sent_us) : 0;
}

static void on_sealed(void *owner, const uint8_t *at, size_t bytes)
{
    (void)at, (void)bytes;
    first_note(owner);
}

static void on_rtcp(void *owner, const uint8_t *at, size_t bytes)
{
    struct publisher *p = owner;
    struct rtcp r;
    if (rtcp_parse(at, bytes) != OK) return;
    for (size_t offset = 0; rtcp_next(at, bytes, &offset, &r);)
        p->wants_key |= r.kind == RTCP_PLI || r.kind == RTCP_FIR;
}

/* -- what goes -- */

static void packet_send(struct publisher *p, bool is_video, bool is_marked, uint16_t seq, uint32_t timestamp,
                        const uint8_t *head, size_t head_bytes)
{
    uint8_t at[RTP_BYTES_MAX] = {0x80};
    size_t bytes = is_video ? VIDEO_BYTES : AUDIO_BYTES;
    at[1] = (uint8_t)((is_video ? JOIN_VIDEO_TYPE : JOIN_AUDIO_TYPE) | (is_marked ? 0x80 : 0));
    bytes_put16(at + 2, seq);
    bytes_put32(at + 4, timestamp);
    bytes_put32(at + 8, is_video ? JOIN_VIDEO_SSRC : JOIN_AUDIO_SSRC);
    memcpy(at + RTP_HEADER_BYTES, head, head_bytes);
    bytes_put64(at + bytes - 8, (uint64_t)clock_tick_us());
    if (client_send_rtp(p->client, at, bytes) == OK) sent++;
}

/* RFC 7741 §4.2 and §4.3: a descriptor with a picture's number, and before a key frame's first bytes its size. */
static void video_send(struct publisher *p)
{
    bool is_first = p->packet == 0;
    uint8_t head[DESCRIPTOR_BYTES + KEY_HEAD_BYTES] = {(uint8_t)(0x80 | (is_first ? 0x10 : 0)), 0x80};
    static const uint8_t key[KEY_HEAD_BYTES] = {0x10, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0}; /* 320 × 180 */
    if (is_first) {
        p->picture++;
        p->is_key = p->wants_key || p->picture == 1;
        p->wants_key = false;
    }
    bytes_put16(head + 2, (uint16_t)(0x8000 | p->picture));
    if (is_first && p->is_key)
        memcpy(head + DESCRIPTOR_BYTES, key, sizeof key);
    else
        head[DESCRIPTOR_BYTES] = 0x11;
    packet_send(p, true, p->packet + 1 == PICTURE_PACKETS, ++p->video_seq, p->picture * 3600u, head,
                sizeof head);
    p->packet = (p->packet + 1) % PICTURE_PACKETS;
}

static void publisher_turn(struct publisher *p, int64_t now_us)
{
    static const uint8_t opus[] = {0x78};
    if (now_us >= p->audio_us) {
        p->audio_seq++;
        packet_send(p, false, false, p->audio_seq, p->audio_seq * 960u, opus, sizeof opus);
        p->audio_us += AUDIO_US;
    }
    if (now_us < p->video_us) return;
    for (int i = 0; i < (is_spread ? 1 : PICTURE_PACKETS); i++)
        video_send(p);
    p->video_us += is_spread ? PICTURE_US / PICTURE_PACKETS : PICTURE_US;
}

static int64_t publishers_turn(int64_t now_us)
{
    int64_t next_us = now_us + 20000;
    for (unsigned i = 0; i < publisher_count; i++) {
        struct publisher *p = &publishers[i];
        /* What a join held up is not made up for. */
        if (now_us - p->video_us > 4 * PICTURE_US) p->video_us = now_us;
        if (now_us - p->audio_us > 4 * AUDIO_US) p->audio_us = now_us;
        publisher_turn(p, now_us);
        if (p->video_us < next_us) next_us = p->video_us;
        if (p->audio_us < next_us) next_us = p->audio_us;
    }
    return next_us;
}

/* One round of sending and of taking what came. */
static void turn(bool is_sending)
{
    int64_t next_us = is_sending ? publishers_turn(clock_tick_us()) : clock_tick_us() + 5000;
    int64_t wait_us = next_us - clock_tick_us();
    must(loop_turn(loop, wait_us > 0 ? (int)((wait_us + 999) / 1000) : 0) == OK, "loop_turn");
}

static void run(int64_t us, bool is_sending)
{
    for (int64_t until_us = clock_tick_us() + us; clock_tick_us() < until_us;)
        turn(is_sending);
}

/* -- joining -- */

static void publisher_join(unsigned room, unsigned number)
{
    struct publisher *p = &publishers[publisher_count];
    struct client_settings s = {.rtcp = on_rtcp, .owner = p};
    char name[32];
    snprintf(name, sizeof name, "source-%u", number);
    p->client = client_new(loop, dtls);
    must(p->client && join_publish(join, room, name, p->client, &s, &p->feed) == OK, "publishing");
    for (int64_t until_us = clock_tick_us() + JOIN_US; client_state(p->client) != CLIENT_UP;) {
        must(clock_tick_us() < until_us && client_state(p->client) != CLIENT_GONE,
             "a publisher's connection");
        turn(true);
    }
    must(client_profile(p->client) == SRTP_PROFILE_GCM_128, "AES-128-GCM");
    p->video_us = p->audio_us = clock_tick_us() + publisher_count * PICTURE_US / 40;
    publisher_count++;
}

static void viewer_join(unsigned room, const struct publisher *p)
{
    struct viewer *v = &viewers[viewer_count];
    struct client_settings s = {.rtp = on_rtp, .has_kernel_time = true, .owner = v};
    bool is_timed = viewer_count < TIMED_JOINS;
    if (is_ramp && viewer_count >= OPEN_VIEWERS) s.sealed = on_sealed;
    v->client = client_new(loop, dtls);
    must(v->client && join_watch(join, room, &p->feed, v->client, &s, &v->times) == OK, "watching");
    viewer_count++;
    for (int64_t until_us = clock_tick_us() + JOIN_US; is_timed && !v->first_us;) {
        must(clock_tick_us() < until_us, "first media");
        turn(true);
    }
    if (!is_timed) turn(true);
}

static void viewers_await(void)
{
    int64_t until_us = clock_tick_us() + 4 * JOIN_US;
    for (unsigned i = 0; i < viewer_count; i++)
        while (!viewers[i].first_us) {
            must(clock_tick_us() < until_us, "everybody's media");
            turn(true);
        }
    must(client_profile(viewers[viewer_count - 1].client) == SRTP_PROFILE_GCM_128, "AES-128-GCM");
}

/* -- measuring -- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void joins_print(void)
{
    uint32_t from_offer[TIMED_JOINS], from_asking[TIMED_JOINS];
    unsigned n = viewer_count < TIMED_JOINS ? viewer_count : TIMED_JOINS;
    for (unsigned i = 0; i < n; i++) {
        from_offer[i] = (uint32_t)(viewers[i].first_us - viewers[i].times.offered_us);
        from_asking[i] = (uint32_t)(viewers[i].first_us - viewers[i].times.asked_us);
    }
    qsort(from_offer, n, sizeof from_offer[0], by_size);
    qsort(from_asking, n, sizeof from_asking[0], by_size);
    printf("{\"joins\":%u,\"offer_us\":%u,\"offer_p95_us\":%u,\"asked_us\":%u}\n", n, from_offer[n / 2],
           from_offer[n * 95 / 100], from_asking[n / 2]);
}

/* Returns what was lost, of a million. */
static double measure(int64_t us)
{
    uint64_t watched =
        viewer_count / publisher_count; /* each packet's viewers: all publishers have as many */
    run(TAIL_US, false);
    sample_count = 0;
    sent = received = 0;
    is_measuring = true;
    int64_t cpu = cpu_ns(), began_us = clock_tick_us();
    run(us, true);
    int64_t took_us = clock_tick_us() - began_us;
    run(TAIL_US, false);
    cpu = cpu_ns() - cpu;
    is_measuring = false;
    uint64_t wanted = sent * watched;
    double lost = wanted ? 1e6 * ((double)wanted - (double)received) / (double)wanted : 0;
    qsort(samples, sample_count, sizeof samples[0], by_size);
    must(sample_count > 0 && received > 0, "forwarding");
    printf("{\"viewers\":%u,\"sent\":%llu,\"received\":%llu,\"lost_ppm\":%.0f,\"pps\":%.0f,\"cpu_ns_a_"
           "packet\":%.0f,"
           "\"cpu_share\":%.3f,\"p50_us\":%u,\"p95_us\":%u,\"p99_us\":%u}\n",
           viewer_count, (unsigned long long)sent, (unsigned long long)received, lost,
           (double)received * 1e6 / (double)took_us, (double)cpu / (double)received,
           (double)cpu / 1e3 / (double)(took_us + TAIL_US), samples[sample_count / 2],
           samples[sample_count * 95ull / 100], samples[sample_count * 99ull / 100]);
    fflush(stdout);
    return lost;
}

static void ramp(void)
{
    while (measure(RAMP_US) < 1000 && viewer_count < VIEWERS_MAX) {
        unsigned more = viewer_count / 8 + 1;
        if (more > VIEWERS_MAX - viewer_count) more = VIEWERS_MAX - viewer_count;
        for (unsigned i = 0; i < more; i++)
            viewer_join(0, &publishers[0]);
        viewers_await();
        run(SETTLE_US, true);
    }
}

static unsigned number(const char *text, unsigned most)
{
    uint64_t n;
    must(str_to_u64(str_of(text), &n) && n <= most, text);
    return (unsigned)n;
}

static void all_join(unsigned rooms, unsigned each, unsigned watched)
{
    for (unsigned r = 0; r < rooms; r++) {
        must(join_room(join, r) == OK, "a room");
        for (unsigned i = 0; i < each; i++)
            publisher_join(r, i);
    }
    run(SETTLE_US / 4, true);
    for (unsigned i = 0; i < publisher_count; i++)
        for (unsigned v = 0; v < watched; v++)
            viewer_join(i / each, &publishers[i]);
    viewers_await();
    run(SETTLE_US, true);
}

int main(int argc, char **argv)
{
    uint8_t print[DTLS_FINGERPRINT_BYTES];
    struct link_address local;
    if (argc < 10 || argc > 10 + PIDS_MAX) {
        fprintf(stderr, "bench_sfu whip|janus URL TOKEN LOCAL ROOMS PUBLISHERS VIEWERS SECONDS "
                        "burst|spread|ramp PID...\n");
        return 2;
    }
    unsigned rooms = number(argv[5], PUBLISHERS_MAX), each = number(argv[6], PUBLISHERS_MAX / rooms);
    unsigned watched = number(argv[7], VIEWERS_MAX / rooms / each), seconds = number(argv[8], 600);
    is_spread = strcmp(argv[9], "spread") == 0;
    is_ramp = strcmp(argv[9], "ramp") == 0;
    for (int i = 10; i < argc; i++)
        must(clock_getcpuclockid((pid_t)number(argv[i], INT32_MAX), &clocks[clock_count++]) == 0, "a clock");
    loop = loop_new();
    must(loop && dtls_new(VIEWERS_MAX, &dtls) == OK, "memory");
    dtls_fingerprint(dtls, print);
    enum join_kind kind = strcmp(argv[1], "janus") == 0 ? JOIN_JANUS : JOIN_WHIP;
    must(link_address_from_text(str_of(argv[4]), &local) == OK &&
             join_new(kind, argv[2], argv[3], local, print, &join) == OK,
         "joining");
    all_join(rooms, each, watched);
    joins_print();
    if (is_ramp)
        ramp();
    else
        (void)measure(seconds * 1000000ll);
    for (unsigned i = 0; i < publisher_count; i++)
        client_free(publishers[i].client);
    for (unsigned i = 0; i < viewer_count; i++)
        client_free(viewers[i].client);
    join_free(join);
    dtls_free(dtls);
    loop_free(loop);
    return 0;
}
