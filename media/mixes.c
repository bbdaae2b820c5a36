#include "media/mixes.h"
#include "base/mem.h"
#include "media/compose.h"
#include "media/mixer.h"

_Static_assert((int)MIXER_LANES == (int)CODEC_LANES_MAX, "a message names no lane that is not there");

enum {
    SOUNDS_MAX = MIXER_SOURCES_MAX * 2,
    BEHIND_US = 200000 /* what is later than this is not made up for */
};

struct room {
    uint32_t id; /* 0: free */
    unsigned users;
    struct mixer *mixer;
};

struct sound {
    uint32_t id; /* 0: free */
    struct room *room;
};

struct leg {
    uint32_t id; /* 0: free */
    struct leg_msg is;
    struct room *room;
    struct composer *composer; /* NULL: no picture */
    bool is_key_wanted;
    int64_t picture_us; /* when the next is due */
};

struct mixes {
    struct mixes_port port;
    struct room rooms[MIXES_ROOMS_MAX];
    struct sound sounds[SOUNDS_MAX];
    struct leg legs[MIXES_LEGS_MAX];
    int64_t tick_us; /* of the next; 0: none was */
    enum err said;   /* of the mixes of this tick */
};

struct mixes *mixes_new(const struct mixes_port *port)
{
    struct mixes *m = mem_zalloc(sizeof *m);
    if (m) m->port = *port;
    return m;
}

/* -- rooms: there while anything of them is -- */

static struct room *room_use(struct mixes *m, uint32_t id)
{
    struct room *free = NULL;
    for (unsigned i = 0; i < MIXES_ROOMS_MAX; i++) {
        struct room *r = &m->rooms[i];
        if (r->id == id) {
            r->users++;
            return r;
        }
        if (!r->id && !free) free = r;
    }
    struct mixer *mixer = free ? mixer_new() : NULL;
    if (!mixer) return NULL;
    *free = (struct room){id, 1, mixer};
    return free;
}

static void room_leave(struct room *r)
{
    if (--r->users > 0) return;
    mixer_free(r->mixer);
    *r = (struct room){0};
}

/* -- sounds -- */

static struct sound *sound_find(struct mixes *m, uint32_t id) /* 0: a free place */
{
    for (unsigned i = 0; i < SOUNDS_MAX; i++)
        if (m->sounds[i].id == id) return &m->sounds[i];
    return NULL;
}

void mixes_open(struct mixes *m, const struct codec_msg *open)
{
    struct sound *s = sound_find(m, 0);
    if (!s || sound_find(m, open->id)) return;
    struct room *r = room_use(m, open->n);
    if (!r) return;
    if (mixer_source_open(r->mixer, open->id, open->stamp, open->width) == OK)
        *s = (struct sound){open->id, r};
    else
        room_leave(r);
}

bool mixes_packet(struct mixes *m, const struct codec_msg *p)
{
    struct sound *s = sound_find(m, p->id);
    if (s) mixer_packet(s->room->mixer, p->id, (uint16_t)p->n, p->stamp, p->body, p->body_bytes);
    return s != NULL;
}

static void sound_close(struct sound *s)
{
    mixer_source_close(s->room->mixer, s->id);
    room_leave(s->room);
    *s = (struct sound){0};
}

/* -- legs -- */

static struct leg *leg_find(struct mixes *m, uint32_t id) /* 0: a free place */
{
    for (unsigned i = 0; i < MIXES_LEGS_MAX; i++)
        if (m->legs[i].id == id) return &m->legs[i];
    return NULL;
}

static void leg_close(struct leg *l)
{
    mixer_listener_close(l->room->mixer, l->id);
    composer_free(l->composer);
    room_leave(l->room);
    *l = (struct leg){0};
}

static struct leg *leg_open(struct mixes *m, uint32_t id, const struct leg_msg *is)
{
    struct leg *l = leg_find(m, 0);
    struct room *r = l ? room_use(m, is->room) : NULL;
    struct mixer_listener listener = {id, is->person, is->lane, is->sound_bps};
    if (!r) return NULL;
    if (mixer_listener_open(r->mixer, &listener) != OK) {
        room_leave(r);
        return NULL;
    }
    *l = (struct leg){.id = id, .room = r};
    return l;
}

/* Of another size it is another encoder. */
static void picture_set(struct leg *l, const struct leg_msg *is)
{
    bool fits = l->composer && is->picture_bps && l->is.width == is->width && l->is.height == is->height;
    if (!fits) {
        composer_free(l->composer);
        l->composer = NULL;
        l->picture_us = 0;
    }
    if (!is->picture_bps) return;
    if (!l->composer && composer_new(is->width, is->height, &l->composer) != OK)
        l->composer = NULL; /* the sound alone */
    if (l->composer) composer_rate(l->composer, is->picture_bps);
}

