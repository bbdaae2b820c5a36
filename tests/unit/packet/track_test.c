/* What an up track and a down track are made of: numbers, gaps, key frames, levels, reports, time. */
#include "../check.h"
#include "media/cache.h"
#include "media/keyframe.h"
#include "media/level.h"
#include "media/nack.h"
#include "media/reception.h"
#include "media/seqmap.h"
#include "media/stamp.h"

static struct seqmap map;
static void map_begin(uint16_t first)
{
    CHECK_OK(seqmap_init(&map, SEQMAP_KEPT_MAX, first));
}
static void forwarded(unsigned in, unsigned want)
{
    uint16_t out;
    CHECK_OK(seqmap_forward(&map, 1, (uint16_t)in, &out));
    CHECK_INT(out, (uint16_t)want);
}
static void dropped(unsigned in, int want_out)
{
    uint16_t out = 0;
    bool is_ours = seqmap_drop(&map, (uint16_t)in, &out);
    CHECK_INT(is_ours, want_out >= 0);
    if (is_ours) CHECK_INT(out, want_out);
}
static void found(unsigned out, int source, int in)
{
    uint8_t got_source;
    uint16_t got_in;
    bool is_found = seqmap_find(&map, (uint16_t)out, &got_source, &got_in);
    CHECK_INT(is_found, source >= 0);
    if (!is_found) return;
    CHECK_INT(got_source, source);
    CHECK_INT(got_in, in);
}

TEST(numbers_begin_where_they_are_told_and_follow_the_source)
{
    map_begin(7);
    forwarded(65534, 7);
    forwarded(65535, 8);
    forwarded(1, 10); /* 0 keeps its number */
    forwarded(0, 9);
    forwarded(2, 11);
    found(9, 1, 0);
    found(7, 1, 65534);
    found(12, -1, 0);
    found(6, -1, 0);
    seqmap_done(&map);
}

TEST(what_is_left_out_leaves_no_gap)
{
    uint16_t out;
    map_begin(0);
    forwarded(10, 0);
    dropped(11, -1);
    dropped(11, -1);
    forwarded(12, 1);
    dropped(14, -1); /* 13 is late */
    forwarded(15, 3);
    forwarded(13, 2);
    CHECK_ERR(seqmap_forward(&map, 1, 11, &out), ERR_DENIED);
    CHECK_ERR(seqmap_forward(&map, 1, 14, &out), ERR_DENIED);
    CHECK_ERR(seqmap_forward(&map, 1, 9, &out), ERR_DENIED); /* before the first */
    found(2, 1, 13);
    seqmap_done(&map);
}

TEST(one_that_is_dropped_late_stays_a_gap_unless_it_went)
{
    uint16_t out;
    map_begin(0);
    forwarded(10, 0);
    forwarded(12, 2);
    dropped(11, 1); /* nobody is to wait for it */
    dropped(11, -1);
    CHECK_ERR(seqmap_forward(&map, 1, 11, &out), ERR_DENIED);
    found(1, -1, 0);
    dropped(12, -1);
    forwarded(12, 2);
    forwarded(13, 3);
    seqmap_done(&map);
}

TEST(packets_of_our_own_take_numbers_in_between)
{
    map_begin(100);
    CHECK_INT(seqmap_own(&map), 100);
    forwarded(5, 101);
    CHECK_INT(seqmap_own(&map), 102);
    CHECK_INT(seqmap_own(&map), 103);
    forwarded(7, 105);
    forwarded(6, 104);
    found(102, -1, 0);
    found(104, 1, 6);
    seqmap_done(&map);
}

TEST(another_source_goes_on_with_the_next_number)
{
    uint16_t out;
    map_begin(0);
    forwarded(500, 0);
    forwarded(501, 1);
    seqmap_switch(&map);
    dropped(9, -1); /* of the new one, before its key frame */
    CHECK_OK(seqmap_forward(&map, 2, 10, &out));
    CHECK_INT(out, 2);
    CHECK_ERR(seqmap_forward(&map, 2, 9, &out), ERR_DENIED);
    found(1, 1, 501);
    found(2, 2, 10);
    seqmap_done(&map);
}

