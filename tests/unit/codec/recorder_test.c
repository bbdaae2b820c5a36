/* What a source shows and says is a film that a player reads: also when its writer was killed, its way lost packets, its codec changed, or its
 * patient said stop. */
#include "base/rnd.h"
#include "film.h"
#include "media/recorder.h"
#include "tests/unit/check.h"
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PARTS_MAX = 4, PICTURES = 60, TICKS = 3000 /* of 90 kHz: 30 pictures a second */ };
#define START_US 1790000000000000LL

struct reel {
    int fd[PARTS_MAX];
    struct recording_settings settings[PARTS_MAX];
    bool is_ended[PARTS_MAX];
    unsigned count;
    bool is_made;
    int64_t bytes, room;
};
static struct reel reel;

struct reel_part {
    unsigned part;
};
static struct reel_part parts[PARTS_MAX] = {{0}, {1}, {2}, {3}};

static enum err put(void *ctx, const void *at, size_t bytes)
{
    struct reel_part *p = ctx;
    if (reel.bytes + (int64_t)bytes > reel.room) return ERR_DISK_FULL;
    CHECK(write(reel.fd[p->part], at, bytes) == (ssize_t)bytes);
    reel.bytes += (int64_t)bytes;
    return OK;
}

static enum err open_part(void *ctx, unsigned part, struct recording_settings *ret)
{
    (void)ctx;
    CHECK(part < PARTS_MAX && part == reel.count);
    if (part > 0) reel.fd[part] = memfd_create("film", MFD_CLOEXEC);
    CHECK(reel.fd[part] >= 0);
    reel.count++;
    *ret = reel.settings[part];
    return OK;
}

static void part_ended(void *ctx, unsigned part, const struct digest_value *chain, int64_t bytes)
{
    (void)ctx, (void)bytes;
    struct digest_value again;
    enum err err = recording_chain_of(reel.fd[part], &again);
    CHECK(err == ERR_NOMEM || (err == OK && memcmp(chain, &again, sizeof again) == 0));
    reel.is_ended[part] = true;
}

/* Its file is there before it begins: a child writes what its parent reads. */
static void reel_make(void)
{
    reel = (struct reel){.room = INT64_MAX, .fd[0] = memfd_create("film", MFD_CLOEXEC), .is_made = true};
    CHECK(reel.fd[0] >= 0);
    for (unsigned part = 0; part < PARTS_MAX; part++) {
        struct recording_settings *s = &reel.settings[part];
        *s = (struct recording_settings){.put = put, .ctx = &parts[part]};
        memset(s->id, 0x40 + (int)part, sizeof s->id);
        memset(s->key, 0x70 + (int)part, sizeof s->key);
    }
}

static struct recorder *begin(void)
{
    struct recorder_settings s = {NULL, open_part, part_ended};
    struct recorder *r;
    if (!reel.is_made) reel_make();
    return recorder_new(&s, &r) == OK ? r : NULL;
}

static void forget(void)
{
    if (reel.is_made) close(reel.fd[0]);
    for (unsigned i = 1; i < reel.count; i++)
        close(reel.fd[i]);
    reel = (struct reel){0};
}

/* Opus: 20 ms of silence (RFC 6716 §3.1: CELT, fullband, one frame). */
static void say(struct recorder *r, int i, int64_t arrived_us)
{
    static const uint8_t silence[] = {0xfc, 0xff, 0xfe};
    struct recorder_packet p = {silence, sizeof silence, 5000u + (uint32_t)i * 960, false, false, arrived_us};
    recorder_packet(r, WEBM_SOUND, &p);
}

/* Picture n of the film, in its packets; skip: so many of them are lost. */
static size_t show(struct recorder *r, const struct film *f, size_t from, int64_t arrived_us, unsigned skip,
                   uint32_t later)
{
    uint32_t stamp = f->payloads[from].stamp;
    bool is_after_gap = false;
    for (; from < f->count && f->payloads[from].stamp == stamp; from++) {
        const struct film_payload *p = &f->payloads[from];
        struct recorder_packet packet = {p->at,        p->bytes,     p->stamp + later,
                                         p->is_marked, is_after_gap, arrived_us};
        is_after_gap = skip > 0;
        if (skip)
            skip--;
        else
            recorder_packet(r, WEBM_PICTURE, &packet);
    }
    return from;
}

