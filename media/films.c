#include "media/films.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/bytes.h"
#include "media/recorder.h"

struct film {
    uint32_t id; /* 0: free */
    uint8_t key[CODEC_FILM_BYTES];
    int64_t offset_us; /* of the worker's UTC from the monotonic clock */
    struct recorder *recorder;
    struct films *films;
    uint32_t part;
    int64_t bytes; /* of that part, said */
};

struct films {
    struct films_port port;
    int64_t due_us;
    unsigned count;
    enum err gone; /* nobody listens any more */
    struct film films[FILMS_MAX];
};

/* -- what the recorder asks for -- */

static enum err film_put(void *ctx, const void *at, size_t bytes)
{
    struct film *film = ctx;
    struct films *f = film->films;
    const uint8_t *from = at;
    while (bytes > 0 && !f->gone) {
        size_t some = bytes < CODEC_BODY_BYTES_MAX ? bytes : CODEC_BODY_BYTES_MAX;
        struct codec_msg m = {.type = CODEC_FILM_PART,
                              .id = film->id,
                              .stamp = film->part,
                              .n = (uint32_t)film->bytes,
                              .body = from,
                              .body_bytes = some};
        f->gone = f->port.say(f->port.ctx, &m);
        film->bytes += (int64_t)some;
        from += some;
        bytes -= some;
    }
    return f->gone;
}

static enum err on_open(void *ctx, unsigned part, struct recording_settings *ret)
{
    struct film *film = ctx;
    film->part = part;
    film->bytes = 0;
    rnd_bytes(ret->id, sizeof ret->id);
    recording_part_key(film->key, ret->id, ret->key);
    ret->put = film_put;
    ret->ctx = film;
    return OK;
}

static void on_ended(void *ctx, unsigned part, const struct digest_value *chain, int64_t bytes)
{
    struct film *film = ctx;
    struct films *f = film->films;
    struct codec_msg m = {.type = CODEC_FILM_DONE,
                          .id = film->id,
                          .stamp = part,
                          .n = (uint32_t)bytes,
                          .body = chain->at,
                          .body_bytes = sizeof chain->at};
    if (!f->gone) f->gone = f->port.say(f->port.ctx, &m);
}

/* -- films -- */

/* OpenSSL looks up its algorithms once, which it cannot do in the box. */
static void warm(void)
{
    uint8_t key[CIPHER_KEY_BYTES] = {0}, id[RECORDING_ID_BYTES] = {0}, body[1] = {0};
    uint8_t box[CIPHER_BOX_BYTES + sizeof body];
    recording_part_key(key, id, key);
    struct cipher *c = cipher_new(key);
    if (c) (void)!cipher_seal_box(c, NULL, 0, body, sizeof body, box);
    cipher_free(c);
}

struct films *films_new(const struct films_port *port)
{
    struct films *f = mem_zalloc(sizeof *f);
    if (!f) return NULL;
    f->port = *port;
    warm();
    return f;
}

static void film_free(struct films *f, struct film *film)
{
    recorder_free(film->recorder);
    mem_wipe(film, sizeof *film);
    f->count--;
}

void films_free(struct films *f)
{
    if (!f) return;
    for (unsigned i = 0; i < FILMS_MAX; i++)
        if (f->films[i].id) film_free(f, &f->films[i]);
    mem_wipe_free(f, sizeof *f);
}

unsigned films_count(const struct films *f)
{
    return f->count;
}

bool films_is_ours(const struct codec_msg *m)
{
    return m->type >= CODEC_FILM && m->type <= CODEC_FILM_END;
}

static struct film *film_find(struct films *f, uint32_t id) /* 0: a free place */
{
    for (unsigned i = 0; i < FILMS_MAX; i++)
        if (f->films[i].id == id) return &f->films[i];
    return NULL;
}

static void say_gone(struct films *f, uint32_t id)
{
    struct codec_msg m = {.type = CODEC_FILM_GONE, .id = id};
    if (!f->gone) f->gone = f->port.say(f->port.ctx, &m);
}