TEST(only_the_last_thousand_numbers_are_remembered)
{
    uint16_t out;
    map_begin(0);
    for (unsigned i = 0; i < 200000; i++) {
        if (i % 3 == 2)
            dropped(i, -1);
        else
            forwarded(i, i - i / 3);
    }
    CHECK_ERR(seqmap_forward(&map, 1, (uint16_t)(199999 - SEQMAP_KEPT_MAX), &out), ERR_LIMIT);
    unsigned newest = 199999 - 199999 / 3;
    found(newest, 1, (uint16_t)199999);
    found(newest - SEQMAP_KEPT_MAX, -1, 0);
    forwarded(200000 + 30000, newest + 30001); /* a leap is no harm */
    seqmap_done(&map);
}

static struct nack nack;
static uint16_t due[NACK_LIST_MAX];
static struct tick at(int64_t ms)
{
    return (struct tick){ms};
}
static void come(unsigned seq, int64_t ms, enum nack_news want)
{
    CHECK_INT(nack_packet(&nack, (uint16_t)seq, at(ms)), want);
}
static unsigned asked(int64_t ms)
{
    return nack_due(&nack, at(ms), 50, due, NACK_LIST_MAX);
}

TEST(a_gap_is_asked_for_after_three_newer_packets)
{
    nack_init(&nack);
    come(65534, 0, NACK_NEW);
    come(1, 0, NACK_NEW); /* 65535 and 0 are missing */
    CHECK_INT(asked(0), 0);
    come(2, 0, NACK_NEW);
    CHECK_INT(asked(0), 1);
    CHECK_INT(due[0], 65535);
    come(3, 0, NACK_NEW);
    CHECK_INT(asked(0), 1);
    CHECK_INT(due[0], 0);
    CHECK_INT(asked(0), 0);
}

TEST(a_gap_is_asked_for_after_ten_milliseconds_and_reordering_is_none)
{
    nack_init(&nack);
    come(10, 0, NACK_NEW);
    come(12, 0, NACK_NEW);
    CHECK_INT(nack_wait_ms(&nack, at(0), 50), 10);
    come(11, 5, NACK_NEW);
    CHECK_INT(nack_wait_ms(&nack, at(5), 50), -1);
    CHECK_INT(asked(20), 0);
    come(14, 20, NACK_NEW);
    CHECK_INT(asked(29), 0);
    CHECK_INT(asked(30), 1);
}

TEST(a_lost_retransmission_is_asked_for_again_ten_times_at_most)
{
    nack_init(&nack);
    come(10, 0, NACK_NEW);
    come(12, 0, NACK_NEW);
    int asks = 0;
    int64_t ms = 10, last_wait_ms = 0;
    while (nack.count) {
        asks += (int)asked(ms);
        int64_t wait_ms = nack_wait_ms(&nack, at(ms), 50);
        if (wait_ms < 0) break;
        CHECK(wait_ms >= last_wait_ms && wait_ms >= 60 && wait_ms <= 250);
        last_wait_ms = wait_ms;
        ms += wait_ms;
    }
    CHECK_INT(asks, NACK_TRIES_MAX);
    CHECK_INT(nack.given_up, 1);
    CHECK(nack_take_key_want(&nack) && !nack_take_key_want(&nack));
}

/* Half of all is lost, and of that 191 alone still missing; it has been asked for at 0. */
static void one_missing_of_a_bad_way(int64_t round_trip_ms)
{
    nack_init(&nack);
    for (unsigned seq = 0; seq < 200; seq += 2)
        come(seq, 0, NACK_NEW);
    CHECK(nack_due(&nack, at(10), round_trip_ms, due, NACK_LIST_MAX) == 99);
    for (unsigned seq = 1; seq < 199; seq += 2)
        if (seq != 191) come(seq, 10, NACK_RECOVERED);
    CHECK_INT(nack.count, 1);
}

