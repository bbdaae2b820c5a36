#include "media/montage.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/mem.h"
#include "media/compose.h"
#include "media/decode.h"
#include "media/mixer.h"
#include "media/webm_read.h"
#include <stdio.h>

enum {
    TICK_MS = SOUND_FRAME_MS,
    KEY_EACH = 10000 / MONTAGE_PICTURE_MS, /* pictures: so finely a player finds its place */
    SOUND_BPS = 48000,
    SOUND_LATE_MS =
        JITTER_FIRST_MS +
        5, /* what a mix takes, while its sources are as even as a file is: its first wait and the limiter */
    SOUND_EVEN_MS =
        15, /* a packet that stands so near behind the one before follows it; sources' instants are whole milliseconds */
    CAPTION_BYTES = MONTAGE_VISIT_BYTES + 40 + 4 * MONTAGE_FILES_MAX
};

struct source {
    struct recording_reader *file;
    struct webm_reader *film; /* NULL: nothing is in it */
    enum codec codec;         /* of its pictures */
    bool is_device, has_next, has_come, is_shown;
    struct webm_block next;
    int64_t started_ms;        /* UTC */
    struct decoder *decoder;   /* NULL: no picture has come, or its time is over */
    int64_t came_ms, shown_ms; /* its last picture, and its last that was one, in the montage */
    int64_t heard_ms;          /* behind its last sound */
    uint16_t seq;
    uint32_t stamp;
};

struct montage {
    const struct montage_order *order;
    const struct montage_port *port;
    struct source sources[MONTAGE_FILES_MAX];
    int64_t started_ms, length_ms;
    struct mixer *mixer;
    struct composer *composer;
    struct recording *file;
    struct webm *film;
    int64_t at_ms; /* what is made */
    unsigned percent, until_key;
    char caption[CAPTION_BYTES];
    struct buf picture; /* one that waits for the sound of its instant */
    bool has_picture, is_key;
    int64_t picture_ms;
    enum err err;
};

/* -- what was recorded -- */

static enum err film_get(void *ctx, int64_t offset, void *ret, size_t bytes, size_t *ret_n)
{
    return recording_get(ctx, offset, ret, bytes, ret_n);
}