/* A player's view: the film's bytes. */
static size_t film_of(unsigned part, uint8_t **ret, struct recording_seen *ret_seen)
{
    struct recording_reader *r;
    size_t n;
    CHECK_OK(recording_open(reel.fd[part], reel.settings[part].id, reel.settings[part].key, &r, ret_seen));
    *ret = mem_alloc((size_t)ret_seen->film_bytes + 1);
    CHECK(*ret != NULL);
    CHECK_OK(recording_get(r, 0, *ret, (size_t)ret_seen->film_bytes, &n));
    recording_close(r);
    return n;
}

/* Reads what Matroska says, element by element (RFC 8794 §5); false: it is none. */
struct block {
    unsigned track;
    int64_t at_ms;
    bool is_key;
};
struct told {
    unsigned clusters, pictures, sounds, keys, cues, width, height;
    bool has_length, has_h264, is_webm;
    double length_ms;
    int64_t first_ms[3], last_ms[3], gap_most_ms;
};

static uint64_t number(const uint8_t *at, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | at[i];
    return v;
}

static bool element(const uint8_t *at, size_t bytes, size_t *from, uint32_t *ret_id, size_t *ret_n)
{
    size_t i = *from, id_bytes = 1, size_bytes = 1;
    if (i >= bytes || !at[i]) return false;
    while (!(at[i] & 0x80 >> (id_bytes - 1)))
        id_bytes++;
    if (id_bytes > 4 || i + id_bytes >= bytes) return false;
    *ret_id = (uint32_t)number(at + i, id_bytes);
    i += id_bytes;
    if (!at[i]) return false;
    while (!(at[i] & 0x80 >> (size_bytes - 1)))
        size_bytes++;
    if (i + size_bytes > bytes) return false;
    uint64_t n = number(at + i, size_bytes) & ~(1ull << (7 * size_bytes));
    bool is_unknown = n == (1ull << (7 * size_bytes)) - 1;
    i += size_bytes;
    *from = i;
    *ret_n = is_unknown ? bytes - i : (size_t)n;
    return i + *ret_n <= bytes;
}

static void note_block(struct told *t, const uint8_t *at, int64_t cluster_ms)
{
    unsigned track = at[0] & 0x7f;
    int64_t at_ms = cluster_ms + (int16_t)number(at + 1, 2);
    CHECK(track == WEBM_PICTURE || track == WEBM_SOUND);
    unsigned *count = track == WEBM_PICTURE ? &t->pictures : &t->sounds;
    if (*count == 0) t->first_ms[track] = at_ms;
    if (*count > 0) CHECK(at_ms >= t->last_ms[track]);
    if (*count > 0 && at_ms - t->last_ms[track] > t->gap_most_ms) t->gap_most_ms = at_ms - t->last_ms[track];
    t->last_ms[track] = at_ms;
    t->keys += track == WEBM_PICTURE && at[3] & 0x80;
    (*count)++;
}

static void walk(const uint8_t *at, size_t bytes, struct told *t, int64_t *cluster_ms)
{
    uint32_t id;
    size_t from = 0, n;
    while (element(at, bytes, &from, &id, &n)) {
        const uint8_t *body = at + from;
        switch (id) {
        case 0x1F43B675: /* Cluster */
            t->clusters++;
            /* fallthrough */
        case 0x18538067: /* Segment, Tracks, TrackEntry, Video, Info, Cues, CuePoint */
        case 0x1654AE6B:
        case 0xAE:
        case 0xE0:
        case 0x1549A966:
        case 0x1C53BB6B:
        case 0x1A45DFA3:
            walk(body, n, t, cluster_ms);
            break;
        case 0xBB:
            t->cues++;
            break;
        case 0xE7:
            *cluster_ms = (int64_t)number(body, n);
            break;
        case 0xA3:
            note_block(t, body, *cluster_ms);
            break;
        case 0xB0:
            t->width = (unsigned)number(body, n);
            break;
        case 0xBA:
            t->height = (unsigned)number(body, n);
            break;
        case 0x63A2:
            t->has_h264 |= n > 8 && body[0] == 1;
            break;
        case 0x4282:
            t->is_webm = n == 4 && memcmp(body, "webm", 4) == 0;
            break;
        case 0x4489: {
            uint64_t bits = number(body, n);
            memcpy(&t->length_ms, &bits, sizeof bits);
            t->has_length = true;
            break;
        }
        default:
            break;
        }
        from += n;
    }
    CHECK_INT(from, bytes); /* nothing is left over */
}