static void film_begin(struct films *f, const struct codec_msg *m)
{
    struct film *film = film_find(f, m->id) ? NULL : film_find(f, 0);
    struct recorder_settings settings = {film, on_open, on_ended};
    if (!film || recorder_new(&settings, &film->recorder) != OK) {
        say_gone(f, m->id);
        return;
    }
    film->id = m->id;
    film->films = f;
    memcpy(film->key, m->body, sizeof film->key);
    film->offset_us = (int64_t)bytes_get64(m->body + CODEC_FILM_BYTES);
    f->count++;
    f->due_us = 0;
}

static int64_t utc_us(const struct film *film)
{
    const struct films_port *port = &film->films->port;
    return port->now_us(port->ctx) + film->offset_us;
}

/* The instant that ends in these bits and is nearest to now. */
static int64_t instant_whole(const struct film *film, uint32_t low)
{
    int64_t now_us = utc_us(film);
    return now_us + (int32_t)(low - (uint32_t)now_us);
}

static enum webm_track track_of(const struct codec_msg *m)
{
    return m->codec == CODEC_OPUS ? WEBM_SOUND : WEBM_PICTURE;
}

static void film_packet(struct film *film, const struct codec_msg *m)
{
    struct recorder_packet p = {.at = m->body,
                                .bytes = m->body_bytes,
                                .stamp = m->stamp,
                                .is_marked = m->flags & CODEC_MARKED,
                                .is_after_gap = m->flags & CODEC_GAP,
                                .arrived_us = instant_whole(film, m->n)};
    recorder_packet(film->recorder, track_of(m), &p);
}

static void film_report(struct film *film, const struct codec_msg *m)
{
    int64_t ntp_us = (int64_t)bytes_get64(m->body);
    recorder_report(film->recorder, track_of(m), m->stamp, ntp_us, instant_whole(film, m->n));
}

static void film_hold(struct film *film, uint8_t why)
{
    int64_t now_us = utc_us(film);
    if (why)
        recorder_pause(film->recorder, (enum recording_why)why, now_us);
    else
        recorder_resume(film->recorder, now_us);
}

static void film_end(struct films *f, struct film *film)
{
    uint32_t id = film->id;
    recorder_end(film->recorder, utc_us(film));
    film_free(f, film);
    say_gone(f, id);
}

static void track_take(struct film *film, const struct codec_msg *m)
{
    /* A codec of which no film is made is as none. */
    if (recorder_track(film->recorder, (enum webm_track)m->n, (enum codec)m->codec) != OK)
        (void)!recorder_track(film->recorder, (enum webm_track)m->n, CODEC_NONE);
}

enum err films_take(struct films *f, const struct codec_msg *m)
{
    struct film *film = film_find(f, m->id);
    if (m->type == CODEC_FILM)
        film_begin(f, m);
    else if (!film)
        return f->gone; /* it has ended by itself */
    else if (m->type == CODEC_FILM_TRACK)
        track_take(film, m);
    else if (m->type == CODEC_FILM_PACKET)
        film_packet(film, m);
    else if (m->type == CODEC_FILM_REPORT)
        film_report(film, m);
    else if (m->type == CODEC_FILM_HOLD)
        film_hold(film, m->status);
    else if (m->type == CODEC_FILM_END)
        film_end(f, film);
    return f->gone;
}

enum err films_turn(struct films *f, int64_t now_us, int64_t *ret_due_us)
{
    if (f->count > 0 && now_us >= f->due_us) {
        f->due_us = now_us + FILMS_TURN_US;
        for (unsigned i = 0; i < FILMS_MAX; i++) {
            struct film *film = &f->films[i];
            if (!film->id) continue;
            recorder_turn(film->recorder, utc_us(film));
            if (recorder_error(film->recorder) == OK) continue;
            say_gone(f, film->id);
            film_free(f, film);
        }
    }
    *ret_due_us = f->count > 0 ? f->due_us : INT64_MAX;
    return f->gone;
}