static enum err source_next(struct source *s)
{
    enum err err = webm_read_next(s->film, &s->next);
    s->has_next = !err;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err source_open(struct montage *m, unsigned i, int fd)
{
    struct source *s = &m->sources[i];
    const struct montage_file *file = &m->order->files[i];
    struct recording_seen seen;
    struct webm_seen head;
    uint8_t key[CIPHER_KEY_BYTES];
    recording_part_key(m->order->key, file->id, key);
    enum err err = recording_open(fd, file->id, key, &s->file, &seen);
    mem_wipe(key, sizeof key);
    if (err || seen.film_bytes <= WEBM_HEAD_BYTES) return err;
    err = webm_read_new(&(struct webm_source){film_get, s->file}, &s->film, &head);
    if (err) return err;
    s->is_device = file->is_device;
    s->codec = head.picture;
    s->started_ms = head.started.ms;
    if (!m->started_ms || s->started_ms < m->started_ms) m->started_ms = s->started_ms;
    int64_t ends_ms = s->started_ms + seen.length_ms;
    if (ends_ms > m->length_ms) m->length_ms = ends_ms; /* an instant, until all are open */
    return source_next(s);
}

static enum err sources_open(struct montage *m, const int *fds)
{
    enum err err = OK;
    for (unsigned i = 0; i < m->order->count && !err; i++)
        err = source_open(m, i, fds[i]);
    if (!err && !m->started_ms) err = ERR_NOT_FOUND;
    m->length_ms -= m->started_ms;
    return !err && m->length_ms > WEBM_MS_MAX ? ERR_LIMIT : err;
}

static void picture_take(struct source *s, int64_t at_ms)
{
    s->has_come = true;
    s->came_ms = at_ms;
    if (!s->decoder && (!s->next.is_key || decoder_new(s->codec, &s->decoder) != OK)) return;
    if (decoder_unit(s->decoder, s->next.at, s->next.bytes) == OK) s->shown_ms = at_ms;
}

/* Numbers and stamps as a network would bring them: what is missing in the file is missing there. */
static enum err sound_take(struct montage *m, struct source *s, uint32_t id, int64_t at_ms)
{
    enum err err = OK;
    if (!s->heard_ms)
        err = mixer_source_open(m->mixer, id, id, 0);
    else if (at_ms > s->heard_ms + SOUND_EVEN_MS) {
        int64_t missing = (at_ms - s->heard_ms + TICK_MS / 2) / TICK_MS;
        s->seq = (uint16_t)(s->seq + missing);
        s->stamp += (uint32_t)(missing * SOUND_FRAME);
        s->heard_ms = at_ms;
    }
    if (err == ERR_LIMIT) return OK; /* as many voices as a mix has */
    if (err) return err;
    mixer_packet(m->mixer, id, s->seq++, s->stamp, s->next.at, s->next.bytes);
    s->stamp += SOUND_FRAME;
    s->heard_ms = (s->heard_ms ? s->heard_ms : at_ms) + TICK_MS;
    return OK;
}

static enum err source_come(struct montage *m, unsigned i)
{
    struct source *s = &m->sources[i];
    enum err err = OK;
    while (s->has_next && !err) {
        int64_t at_ms = s->started_ms - m->started_ms + s->next.at_ms;
        if (at_ms > m->at_ms) break;
        if (s->next.track == WEBM_PICTURE)
            picture_take(s, at_ms);
        else
            err = sound_take(m, s, i + 1, at_ms);
        if (!err) err = source_next(s);
    }
    bool is_over = !s->has_next && m->at_ms - s->heard_ms > JITTER_CAP_MS;
    if (is_over && s->heard_ms) mixer_source_close(m->mixer, i + 1);
    if (s->decoder &&
        m->at_ms - s->shown_ms > MONTAGE_STALE_MS) { /* not shown any more; its next key picture is */
        decoder_free(s->decoder);
        s->decoder = NULL;
    }
    return err;
}

/* -- what is made of it -- */

static enum err put_piece(void *ctx, enum webm_piece piece, const void *at, size_t bytes)
{
    static const enum recording_kind kinds[] = {[WEBM_HEAD] = RECORDING_HEAD,
                                                [WEBM_CLUSTER] = RECORDING_CLUSTER,
                                                [WEBM_CUES] = RECORDING_CUES,
                                                [WEBM_HEAD_AGAIN] = RECORDING_HEAD_AGAIN};
    struct montage *m = ctx;
    return recording_add(m->file, kinds[piece], m->at_ms, at, bytes);
}

static enum err film_begin(struct montage *m)
{
    struct recording_settings file = {.put = m->port->put, .ctx = m->port->ctx};
    struct webm_settings film = {.picture = CODEC_VP8,
                                 .sound = CODEC_OPUS,
                                 .width = MONTAGE_WIDTH,
                                 .height = MONTAGE_HEIGHT,
                                 .started = {m->started_ms},
                                 .put = put_piece,
                                 .ctx = m};
    struct mixer_listener all = {.id = 1, .bps = SOUND_BPS};
    memcpy(file.id, m->order->id, sizeof file.id);
    recording_part_key(m->order->key, file.id, file.key);
    enum err err = recording_new(&file, &m->file);
    mem_wipe(file.key, sizeof file.key);
    if (!err) err = webm_new(&film, &m->film);
    if (!err) err = composer_new(MONTAGE_WIDTH, MONTAGE_HEIGHT, &m->composer);
    if (!err) err = (m->mixer = mixer_new()) ? mixer_listener_open(m->mixer, &all) : ERR_NOMEM;
    if (err) return err;
    composer_rate(m->composer, COMPOSE_MOST_BPS);
    composer_caption(m->composer, m->caption);
    return OK;
}

static enum err picture_put(struct montage *m)
{
    if (!m->has_picture) return OK;
    m->has_picture = false;
    return webm_frame(m->film, WEBM_PICTURE, m->picture_ms, m->is_key, (const uint8_t *)m->picture.at,
                      m->picture.bytes);
}

static void on_mixed(void *ctx, const struct mixer_heard *heard)
{
    struct montage *m = ctx;
    int64_t at_ms = m->at_ms - SOUND_LATE_MS;
    if (m->err || at_ms < 0) return;
    if (m->has_picture && m->picture_ms <= at_ms) m->err = picture_put(m);
    if (!m->err && heard->bytes)
        m->err = webm_frame(m->film, WEBM_SOUND, at_ms, true, heard->at, heard->bytes);
}

static unsigned pictures_of(struct montage *m, bool are_devices, struct picture *pictures, unsigned count)
{
    for (unsigned i = 0; i < m->order->count; i++) {
        struct source *s = &m->sources[i];
        if (s->is_device != are_devices) continue;
        s->is_shown =
            count < COMPOSE_PICTURES_MAX && s->decoder && decoder_picture(s->decoder, &pictures[count]) == OK;
        count += s->is_shown;
    }
    return count;
}

static void missing_put(struct montage *m)
{
    bool is_first = true;
    for (unsigned i = 0; i < m->order->count; i++) {
        const struct source *s = &m->sources[i];
        if (!s->has_come || s->is_shown || m->at_ms - s->came_ms > MONTAGE_STALE_MS) continue;
        size_t n = strlen(m->caption);
        snprintf(m->caption + n, sizeof m->caption - n, "%s %u", is_first ? "  not shown:" : "", i + 1);
        is_first = false;
    }
}

static void caption_make(struct montage *m)
{
    int64_t wall_s = (m->started_ms + m->at_ms) / 1000 + m->order->zone_s, day_s = wall_s % 86400;
    char day[DATE_TEXT_BYTES];
    date_text((struct date){(int32_t)(wall_s / 86400)}, day);
    snprintf(m->caption, sizeof m->caption, "%s  %s %02d:%02d:%02d", m->order->visit, day,
             (int)(day_s / 3600), (int)(day_s / 60 % 60), (int)(day_s % 60));
    missing_put(m);
}

static enum err picture_make(struct montage *m)
{
    struct picture pictures[COMPOSE_PICTURES_MAX];
    const struct picture *shown[COMPOSE_PICTURES_MAX];
    struct composed made;
    unsigned count = pictures_of(m, true, pictures, 0);
    count = pictures_of(m, false, pictures, count);
    for (unsigned i = 0; i < count; i++)
        shown[i] = &pictures[i];
    caption_make(m);
    enum err err = picture_put(m);
    if (!err) err = composer_make(m->composer, shown, count, m->until_key == 0, m->at_ms * 1000, &made);
    if (err || !made.bytes) return err;
    m->until_key = made.is_key ? KEY_EACH : m->until_key - (m->until_key > 0);
    buf_clear(&m->picture);
    buf_add(&m->picture, made.at, made.bytes);
    m->has_picture = true;
    m->is_key = made.is_key;
    m->picture_ms = m->at_ms;
    return m->picture.err;
}

static enum err percent_tell(struct montage *m)
{
    unsigned percent = (unsigned)(m->at_ms * 100 / (m->length_ms + 1));
    if (percent <= m->percent) return OK;
    m->percent = percent;
    return m->port->told(m->port->ctx, percent);
}

static enum err film_make(struct montage *m)
{
    for (; m->at_ms <= m->length_ms && !m->err; m->at_ms += TICK_MS) {
        for (unsigned i = 0; i < m->order->count && !m->err; i++)
            if (m->sources[i].film) m->err = source_come(m, i);
        if (!m->err && m->at_ms % MONTAGE_PICTURE_MS == 0) m->err = picture_make(m);
        if (!m->err) mixer_tick(m->mixer, on_mixed, m);
        if (!m->err) m->err = percent_tell(m);
    }
    if (!m->err) m->err = picture_put(m);
    if (!m->err) m->err = webm_end(m->film, m->length_ms);
    return m->err ? m->err : recording_end(m->file, m->length_ms);
}

static void montage_done(struct montage *m)
{
    for (unsigned i = 0; i < m->order->count; i++) {
        decoder_free(m->sources[i].decoder);
        webm_read_free(m->sources[i].film);
        recording_close(m->sources[i].file);
    }
    composer_free(m->composer);
    mixer_free(m->mixer);
    webm_free(m->film);
    recording_free(m->file);
    buf_done(&m->picture);
    mem_free(m);
}

enum err montage_make(const struct montage_order *order, const int *fds, const struct montage_port *port,
                      struct digest_value *ret_chain, int64_t *ret_bytes)
{
    struct montage *m = mem_zalloc(sizeof *m);
    if (!m) return ERR_NOMEM;
    m->order = order;
    m->port = port;
    buf_init(&m->picture, WEBM_CLUSTER_BYTES_MAX / 2);
    enum err err = sources_open(m, fds);
    if (!err) err = film_begin(m);
    if (!err) err = film_make(m);
    if (!err) {
        *ret_chain = recording_chain(m->file);
        *ret_bytes = recording_bytes(m->file);
    }
    montage_done(m);
    return err;
}