enum err mixes_leg(struct mixes *m, const struct codec_msg *msg)
{
    struct leg_msg is;
    enum err err = leg_msg_read(msg->body, msg->body_bytes, &is);
    if (err) return err;
    struct leg *l = leg_find(m, msg->id);
    if (l && l->is.room != is.room) return ERR_BAD_INPUT;
    if (!l) l = leg_open(m, msg->id, &is);
    if (!l) return OK;
    picture_set(l, &is);
    mixer_listener_lane(l->room->mixer, l->id, is.lane);
    mixer_listener_rate(l->room->mixer, l->id, is.sound_bps, is.lost);
    l->is = is;
    return OK;
}

void mixes_key(struct mixes *m, uint32_t leg)
{
    struct leg *l = leg_find(m, leg);
    if (l) l->is_key_wanted = true;
}

bool mixes_close(struct mixes *m, uint32_t id)
{
    struct sound *s = sound_find(m, id);
    struct leg *l = s ? NULL : leg_find(m, id);
    if (s) sound_close(s);
    if (l) leg_close(l);
    return s || l;
}

void mixes_free(struct mixes *m)
{
    if (!m) return;
    for (unsigned i = 0; i < SOUNDS_MAX; i++)
        if (m->sounds[i].id) sound_close(&m->sounds[i]);
    for (unsigned i = 0; i < MIXES_LEGS_MAX; i++)
        if (m->legs[i].id) leg_close(&m->legs[i]);
    mem_free(m);
}

bool mixes_has(const struct mixes *m)
{
    for (unsigned i = 0; i < MIXES_LEGS_MAX; i++)
        if (m->legs[i].id) return true;
    return false;
}

/* -- by the clock -- */

static void heard(void *ctx, const struct mixer_heard *h)
{
    struct mixes *m = ctx;
    struct codec_msg said = {
        .type = CODEC_MIXED, .id = h->listener, .stamp = h->stamp, .body = h->at, .body_bytes = h->bytes};
    if (!m->said) m->said = m->port.say(m->port.ctx, &said);
}

static enum err tick(struct mixes *m)
{
    m->said = OK;
    for (unsigned i = 0; i < MIXES_ROOMS_MAX; i++)
        if (m->rooms[i].id) mixer_tick(m->rooms[i].mixer, heard, m);
    return m->said;
}

static enum err picture_say(struct mixes *m, struct leg *l, int64_t now_us)
{
    struct picture pictures[COMPOSE_PICTURES_MAX];
    const struct picture *shown[COMPOSE_PICTURES_MAX];
    struct composed c;
    bool has_any = false;
    for (unsigned i = 0; i < l->is.count; i++) {
        bool is_there = m->port.picture(m->port.ctx, l->is.streams[i], &pictures[i]);
        shown[i] = is_there ? &pictures[i] : NULL;
        has_any |= is_there;
    }
    if (!has_any) return OK; /* until then he has what is forwarded */
    if (composer_make(l->composer, shown, l->is.count, l->is_key_wanted, now_us, &c) != OK || c.bytes == 0)
        return OK;
    if (c.bytes > CODEC_BODY_BYTES_MAX) { /* what follows it could not be decoded */
        l->is_key_wanted = true;
        return OK;
    }
    if (c.is_key) l->is_key_wanted = false;
    struct codec_msg said = {.type = CODEC_COMPOSED,
                             .id = l->id,
                             .stamp = (uint32_t)(now_us * 9 / 100), /* 90 kHz */
                             .flags = c.is_key ? CODEC_MARKED : 0,
                             .body = c.at,
                             .body_bytes = c.bytes};
    return m->port.say(m->port.ctx, &said);
}

static enum err pictures_turn(struct mixes *m, int64_t now_us)
{
    enum err err = OK;
    for (unsigned i = 0; i < MIXES_LEGS_MAX && !err; i++) {
        struct leg *l = &m->legs[i];
        if (!l->id || !l->composer || now_us < l->picture_us) continue;
        int64_t step_us = 1000000 / l->is.a_second;
        l->picture_us = l->picture_us + step_us > now_us ? l->picture_us + step_us : now_us + step_us;
        err = picture_say(m, l, now_us);
    }
    return err;
}

/* Pictures come with a tick, behind the sound. */
enum err mixes_turn(struct mixes *m, int64_t now_us, int64_t *ret_due_us)
{
    enum err err = OK;
    *ret_due_us = INT64_MAX;
    if (!mixes_has(m)) {
        m->tick_us = 0;
        return OK;
    }
    if (m->tick_us == 0 || now_us - m->tick_us > BEHIND_US) m->tick_us = now_us;
    while (m->tick_us <= now_us && !err) {
        m->tick_us += MIXES_TICK_US;
        err = tick(m);
    }
    if (!err) err = pictures_turn(m, now_us);
    *ret_due_us = m->tick_us;
    return err;
}