static struct told tell(unsigned part, struct recording_seen *ret_seen)
{
    struct told t = {0};
    int64_t cluster_ms = 0;
    uint8_t *film;
    size_t n = film_of(part, &film, ret_seen);
    const char *keep = getenv("YQ_FILMS"); /* a folder: to be looked at by a player */
    if (keep) {
        char path[400];
        static int number_of;
        snprintf(path, sizeof path, "%s/%02d-%u.mkv", keep, number_of++, part);
        FILE *to = fopen(path, "w");
        CHECK(to && fwrite(film, 1, n, to) == n && fclose(to) == 0);
    }
    walk(film, n, &t, &cluster_ms);
    mem_free(film);
    return t;
}

/* pictures of f beside as much sound, from `at` on; ret: when it ended. */
static int64_t play(struct recorder *r, const struct film *f, int64_t at_us, unsigned lost_each)
{
    size_t from = 0;
    int sound = (int)((at_us - START_US) / 20000);
    uint32_t later = (uint32_t)((at_us - START_US) * 9 / 100); /* the stamps go on */
    for (unsigned n = 0; from < f->count; n++) {
        int64_t now_us = at_us + (int64_t)n * 1000000 / 30;
        while (START_US + (int64_t)sound * 20000 <= now_us) {
            say(r, sound, START_US + (int64_t)sound * 20000 + 3000);
            sound++;
        }
        from = show(r, f, from, now_us + 7000, lost_each && n % lost_each == lost_each - 1, later);
        recorder_turn(r, now_us + 8000);
    }
    return START_US + (int64_t)sound * 20000;
}

static void tracks(struct recorder *r, enum codec picture)
{
    CHECK_OK(recorder_track(r, WEBM_PICTURE, picture));
    CHECK_OK(recorder_track(r, WEBM_SOUND, CODEC_OPUS));
}

static void record_whole(enum codec codec)
{
    struct recording_seen seen;
    struct film *f = film_new(codec, 320, 240, 90, 1);
    struct recorder *r = begin();
    CHECK(f && r);
    tracks(r, codec);
    int64_t end_us = play(r, f, START_US, 0);
    recorder_end(r, end_us);
    CHECK_OK(recorder_error(r));
    recorder_free(r);
    CHECK(reel.count == 1 && reel.is_ended[0]);
    struct told t = tell(0, &seen);
    CHECK_INT(t.pictures, 90);
    CHECK(t.sounds >= 148 && t.sounds <= 152);
    CHECK(t.keys >= 1 && t.clusters >= 3 && t.cues == t.keys);
    CHECK(t.width == 320 && t.height == 240);
    CHECK(t.has_length && t.length_ms > 2900 && t.length_ms < 3100);
    CHECK(t.has_h264 == (codec == CODEC_H264) && t.is_webm == (codec != CODEC_H264));
    CHECK(t.gap_most_ms <= 40);
    CHECK(seen.is_ended && seen.gaps == 0);
    forget();
    film_free(f);
}

TEST(a_film_of_vp8_and_opus_has_each_picture_and_each_sound)
{
    record_whole(CODEC_VP8);
}
TEST(a_film_of_vp9_and_opus_has_each_picture_and_each_sound)
{
    record_whole(CODEC_VP9);
}
TEST(a_film_of_h264_and_opus_has_each_picture_and_each_sound)
{
    record_whole(CODEC_H264);
}