/* Requests are lost as well then, and no full way is to be spared by asking later. */
TEST(where_much_is_lost_asking_is_eager_for_as_long_as_a_browser_keeps_it)
{
    one_missing_of_a_bad_way(100);
    int64_t ms = 10, wait_ms = 33;
    for (; nack_wait_ms(&nack, at(ms), 100) > 0; ms += wait_ms) {
        wait_ms = ms > 200 ? NACK_LATE_EVERY_MS : 33; /* what two round trips have not brought is seldom */
        CHECK_INT(nack_wait_ms(&nack, at(ms), 100), wait_ms);
        CHECK_INT(nack_due(&nack, at(ms + wait_ms - 1), 100, due, NACK_LIST_MAX), 0);
        if (ms + wait_ms >= NACK_EAGER_AGE_MS) break;
        CHECK_INT(nack_due(&nack, at(ms + wait_ms), 100, due, NACK_LIST_MAX), 1);
        CHECK_INT(due[0], 191);
    }
    CHECK(ms > NACK_EAGER_AGE_MS - 50 && !nack_take_key_want(&nack));
    CHECK_INT(nack_due(&nack, at(ms + wait_ms), 100, due, NACK_LIST_MAX), 0);
    CHECK(nack.count == 0 && nack_take_key_want(&nack));
}

TEST(asking_eagerly_has_its_bounds)
{
    one_missing_of_a_bad_way(20);
    CHECK_INT(nack_wait_ms(&nack, at(10), 20), NACK_EAGER_LEAST_MS);
    one_missing_of_a_bad_way(400);
    CHECK_INT(nack_wait_ms(&nack, at(10), 400), NACK_EAGER_MOST_MS);
}

/* One more answer to each may be chance; more is a sender that takes each request by its word. */
TEST(who_answers_each_request_is_asked_as_on_any_way)
{
    one_missing_of_a_bad_way(100);
    for (unsigned seq = 171; seq < 199; seq += 2)
        if (seq != 191) come(seq, 20, NACK_DUPLICATE);
    CHECK(!nack.answers_all);
    for (int i = 0; i < 100; i++)
        come(100, 25, NACK_DUPLICATE); /* never asked for: no answer */
    CHECK(!nack.answers_all);
    for (unsigned seq = 171; seq < 199; seq += 2)
        if (seq != 191) come(seq, 30, NACK_DUPLICATE);
    for (unsigned seq = 171; seq < 199; seq += 2)
        if (seq != 191) come(seq, 40, NACK_DUPLICATE);
    CHECK(nack.answers_all);
    CHECK_INT(nack_wait_ms(&nack, at(10), 100), 120);
}

TEST(an_answer_is_told_from_a_duplicate)
{
    nack_init(&nack);
    come(10, 0, NACK_NEW);
    come(12, 0, NACK_NEW);
    CHECK_INT(asked(10), 1);
    come(11, 60, NACK_RECOVERED);
    come(11, 61, NACK_DUPLICATE);
    come(12, 61, NACK_DUPLICATE);
    CHECK(nack.recovered == 1 && nack.asked == 1);
}

TEST(what_a_key_frame_makes_obsolete_is_asked_for_no_more)
{
    nack_init(&nack);
    come(10, 0, NACK_NEW);
    come(20, 0, NACK_NEW);
    nack_key_frame(&nack, 15);
    CHECK_INT(asked(100), 5);
    CHECK_INT(due[0], 15);
    CHECK_INT(nack.given_up, 4);
}

TEST(too_much_missing_wants_a_key_frame)
{
    nack_init(&nack);
    come(0, 0, NACK_NEW);
    come(NACK_LIST_MAX + 1, 0, NACK_NEW);
    CHECK(nack.count == NACK_LIST_MAX && !nack_take_key_want(&nack));
    come(NACK_LIST_MAX + 3, 0, NACK_NEW);
    CHECK_INT(nack.count, 0);
    CHECK(nack_take_key_want(&nack) && !nack_take_key_want(&nack));
    come(NACK_LIST_MAX + 4 + 20000, 0, NACK_RESTART);
    CHECK(nack_take_key_want(&nack));
}

