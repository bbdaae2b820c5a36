#include "media/codec.h"
#include "base/clock.h"
#include "base/mem.h"
#include "media/assemble.h"
#include "media/decode.h"
#include "media/films.h"
#include "media/mixes.h"

struct stream {
    uint32_t id; /* 0: free */
    struct assemble assemble;
    struct decoder *decoder;
    enum err why;   /* there is no decoder */
    uint32_t stamp; /* of the newest picture that decoded */
};

struct codec_works {
    struct codec_port port;
    struct mixes *mixes;
    struct films *films;
    unsigned open;
    struct stream streams[CODEC_STREAMS_MAX];
};

static bool on_picture(void *ctx, uint32_t stream, struct picture *ret);

static enum err on_say(void *ctx, const struct codec_msg *m)
{
    struct codec_works *c = ctx;
    return c->port.say(c->port.ctx, m);
}

static int64_t on_now(void *ctx)
{
    (void)ctx;
    return clock_tick_us();
}

struct codec_works *codec_new(const struct codec_port *port)
{
    struct codec_works *c = mem_zalloc(sizeof *c);
    struct mixes_port mixes = {c, on_say, on_picture};
    struct films_port films = {c, on_say, on_now};
    if (!c) return NULL;
    c->port = *port;
    c->mixes = mixes_new(&mixes);
    c->films = films_new(&films);
    if (c->mixes && c->films) return c;
    codec_free(c);
    return NULL;
}

static void stream_close(struct codec_works *c, struct stream *s)
{
    assemble_done(&s->assemble);
    decoder_free(s->decoder);
    *s = (struct stream){0};
    c->open--;
}

void codec_free(struct codec_works *c)
{
    if (!c) return;
    for (unsigned i = 0; i < CODEC_STREAMS_MAX; i++)
        if (c->streams[i].id) stream_close(c, &c->streams[i]);
    mixes_free(c->mixes);
    films_free(c->films);
    mem_free(c);
}

unsigned codec_streams(const struct codec_works *c)
{
    return c->open;
}

static struct stream *stream_find(struct codec_works *c, uint32_t id) /* 0: a free place */
{
    for (unsigned i = 0; i < CODEC_STREAMS_MAX; i++)
        if (c->streams[i].id == id) return &c->streams[i];
    return NULL;
}

static bool on_picture(void *ctx, uint32_t stream, struct picture *ret)
{
    struct stream *s = stream ? stream_find(ctx, stream) : NULL;
    return s && s->decoder && decoder_picture(s->decoder, ret) == OK;
}

static void stream_open(struct codec_works *c, const struct codec_msg *m)
{
    struct stream *s = stream_find(c, m->id) ? NULL : stream_find(c, 0);
    if (!s) return;
    s->id = m->id;
    assemble_init(&s->assemble, (enum codec)m->codec);
    s->why = decoder_new((enum codec)m->codec, &s->decoder);
    c->open++;
}

static void packet_take(struct stream *s, const struct codec_msg *m)
{
    struct assemble_unit unit;
    if (!s->decoder) return;
    if (!assemble_payload(&s->assemble, m->body, m->body_bytes, m->stamp, m->flags & CODEC_MARKED,
                          m->flags & CODEC_GAP, &unit))
        return;
    if (decoder_unit(s->decoder, unit.at, unit.bytes) == OK)
        s->stamp = unit.stamp;
    else
        s->assemble.is_running = false; /* up to the next that stands by itself */
}

/* -- stills -- */

struct job {
    struct codec_works *c;
    uint32_t id;
    uint32_t bytes; /* of the file so far */
    uint8_t part[CODEC_BODY_BYTES_MAX];
    uint32_t part_bytes;
};

static enum err part_say(struct job *j)
{
    struct codec_msg m = {.type = CODEC_PART,
                          .id = j->id,
                          .n = j->bytes - j->part_bytes,
                          .body = j->part,
                          .body_bytes = j->part_bytes};
    if (j->part_bytes == 0) return OK;
    j->part_bytes = 0;
    return j->c->port.say(j->c->port.ctx, &m);
}