TEST(who_kills_it_loses_two_seconds_at_most)
{
    struct recording_seen seen;
    struct film *f = film_new(CODEC_VP8, 160, 120, 240, 1);
    CHECK(f);
    for (unsigned killed = 30; killed <= 240; killed += 21) {
        struct recorder *r = begin();
        size_t from = 0;
        CHECK(r);
        tracks(r, CODEC_VP8);
        for (unsigned n = 0; n < killed; n++) {
            int64_t now_us = START_US + (int64_t)n * 1000000 / 30;
            from = show(r, f, from, now_us, 0, 0);
            recorder_turn(r, now_us);
        }
        recorder_free(r); /* as after a kill: nothing is ended */
        struct told t = reel.count ? tell(0, &seen) : (struct told){0};
        int64_t shown_ms = (int64_t)killed * 1000 / 30;
        CHECK(shown_ms - t.last_ms[WEBM_PICTURE] <= 2000);
        CHECK(killed < 60 || (t.pictures > killed - 60 && !t.has_length));
        forget();
    }
    film_free(f);
}

TEST(sound_and_picture_stand_on_the_sources_clock)
{
    struct recording_seen seen;
    struct film *f = film_new(CODEC_VP8, 160, 120, 60, 1);
    struct recorder *r = begin();
    size_t from = 0;
    CHECK(f && r);
    tracks(r, CODEC_VP8);
    /* The picture comes 180 ms late on its way; its source says that it belongs to the sound of 180 ms before. Its clock is a year off. */
    int64_t theirs_us = START_US - 31536000000000LL;
    recorder_report(r, WEBM_SOUND, 5000, theirs_us, START_US + 20000);
    recorder_report(r, WEBM_PICTURE, f->payloads[0].stamp, theirs_us, START_US + 30000);
    for (int n = 0; n < 60; n++) {
        int64_t now_us = START_US + (int64_t)n * 1000000 / 30;
        for (int i = n * 5 / 3; i < (n + 1) * 5 / 3; i++)
            say(r, i, now_us + 20000);
        from = show(r, f, from, now_us + 200000, 0, 0);
        recorder_turn(r, now_us + 200000);
    }
    recorder_end(r, START_US + 3000000);
    recorder_free(r);
    struct told t = tell(0, &seen);
    CHECK(llabs(t.first_ms[WEBM_PICTURE] - t.first_ms[WEBM_SOUND]) <= 20);
    CHECK_INT(t.pictures, 60);
    forget();
    film_free(f);
}

TEST(pictures_that_lost_a_packet_are_left_out_until_the_next_that_stands_by_itself)
{
    struct recording_seen seen;
    struct film *f = film_new(CODEC_VP8, 320, 240, 60, 1);
    struct recorder *r = begin();
    CHECK(f && r);
    tracks(r, CODEC_VP8);
    recorder_end(r, play(r, f, START_US, 10));
    CHECK_OK(recorder_error(r));
    recorder_free(r);
    struct told t = tell(0, &seen);
    CHECK(t.pictures >= 9 && t.pictures < 60);
    CHECK(t.sounds > 90);
    forget();
    film_free(f);
}

TEST(another_codec_is_another_part)
{
    struct recording_seen seen;
    struct film *vp8 = film_new(CODEC_VP8, 160, 120, 45, 1), *vp9 = film_new(CODEC_VP9, 320, 240, 45, 1);
    struct recorder *r = begin();
    CHECK(vp8 && vp9 && r);
    tracks(r, CODEC_VP8);
    int64_t at_us = play(r, vp8, START_US, 0);
    CHECK_OK(recorder_track(r, WEBM_PICTURE, CODEC_VP9));
    recorder_end(r, play(r, vp9, at_us, 0));
    recorder_free(r);
    CHECK(reel.count == 2 && reel.is_ended[0] && reel.is_ended[1]);
    struct told first = tell(0, &seen), second = tell(1, &seen);
    CHECK(first.pictures >= 35 && first.width == 160);
    CHECK(second.pictures == 45 && second.width == 320);
    CHECK(first.sounds + second.sounds > 130);
    forget();
    film_free(vp8);
    film_free(vp9);
}