TEST(no_more_is_asked_for_than_fits)
{
    nack_init(&nack);
    come(0, 0, NACK_NEW);
    come(101, 0, NACK_NEW);
    CHECK_INT(nack_due(&nack, at(10), 50, due, 30), 30);
    CHECK_INT(nack_due(&nack, at(10), 50, due, 100), 70);
    CHECK_INT(due[0], 31);
}

static struct pool *pool;
static struct packet *packet_of(unsigned seq, uint32_t timestamp, bool is_key, int64_t ms)
{
    struct packet *p = packet_new(pool);
    ASSERT(p);
    p->rtp = (struct rtp){.seq = (uint16_t)seq, .timestamp = timestamp, .bytes = 1000};
    p->codec = CODEC_VP8;
    p->frame = (struct frame){.is_start = is_key, .is_key = is_key};
    p->arrived = at(ms);
    return p;
}
static void put(struct cache *c, unsigned seq, uint32_t timestamp, bool is_key, int64_t ms)
{
    struct packet *p = packet_of(seq, timestamp, is_key, ms);
    cache_put(c, p);
    packet_unref(p);
}

TEST(cached_packets_are_found_by_number_until_they_are_old)
{
    pool = packet_pool_new(4096);
    struct cache *c = cache_new();
    CHECK(pool && c);
    CHECK(!cache_get(c, 0));
    for (unsigned i = 60000; i < 70000; i++)
        if (i % 10) put(c, i, i, false, i);
    CHECK_INT(cache_get(c, (uint16_t)69999)->rtp.seq, (uint16_t)69999);
    CHECK(!cache_get(c, (uint16_t)69990) && !cache_get(c, (uint16_t)70000));
    CHECK(cache_get(c, (uint16_t)(69999 - CACHE_PACKETS + 2)) &&
          !cache_get(c, (uint16_t)(69999 - CACHE_PACKETS)));
    cache_trim(c, at(69500), at(70000));
    CHECK(!cache_get(c, (uint16_t)69499) && cache_get(c, (uint16_t)69501));
    CHECK_INT(pool_left(pool), 4096 - 450);
    put(c, 69500, 1, false, 70000); /* late, and the one before it is gone */
    CHECK(cache_get(c, (uint16_t)69500));
    put(c, 69990, 1, false, 70000);
    CHECK(cache_get(c, (uint16_t)69990));
    put(c, 30000, 1, false, 70001); /* a leap */
    CHECK(cache_get(c, 30000) && !cache_get(c, (uint16_t)69999));
    CHECK_INT(pool_left(pool), 4095);
    cache_free(c);
    CHECK_INT(pool_left(pool), 4096);
    pool_free(pool);
}

TEST(the_last_key_frame_is_found_by_who_comes_now)
{
    int64_t seq = 0;
    pool = packet_pool_new(4096);
    struct cache *c = cache_new();
    put(c, 1, 100, false, 0);
    CHECK(!cache_key(c, at(0), &seq));
    put(c, 3, 200, true, 10);
    put(c, 2, 200, true, 11); /* of the same frame, late */
    put(c, 4, 200, true, 11);
    put(c, 5, 300, false, 40);
    CHECK(cache_key(c, at(50), &seq) && (uint16_t)seq == 2 && cache_at(c, seq)->rtp.seq == 2);
    CHECK_INT(c->key_bytes, 4000);
    put(c, 6, 400, true, 500);
    CHECK(cache_key(c, at(500), &seq) && (uint16_t)seq == 6);
    put(c, 0, 50, true, 501); /* older than what is known */
    CHECK(cache_key(c, at(501), &seq) && (uint16_t)seq == 6);
    CHECK(!cache_key(c, at(500 + CACHE_KEY_MS_MAX + 1), &seq));
    cache_trim(c, at(0), at(500 + CACHE_KEY_MS_MAX + 1));
    put(c, 7, 500, false, 5000);
    CHECK(!cache_key(c, at(5000), &seq));
    put(c, 8, 600, true, 5000);
    for (unsigned i = 9; i < 9 + CACHE_PACKETS; i++)
        put(c, i, 700, false, 5000);
    CHECK(!cache_key(c, at(5000), &seq)); /* too much followed */
    cache_free(c);
    CHECK_INT(pool_left(pool), 4096);
    pool_free(pool);
}