static enum err file_put(void *ctx, const uint8_t *bytes, size_t n)
{
    struct job *j = ctx;
    if (n > CODEC_STILL_BYTES_MAX - j->bytes) return ERR_LIMIT;
    while (n > 0) {
        size_t room = sizeof j->part - j->part_bytes, some = n < room ? n : room;
        memcpy(j->part + j->part_bytes, bytes, some);
        j->part_bytes += (uint32_t)some;
        j->bytes += (uint32_t)some;
        bytes += some;
        n -= some;
        enum err err = j->part_bytes == sizeof j->part ? part_say(j) : OK;
        if (err) return err;
    }
    return OK;
}

static uint8_t status_of(enum err err)
{
    switch ((int)err) {
    case OK:
        return CODEC_MADE;
    case ERR_NOT_FOUND:
        return CODEC_NOTHING;
    case ERR_UNSUPPORTED:
        return CODEC_UNSUPPORTED;
    case ERR_LIMIT:
        return CODEC_TOO_LARGE;
    default:
        return CODEC_FAILED;
    }
}

static enum err still_make(struct stream *s, struct job *j, struct picture *ret_picture)
{
    struct picture_sink sink = {file_put, j};
    enum err err = !s ? ERR_NOT_FOUND : s->decoder ? decoder_picture(s->decoder, ret_picture) : s->why;
    if (!err) err = picture_png(ret_picture, &sink);
    return err ? err : part_say(j);
}

static enum err still_take(struct codec_works *c, struct stream *s, const struct codec_msg *m)
{
    struct job *j = mem_alloc(sizeof *j);
    struct picture picture = {0};
    struct codec_msg done = {.type = CODEC_DONE, .id = m->n};
    enum err err = j ? OK : ERR_NOMEM;
    if (j) {
        *j = (struct job){.c = c, .id = m->n};
        err = still_make(s, j, &picture);
    }
    if (err == ERR_CLOSED) {
        mem_free(j);
        return err;
    }
    done.status = status_of(err);
    if (!err) {
        done.stamp = s->stamp;
        done.n = j->bytes;
        done.width = picture.width;
        done.height = picture.height;
    }
    mem_free(j);
    return c->port.say(c->port.ctx, &done);
}

static void open_take(struct codec_works *c, const struct codec_msg *m)
{
    if (m->codec == CODEC_OPUS)
        mixes_open(c->mixes, m);
    else
        stream_open(c, m);
}

static void close_take(struct codec_works *c, struct stream *s, const struct codec_msg *m)
{
    if (s)
        stream_close(c, s);
    else
        (void)mixes_close(c->mixes, m->id);
}

enum err codec_take(struct codec_works *c, const struct codec_msg *m)
{
    struct stream *s = stream_find(c, m->id);
    if (films_is_ours(m)) return films_take(c->films, m);
    if (m->type == CODEC_STILL) return still_take(c, s, m);
    if (m->type == CODEC_LEG) return mixes_leg(c->mixes, m);
    if (m->type == CODEC_OPEN)
        open_take(c, m);
    else if (m->type == CODEC_PACKET && s)
        packet_take(s, m);
    else if (m->type == CODEC_PACKET)
        (void)mixes_packet(c->mixes, m);
    else if (m->type == CODEC_CLOSE)
        close_take(c, s, m);
    else if (m->type == CODEC_KEY)
        mixes_key(c->mixes, m->id);
    return OK;
}

enum err codec_turn(struct codec_works *c, int64_t now_us, int64_t *ret_due_us)
{
    int64_t films_due_us;
    enum err err = films_turn(c->films, now_us, &films_due_us);
    if (!err) err = mixes_turn(c->mixes, now_us, ret_due_us);
    if (!err && films_due_us < *ret_due_us) *ret_due_us = films_due_us;
    return err;
}