TEST(sound_alone_is_a_film_once_no_picture_has_come_for_a_while)
{
    struct recording_seen seen;
    struct recorder *r = begin();
    CHECK(r);
    tracks(r, CODEC_VP8);
    for (int i = 0; i < 300; i++) {
        say(r, i, START_US + i * 20000);
        recorder_turn(r, START_US + i * 20000);
        if (i == 100) CHECK_INT(reel.count, 0);
    }
    recorder_end(r, START_US + 6000000);
    recorder_free(r);
    struct told t = tell(0, &seen);
    CHECK(t.sounds > 180 && t.pictures == 0 && t.width == 0 && t.cues > 0);
    forget();
}

TEST(after_a_no_nothing_is_taken_and_the_stretch_is_told)
{
    struct recording_seen seen;
    struct recording_reader *reader;
    struct recording_gap_seen gap;
    struct film *f = film_new(CODEC_VP8, 160, 120, 60, 1);
    struct recorder *r = begin();
    CHECK(f && r);
    tracks(r, CODEC_VP8);
    int64_t stop_us = play(r, f, START_US, 0), before = reel.bytes;
    recorder_pause(r, RECORDING_CONSENT_WITHDRAWN, stop_us);
    int64_t paused = reel.bytes; /* what was taken before stands in the file; what was held is gone */
    CHECK(paused > before);
    (void)play(r, f, stop_us, 0);
    CHECK_INT(reel.bytes, paused);
    recorder_resume(r, stop_us + 2000000);
    recorder_end(r, play(r, f, stop_us + 2000000, 0));
    CHECK_OK(recorder_error(r));
    recorder_free(r);
    struct told t = tell(0, &seen);
    CHECK_INT(seen.gaps, 1);
    CHECK(t.gap_most_ms >= 2000 && t.gap_most_ms <= 2000 + RECORDER_HOLD_MS + 100);
    CHECK_OK(recording_open(reel.fd[0], reel.settings[0].id, reel.settings[0].key, &reader, &seen));
    CHECK_OK(recording_gap_at(reader, 0, &gap));
    CHECK(gap.why == RECORDING_CONSENT_WITHDRAWN && gap.to_ms - gap.from_ms == 2000);
    recording_close(reader);
    forget();
    film_free(f);
}

TEST(a_full_disk_ends_it_and_what_stands_plays)
{
    struct recording_seen seen;
    struct film *f = film_new(CODEC_VP8, 320, 240, 120, 1);
    struct recorder *r = begin();
    CHECK(f && r);
    tracks(r, CODEC_VP8);
    reel.room = 12000;
    recorder_end(r, play(r, f, START_US, 0));
    CHECK_ERR(recorder_error(r), ERR_DISK_FULL);
    recorder_free(r);
    CHECK(!reel.is_ended[0]);
    struct told t = tell(0, &seen);
    CHECK(t.pictures > 10);
    forget();
    film_free(f);
}

TEST(what_no_film_is_made_of_is_refused)
{
    struct recorder *r = begin();
    CHECK(r);
    CHECK_ERR(recorder_track(r, WEBM_PICTURE, CODEC_AV1), ERR_UNSUPPORTED);
    CHECK_ERR(recorder_track(r, WEBM_SOUND, CODEC_VP8), ERR_UNSUPPORTED);
    recorder_end(r, START_US);
    CHECK_INT(reel.count, 0);
    recorder_free(r);
}

/* A key picture of VP8 as its packet says (RFC 7741 §4.3), 160x120; nobody decodes it. */
static void show_small(struct recorder *r, int n)
{
    static const uint8_t key[] = {0x10, 0x50, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0xa0, 0x00, 0x78, 0x00, 1, 2, 3};
    int64_t at_us = START_US + n * 500000;
    struct recorder_packet p = {key, sizeof key, (uint32_t)n * 45000, true, false, at_us};
    recorder_packet(r, WEBM_PICTURE, &p);
    say(r, n * 25, at_us);
    recorder_turn(r, at_us);
}