TEST(an_h264_slice_begins_a_frame_only_when_nothing_of_it_is_missing_before)
{
    int64_t seq = 0;
    pool = packet_pool_new(64);
    struct cache *c = cache_new();
    struct packet *slice = packet_of(12, 200, true, 0), *parameters = packet_of(11, 200, true, 0);
    slice->codec = parameters->codec = CODEC_H264;
    parameters->frame.has_parameters = true;
    put(c, 10, 100, false, 0);
    cache_put(c, slice);
    CHECK(!cache_begins(c, slice) && !cache_key(c, at(0), &seq)); /* 11 is missing: what is it? */
    cache_put(c, parameters);
    CHECK(cache_begins(c, parameters) && !cache_begins(c, slice));
    CHECK(cache_key(c, at(0), &seq) && (uint16_t)seq == 11);
    packet_unref(slice);
    packet_unref(parameters);
    slice = packet_of(13, 300, true, 0);
    slice->codec = CODEC_H264;
    cache_put(c, slice); /* parameter sets came before and hold */
    CHECK(cache_begins(c, slice) && cache_key(c, at(0), &seq) && (uint16_t)seq == 13);
    packet_unref(slice);
    cache_free(c);
    pool_free(pool);
}

TEST(a_packet_goes_back_when_the_last_one_lets_go)
{
    pool = packet_pool_new(2);
    struct packet *a = packet_new(pool), *b = packet_new(pool);
    CHECK(a && b && !packet_new(pool));
    packet_ref(a);
    packet_unref(a);
    CHECK_INT(pool_left(pool), 0);
    packet_unref(a);
    packet_unref(b);
    packet_unref(NULL);
    CHECK_INT(pool_left(pool), 2);
    pool_free(pool);
}

TEST(key_frames_are_asked_for_at_most_every_half_second)
{
    struct keyframe k = {0};
    CHECK_INT(keyframe_wait_ms(&k, at(0)), -1);
    CHECK(keyframe_ask(&k, NULL, at(1000)));
    CHECK(!keyframe_ask(&k, NULL, at(1100))); /* deferred */
    CHECK(!keyframe_due(&k, at(1499)));
    CHECK_INT(keyframe_wait_ms(&k, at(1100)), 400);
    CHECK(keyframe_due(&k, at(1500)));
    CHECK(!keyframe_due(&k, at(1600)));
    CHECK_INT(keyframe_wait_ms(&k, at(1600)), 900);
    CHECK(keyframe_due(&k, at(2500))); /* nothing came: again */
    keyframe_seen(&k);
    CHECK_INT(keyframe_wait_ms(&k, at(9999)), -1);
    CHECK(!keyframe_due(&k, at(9999)));
    CHECK(keyframe_ask(&k, NULL, at(10000)));
    CHECK(!keyframe_ask(&k, NULL, at(10001)));
    keyframe_seen(&k); /* one frame answers both */
    CHECK(!keyframe_due(&k, at(10600)));
}

TEST(an_asker_is_heard_three_times_and_then_each_two_seconds)
{
    struct keyframe k = {0};
    struct keyframe_asker greedy = {0}, other = {0};
    for (int i = 0; i < 3; i++) {
        CHECK(keyframe_ask(&k, &greedy, at(i * 600)));
        keyframe_seen(&k);
    }
    CHECK(!keyframe_ask(&k, &greedy, at(1900)) && !k.is_wanted);
    CHECK(keyframe_ask(&k, &other, at(1900)));
    keyframe_seen(&k);
    CHECK(keyframe_ask(&k, &greedy, at(2600)));
    keyframe_seen(&k);
    CHECK(!keyframe_ask(&k, &greedy, at(3900)) && !k.is_wanted);
    CHECK(keyframe_ask(&k, &greedy, at(4000)));
    keyframe_seen(&k);
    for (int i = 0; i < 3; i++) { /* all are back */
        CHECK(keyframe_ask(&k, &greedy, at(20000 + i * 600)));
        keyframe_seen(&k);
    }
}

TEST(who_repeats_what_is_asked_for_already_asks_for_nothing)
{
    struct keyframe k = {0};
    struct keyframe_asker a = {0};
    CHECK(keyframe_ask(&k, &a, at(0)));
    for (int i = 1; i < 20; i++)
        CHECK(!keyframe_ask(&k, &a, at(i * 20)));
    keyframe_seen(&k);
    CHECK(keyframe_ask(&k, &a, at(600)));
    keyframe_seen(&k);
    CHECK(keyframe_ask(&k, &a, at(1200)));
}

static void talk(struct level *l, int level, int64_t from_ms, int64_t to_ms)
{
    for (int64_t ms = from_ms; ms < to_ms; ms += 20)
        level_note(l, (uint8_t)level, true, at(ms));
}

TEST(loudness_rises_fast_falls_slowly_and_ends_with_the_packets)
{
    struct level l = {0};
    CHECK_INT(level_db(&l, at(0)), 0);
    talk(&l, 27, 0, 400);
    CHECK(level_db(&l, at(400)) > 95 && level_is_speech(&l, at(400)));
    talk(&l, 127, 400, 500);
    CHECK(level_db(&l, at(500)) > 60);
    talk(&l, 127, 500, 3000);
    CHECK(level_db(&l, at(3000)) < 10 && !level_is_speech(&l, at(3000)));
    talk(&l, 27, 3000, 3400);
    CHECK_INT(level_db(&l, at(3400 + LEVEL_STALE_MS)), 0);
}

TEST(the_speaker_changes_for_speech_and_not_for_a_cough)
{
    struct level a = {0}, b = {0};
    struct speaker s = {0};
    const struct speaker_entry both[] = {{1, &a}, {2, &b}};
    CHECK(!speaker_choose(&s, both, 2, at(0)));
    int64_t ms = 0;
    int changes = 0;
    for (; ms < 2000; ms += 20) {
        level_note(&a, 40, true, at(ms));
        level_note(&b, 100, true, at(ms));
        changes += speaker_choose(&s, both, 2, at(ms));
    }
    CHECK(changes == 1 && s.current == 1);
    for (; ms < 2200; ms += 20) { /* a cough */
        level_note(&a, 40, true, at(ms));
        level_note(&b, 10, true, at(ms));
        CHECK(!speaker_choose(&s, both, 2, at(ms)));
    }
    for (; ms < 6000; ms += 20) { /* silence */
        level_note(&a, 120, true, at(ms));
        level_note(&b, 120, true, at(ms));
        CHECK(!speaker_choose(&s, both, 2, at(ms)));
    }
    int64_t began = ms;
    for (changes = 0; ms < began + 1000; ms += 20) {
        level_note(&a, 120, true, at(ms));
        level_note(&b, 40, true, at(ms));
        changes += speaker_choose(&s, both, 2, at(ms));
    }
    CHECK(changes == 1 && s.current == 2);
    CHECK(speaker_choose(&s, both, 1, at(ms)) && s.current == 0); /* has left, and nobody speaks */
}

static struct reception rec;
static struct rtcp_report report;

TEST(a_report_tells_loss_since_the_last_one_and_in_all)
{
    reception_init(&rec, 90000);
    CHECK(!reception_report(&rec, 7, 0, &report));
    for (unsigned i = 0; i < 100; i++)
        if (i % 4 != 1) reception_packet(&rec, (uint16_t)(65500 + i), i * 3000, 100, i * 33333ll);
    CHECK(reception_report(&rec, 7, 0, &report));
    CHECK(report.ssrc == 7 && report.lost == 25 && report.fraction_lost == 64);
    CHECK_INT(report.highest_seq, 65599);
    CHECK(report.last_sr == 0 && report.since_sr == 0);
    for (unsigned i = 100; i < 200; i++)
        reception_packet(&rec, (uint16_t)(65500 + i), i * 3000, 100, i * 33333ll);
    for (int i = 0; i < 5; i++)
        reception_recovered(&rec, 100);
    CHECK(reception_report(&rec, 7, 0, &report));
    CHECK(report.lost == 20 && report.fraction_lost == 0);
    CHECK(report.jitter < 10);
}