/* What the child has given to its recorder, for who kills it. */
struct clock_seen {
    _Atomic int64_t shown_ms;
};

_Noreturn static void record_for_ever(const struct film *f, struct clock_seen *seen)
{
    struct recorder *r = begin();
    size_t from = 0;
    tracks(r, CODEC_VP8);
    for (unsigned n = 0;; n++) {
        int64_t now_us = START_US + (int64_t)n * 1000000 / 30;
        if (from == f->count) from = 0;
        uint32_t later = (uint32_t)(n / PICTURES * PICTURES * TICKS);
        from = show(r, f, from, now_us, 0, later);
        if (n % 3 == 0) say(r, (int)(n * 5 / 3), now_us);
        recorder_turn(r, now_us);
        if (recorder_error(r)) _exit(3);
        atomic_store(&seen->shown_ms, (int64_t)n * 1000 / 30);
    }
}

/* ffmpeg, where there is one: it must decode to the end without a word. */
static void decode_whole(const uint8_t *film, size_t bytes, int *ret_decoded)
{
    char words_of[][9] = {"ffmpeg", "-v", "error", "-xerror", "-i", "pipe:0", "-f", "null", "-"},
         *command[10] = {0};
    for (size_t i = 0; i < COUNT_OF(words_of); i++)
        command[i] = words_of[i];
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status, words[2], in = memfd_create("film", 0);
    char word;
    CHECK(in >= 0 && write(in, film, bytes) == (ssize_t)bytes && lseek(in, 0, SEEK_SET) == 0);
    CHECK(pipe(words) == 0 && posix_spawn_file_actions_init(&actions) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&actions, in, 0) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&actions, words[1], 2) == 0);
    int not_there = posix_spawnp(&child, command[0], &actions, NULL, command, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(words[1]);
    close(in);
    if (!not_there) {
        bool is_silent = read(words[0], &word, 1) == 0;
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK(is_silent);
        (*ret_decoded)++;
    }
    close(words[0]);
}

TEST(killed_at_any_moment_it_leaves_a_film_that_plays_to_its_end)
{
    struct film *f = film_new(CODEC_VP8, 160, 120, PICTURES, 1);
    struct clock_seen *clock =
        mmap(NULL, sizeof *clock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int decoded = 0, kills = (int)check_count(20, 50);
    int64_t lost_most_ms = 0;
    CHECK(f && clock != MAP_FAILED);
    for (int i = 0; i < kills; i++) {
        struct recording_seen seen;
        uint8_t *film;
        struct told t = {0};
        int64_t cluster_ms = 0;
        atomic_store(&clock->shown_ms, 0);
        reel_make();
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) record_for_ever(f, clock);
        uint16_t moment;
        rnd_bytes(&moment, sizeof moment);
        while (atomic_load(&clock->shown_ms) < 3000 + moment % 8000)
            sched_yield();
        int64_t shown_ms = atomic_load(&clock->shown_ms);
        CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
        size_t n = film_of(0, &film, &seen);
        walk(film, n, &t, &cluster_ms);
        CHECK(!seen.is_ended && t.pictures > 0);
        if (shown_ms - t.last_ms[WEBM_PICTURE] > lost_most_ms)
            lost_most_ms = shown_ms - t.last_ms[WEBM_PICTURE];
        CHECK(shown_ms - t.last_ms[WEBM_PICTURE] <= 2000);
        if (i < 4 || kills >= 50) decode_whole(film, n, &decoded);
        mem_free(film);
        forget();
    }
    munmap(clock, sizeof *clock);
    film_free(f);
    printf("figure recorder killed %d times: %" PRId64
           " ms of film lost at most, %d films decoded by ffmpeg\n",
           kills, lost_most_ms, decoded);
}

SWEEP(a_film_is_made)
{
    struct recorder *r = begin();
    if (!r) return ERR_NOMEM;
    tracks(r, CODEC_VP8);
    for (int n = 0; n < 6; n++)
        show_small(r, n);
    recorder_end(r, START_US + 3000000);
    enum err err = recorder_error(r);
    recorder_free(r);
    forget();
    return err;
}