TEST(a_duplicate_makes_the_loss_negative_and_never_a_fraction)
{
    reception_init(&rec, 48000);
    for (int i = 0; i < 10; i++)
        reception_packet(&rec, 5, 960, 100, i * 20000ll);
    CHECK(reception_report(&rec, 7, 0, &report));
    CHECK(report.lost == -9 && report.fraction_lost == 0);
}

TEST(jitter_grows_with_the_spread_of_the_arrivals)
{
    reception_init(&rec, 48000);
    for (unsigned i = 0; i < 500; i++)
        reception_packet(&rec, (uint16_t)i, i * 960, 100, i * 20000ll + (i % 2 ? 5000 : 0));
    CHECK(reception_jitter(&rec) > 200 && reception_jitter(&rec) <= 240); /* five milliseconds are 240 */
    uint32_t before = reception_jitter(&rec);
    reception_packet(&rec, 500, 500 * 960 + 48000 * 100, 100, 500 * 20000ll); /* the clock was set */
    CHECK_INT(reception_jitter(&rec), before);
    reception_packet(&rec, 30000, 0, 100, 501 * 20000ll); /* begun anew */
    CHECK_INT(reception_lost(&rec), 0);
}

TEST(a_report_answers_the_last_sender_report)
{
    struct rtcp_sender sr = {.ntp = 0x1122334455667788};
    reception_init(&rec, 48000);
    reception_packet(&rec, 5, 960, 100, 0);
    reception_sr(&rec, &sr, 1000000);
    CHECK(reception_report(&rec, 7, 1500000, &report));
    CHECK(report.last_sr == 0x33445566 && report.since_sr == 32768);
}

static const struct stamp_source silent = {0};

TEST(timestamps_follow_the_source_across_their_wrap)
{
    struct stamp s;
    stamp_init(&s, 90000, 1000);
    CHECK_INT(stamp_map(&s, &silent, 0xfffffff0, 0), 1000);
    CHECK_INT(stamp_map(&s, &silent, 0x00000010, 33333), 1032);
    CHECK_INT(stamp_map(&s, &silent, 0xfffffff8, 33333), 1008); /* late */
}

TEST(without_reports_another_source_goes_on_by_the_time_that_passed)
{
    struct stamp s;
    stamp_init(&s, 90000, 0);
    CHECK_INT(stamp_map(&s, &silent, 500, 0), 0);
    stamp_switch(&s, &silent, 77777, 100000);
    CHECK_INT(stamp_map(&s, &silent, 77777, 100000), 9000);
    stamp_switch(&s, &silent, 5, 100000); /* at once: still a new time */
    CHECK_INT(stamp_map(&s, &silent, 5, 100000), 9001);
}

TEST(with_reports_the_layers_of_a_camera_are_of_one_clock)
{
    struct stamp s;
    struct stamp_source low, high;
    stamp_report(&low, 100ull << 32, 10000);
    stamp_report(&high, (100ull << 32) + (1ull << 31), 70000); /* half a second later */
    stamp_init(&s, 90000, 0);
    CHECK_INT(stamp_map(&s, &low, 10000 + 90000, 0), 0);  /* the instant 101.0 */
    stamp_switch(&s, &high, 70000 + 45000 + 3000, 60000); /* 101.033, though sixty ms have passed here */
    CHECK_INT(stamp_map(&s, &high, 70000 + 45000 + 3000, 60000), 3000);
    struct stamp_source lying;
    stamp_report(&lying, 130ull << 32, 0);
    stamp_switch(&s, &lying, 0, 160000); /* thirty seconds ahead: not believed */
    CHECK_INT(stamp_map(&s, &lying, 0, 160000), 12000);
}
