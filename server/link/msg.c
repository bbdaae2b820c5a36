#include "link/msg.h"
#include <string.h>

/* The layouts stand in tables, so that writing, reading and checking cannot differ. A field is copied between
 * its place in struct link_msg (or in a list's item) and the next bytes of the body. A list's count is a field
 * of its own: LIST reads and writes it, then the items. */
enum kind { END, NUMBER, ADDRESS, TEXT, BYTES, LIST };

struct field {
    enum kind kind;
    uint16_t offset;
    uint16_t bytes; /* on the wire; of a list's item in memory */
    uint64_t least, most;
    uint16_t items_offset; /* of LIST */
    const struct field *item;
};

#define MEMBER_BYTES(type, member) sizeof(((type *)NULL)->member)
#define PART(type, member, least, most)                                                                      \
    {                                                                                                        \
        NUMBER, offsetof(type, member), MEMBER_BYTES(type, member), least, most, 0, NULL                     \
    }
#define IN(member, least, most) PART(struct link_msg, member, least, most)
#define U8(member) IN(member, 0, UINT8_MAX)
#define U16(member) IN(member, 0, UINT16_MAX)
#define U32(member) IN(member, 0, UINT32_MAX)
#define U64(member) IN(member, 0, UINT64_MAX)
#define ID(member) IN(member, 1, UINT32_MAX)
#define YES(member) IN(member, 0, 1)
#define ADDR(member)                                                                                         \
    {                                                                                                        \
        ADDRESS, offsetof(struct link_msg, member), 19, 0, 0, 0, NULL                                        \
    }
#define WORDS_OF(type, member, least, most)                                                                  \
    {                                                                                                        \
        TEXT, offsetof(type, member), 4, least, most, 0, NULL                                                \
    }
#define RAW(member, least, most)                                                                             \
    {                                                                                                        \
        BYTES, offsetof(struct link_msg, member), 4, least, most, 0, NULL                                    \
    }
#define WORDS(member, least, most) WORDS_OF(struct link_msg, member, least, most)
#define MANY(count, items, item)                                                                             \
    {                                                                                                        \
        LIST, offsetof(struct link_msg, count), sizeof(((struct link_msg *)NULL)->items[0]), 0,              \
            COUNT_OF(((struct link_msg *)NULL)->items), offsetof(struct link_msg, items), item               \
    }

static const struct field participant_fields[] = {{NUMBER, 0, sizeof(uint32_t), 1, UINT32_MAX, 0, NULL}, {0}};
static const struct field bind_fields[] = {PART(struct link_bind, track, 1, UINT32_MAX),
                                           WORDS_OF(struct link_bind, mid, 0, LINK_MID_BYTES_MAX),
                                           {0}};
static const struct field shown_fields[] = {PART(struct link_shown, track, 1, UINT32_MAX),
                                            PART(struct link_shown, sid, 0, 7),
                                            PART(struct link_shown, tid, 0, 7),
                                            PART(struct link_shown, held, 0, LINK_HELDS - 1),
                                            PART(struct link_shown, width, 0, UINT16_MAX),
                                            PART(struct link_shown, height, 0, UINT16_MAX),
                                            PART(struct link_shown, bps, 0, UINT32_MAX),
                                            {0}};

#define FROM(side) (1u << (side))

struct layout {
    const char *name;
    unsigned from;
    struct field fields[16]; /* one more than the most, so that a row ends with END */
};

static const struct layout layouts[LINK_TYPES] = {
    [LINK_HELLO] = {"hello",
                    FROM(LINK_WORKER),
                    {IN(hello.version, 0, UINT16_MAX), IN(hello.index, 0, LINK_INDEX_MAX),
                     IN(hello.pid, 1, INT32_MAX), U8(hello.landlock)}},
    [LINK_CONFIG] = {"config",
                     FROM(LINK_SERVER),
                     {IN(config.version, 0, UINT16_MAX), IN(config.index, 0, LINK_INDEX_MAX),
                      ADDR(config.bind), ADDR(config.announce), IN(config.rooms_max, 1, 100000),
                      IN(config.peers_max, 1, 100000), IN(config.buffer_bytes, 4096, 64 << 20),
                      IN(config.stats_ms, 10, 60000), ADDR(config.turn),
                      IN(config.workers, 1, LINK_INDEX_MAX + 1),
                      WORDS(config.turn_secret, 0, LINK_SECRET_BYTES_MAX), ADDR(config.endpoint),
                      ADDR(config.endpoint_from), IN(config.endpoint_type, 0, 127),
                      RAW(config.endpoint_keys, 0, LINK_ENDPOINT_KEYS_BYTES)}},
    [LINK_READY] = {"ready",
                    FROM(LINK_WORKER),
                    {ADDR(ready.bound), IN(ready.no_new_privileges, 0, 1), IN(ready.seccomp, 0, 1),
                     U8(ready.landlock)}},
    [LINK_PING] = {"ping", FROM(LINK_SERVER), {U64(ping.tick_ms)}},
    [LINK_PONG] = {"pong", FROM(LINK_WORKER), {U64(pong.tick_ms)}},
    [LINK_STATS] = {"stats",
                    FROM(LINK_WORKER),
                    {U64(stats.rss_bytes), U64(stats.cpu_ms), U32(stats.rooms), U32(stats.peers),
                     U64(stats.packets_in), U64(stats.packets_out), U64(stats.bytes_in), U64(stats.bytes_out),
                     U64(stats.packets_dropped)}},
    [LINK_DRAIN] = {"drain", FROM(LINK_SERVER), {U32(drain.wait_ms)}},
    [LINK_BYE] = {"bye", FROM(LINK_SERVER) | FROM(LINK_WORKER), {IN(bye.reason, 1, LINK_REASONS - 1)}},
    [LINK_ROOM_OPEN] = {"room open", FROM(LINK_SERVER), {ID(room_open.room)}},
    [LINK_ROOM_CLOSE] = {"room close", FROM(LINK_SERVER), {ID(room_close.room)}},
    [LINK_ROOM_PRIVATE] = {"room private",
                           FROM(LINK_SERVER),
                           {ID(room_private.room),
                            MANY(room_private.count, room_private.participants, participant_fields)}},
    [LINK_PEER_OFFER] = {"peer offer",
                         FROM(LINK_SERVER),
                         {ID(peer_offer.room), ID(peer_offer.participant), ID(peer_offer.peer),
                          U32(peer_offer.request), IN(peer_offer.kind, 1, LINK_PEER_KINDS - 1),
                          WORDS(peer_offer.sdp, 1, LINK_SDP_BYTES_MAX),
                          MANY(peer_offer.binds.count, peer_offer.binds.at, bind_fields)}},
    [LINK_PEER_COUNTER] = {"peer counter",
                           FROM(LINK_SERVER),
                           {ID(peer_counter.room), ID(peer_counter.participant), ID(peer_counter.peer),
                            U32(peer_counter.request),
                            MANY(peer_counter.binds.count, peer_counter.binds.at, bind_fields)}},
    [LINK_PEER_ACCEPT] = {"peer accept",
                          FROM(LINK_SERVER),
                          {ID(peer_accept.peer), U32(peer_accept.request),
                           WORDS(peer_accept.sdp, 1, LINK_SDP_BYTES_MAX)}},
    [LINK_PEER_PATCH] = {"peer patch",
                         FROM(LINK_SERVER),
                         {ID(peer_patch.peer), U32(peer_patch.request), YES(peer_patch.may_restart),
                          WORDS(peer_patch.sdp, 1, LINK_SDP_BYTES_MAX)}},
    [LINK_PEER_CLOSE] = {"peer close", FROM(LINK_SERVER), {ID(peer_close.peer)}},
    [LINK_TRACK_WATCH] = {"track watch",
                          FROM(LINK_SERVER),
                          {ID(track_watch.peer), ID(track_watch.track), YES(track_watch.is_paused),
                           U8(track_watch.priority), U16(track_watch.width), U16(track_watch.height)}},
    [LINK_TRACK_MUTE] = {"track mute", FROM(LINK_SERVER), {ID(track_mute.track), YES(track_mute.is_muted)}},
    [LINK_CERTIFICATE] = {"certificate",
                          FROM(LINK_SERVER),
                          {WORDS(certificate.chain, 1, LINK_CHAIN_BYTES_MAX),
                           WORDS(certificate.key, 1, LINK_KEY_BYTES_MAX)}},
    [LINK_ICE_ASK] = {"ice ask", FROM(LINK_SERVER), {U32(ice_ask.request), IN(ice_ask.lifetime_s, 1, 86400)}},
    [LINK_ICE_GRANT] = {"ice grant",
                        FROM(LINK_WORKER),
                        {U32(ice_grant.request), WORDS(ice_grant.username, 0, LINK_CREDENTIAL_BYTES_MAX),
                         WORDS(ice_grant.password, 0, LINK_CREDENTIAL_BYTES_MAX)}},
    [LINK_PEER_ANSWER] = {"peer answer",
                          FROM(LINK_WORKER),
                          {ID(peer_answer.peer), U32(peer_answer.request),
                           IN(peer_answer.status, 1, LINK_STATUSES - 1),
                           WORDS(peer_answer.sdp, 0, LINK_SDP_BYTES_MAX),
                           WORDS(peer_answer.why, 0, LINK_WHY_BYTES_MAX)}},
    [LINK_PEER_STATE] = {"peer state",
                         FROM(LINK_WORKER),
                         {ID(peer_state.peer), IN(peer_state.state, 1, LINK_PEER_STATES - 1)}},
    [LINK_TRACK_ADDED] = {"track added",
                          FROM(LINK_WORKER),
                          {ID(track_added.room), ID(track_added.participant), ID(track_added.peer),
                           ID(track_added.track), IN(track_added.kind, 1, LINK_TRACK_KINDS - 1),
                           IN(track_added.codec, 1, LINK_CODECS - 1), IN(track_added.layers, 1, 8),
                           WORDS(track_added.mid, 1, LINK_MID_BYTES_MAX)}},
    [LINK_TRACK_GONE] = {"track gone",
                         FROM(LINK_WORKER),
                         {ID(track_gone.room), ID(track_gone.participant), ID(track_gone.peer),
                          ID(track_gone.track)}},
    [LINK_SPEAKER] = {"speaker",
                      FROM(LINK_WORKER),
                      {ID(speaker.room), U32(speaker.participant), U32(speaker.track)}},
    [LINK_QUALITY] = {"quality",
                      FROM(LINK_WORKER),
                      {ID(quality.peer), U32(quality.rtt_ms), IN(quality.loss_up, 0, 1000),
                       IN(quality.loss_down, 0, 1000), U32(quality.bps_up), U32(quality.bps_down),
                       U32(quality.bps_estimate), MANY(quality.count, quality.shown, shown_fields)}},
    [LINK_TRACK_WANTED] = {"track wanted",
                           FROM(LINK_WORKER),
                           {ID(track_wanted.room), ID(track_wanted.track), IN(track_wanted.layers, 1, 8),
                            YES(track_wanted.is_thin)}},
    [LINK_CODEC_ASK] = {"codec ask", FROM(LINK_WORKER), {{0}}},
    [LINK_CODEC_GIVE] = {"codec give", FROM(LINK_SERVER), {IN(codec_give.part, 1, LINK_CODEC_PARTS - 1)}},
    [LINK_CODEC_GONE] = {"codec gone", FROM(LINK_SERVER), {{0}}},
    [LINK_STILL_ASK] = {"still ask", FROM(LINK_SERVER), {ID(still_ask.request), ID(still_ask.track)}},
    [LINK_STILL_PART] = {"still part",
                         FROM(LINK_WORKER),
                         {ID(still_part.request), IN(still_part.offset, 0, LINK_STILL_BYTES_MAX),
                          RAW(still_part.bytes, 1, LINK_PART_BYTES_MAX)}},
    [LINK_STILL_DONE] = {"still done",
                         FROM(LINK_WORKER),
                         {ID(still_done.request), IN(still_done.status, 1, LINK_STILL_STATUSES - 1),
                          IN(still_done.clock, 0, LINK_CLOCKS - 1),
                          IN(still_done.bytes, 0, LINK_STILL_BYTES_MAX), U16(still_done.width),
                          U16(still_done.height), IN(still_done.at_ms, 0, INT64_MAX)}},
    [LINK_PEER_SAVE] = {"peer save", FROM(LINK_SERVER), {ID(peer_save.peer), YES(peer_save.is_on)}},
    [LINK_PEER_LANE] = {"peer lane",
                        FROM(LINK_SERVER),
                        {ID(peer_lane.peer), IN(peer_lane.lane, 0, LINK_LANES - 1)}},
    [LINK_ENDPOINT] = {"endpoint",
                       FROM(LINK_SERVER),
                       {ID(endpoint.room), ID(endpoint.participant), ID(endpoint.peer)}},
    [LINK_LEG] = {"leg",
                  FROM(LINK_WORKER),
                  {ID(leg.peer), IN(leg.why, 0, LINK_LEG_WHYS - 1), U32(leg.sound), U32(leg.picture)}},
    [LINK_FILM_SET] = {"film set",
                       FROM(LINK_SERVER),
                       {ID(film_set.film), U32(film_set.picture), U32(film_set.sound),
                        IN(film_set.held, 0, LINK_FILM_HELDS - 1),
                        RAW(film_set.key, LINK_FILM_BYTES, LINK_FILM_BYTES)}},
    [LINK_FILM_END] = {"film end", FROM(LINK_SERVER), {ID(film_end.film)}},
    [LINK_FILM_PART] = {"film part",
                        FROM(LINK_WORKER),
                        {ID(film_part.film), U32(film_part.part), IN(film_part.offset, 0, INT64_MAX),
                         RAW(film_part.bytes, 1, LINK_PART_BYTES_MAX)}},
    [LINK_FILM_DONE] = {"film done",
                        FROM(LINK_WORKER),
                        {ID(film_done.film), U32(film_done.part), IN(film_done.bytes, 1, INT64_MAX),
                         RAW(film_done.chain, LINK_FILM_BYTES, LINK_FILM_BYTES)}},
    [LINK_FILM_GONE] = {"film gone", FROM(LINK_WORKER), {ID(film_gone.film)}},
};

static void number_write(uint8_t *to, uint64_t n, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (uint8_t)(n >> (8 * i));
}

static uint64_t number_read(const uint8_t *from, size_t bytes)
{
    uint64_t n = 0;
    for (size_t i = 0; i < bytes; i++)
        n |= (uint64_t)from[i] << (8 * i);
    return n;
}

/* Members are 1, 2, 4 or 8 bytes wide; a bool is a byte that holds 0 or 1. */
static uint64_t member_get(const void *owner, const struct field *f)
{
    const unsigned char *at = (const unsigned char *)owner + f->offset;
    uint16_t n16;
    uint32_t n32;
    uint64_t n64;
    switch (f->bytes) {
    case 1:
        return *at;
    case 2:
        memcpy(&n16, at, sizeof n16);
        return n16;
    case 4:
        memcpy(&n32, at, sizeof n32);
        return n32;
    default:
        memcpy(&n64, at, sizeof n64);
        return n64;
    }
}

static void member_set(void *owner, const struct field *f, uint64_t n)
{
    unsigned char *at = (unsigned char *)owner + f->offset;
    uint16_t n16 = (uint16_t)n;
    uint32_t n32 = (uint32_t)n;
    switch (f->bytes) {
    case 1:
        *at = (unsigned char)n;
        break;
    case 2:
        memcpy(at, &n16, sizeof n16);
        break;
    case 4:
        memcpy(at, &n32, sizeof n32);
        break;
    default:
        memcpy(at, &n, sizeof n);
        break;
    }
}

static bool type_is_known(uint64_t type)
{
    return type > 0 && type < LINK_TYPES;
}

/* What the ranges of single fields cannot say. */
static bool msg_is_whole(const struct link_msg *m)
{
    if (m->type == LINK_CONFIG) return m->config.bind.family != 0;
    if (m->type == LINK_READY) return m->ready.bound.family != 0 && m->ready.bound.port != 0;
    if (m->type == LINK_STILL_DONE) {
        bool is_made = m->still_done.status == LINK_STILL_MADE;
        return is_made == (m->still_done.bytes != 0) && is_made == (m->still_done.clock != 0) &&
               is_made == (m->still_done.width && m->still_done.height) &&
               (is_made || !(m->still_done.width | m->still_done.height | m->still_done.at_ms));
    }
    return true;
}

static uint8_t *address_write(const void *at, uint8_t *to)
{
    struct link_address a;
    memcpy(&a, at, sizeof a);
    ASSERT(link_address_is_valid(&a));
    to[0] = a.family;
    memcpy(to + 1, a.at, 16);
    number_write(to + 17, a.port, 2);
    return to + 19;
}

static uint8_t *text_write(const void *at, const struct field *f, uint8_t *to)
{
    struct str text;
    memcpy(&text, at, sizeof text);
    ASSERT(text.bytes >= f->least && text.bytes <= f->most);
    number_write(to, text.bytes, 4);
    if (text.bytes) memcpy(to + 4, text.at, text.bytes);
    return to + 4 + text.bytes;
}

static uint8_t *fields_write(const void *owner, const struct field *f, uint8_t *to);

static uint8_t *list_write(const void *owner, const struct field *f, uint8_t *to)
{
    const unsigned char *items = (const unsigned char *)owner + f->items_offset;
    uint16_t count;
    memcpy(&count, (const unsigned char *)owner + f->offset, sizeof count);
    ASSERT(count <= f->most);
    number_write(to, count, 2);
    to += 2;
    for (uint16_t i = 0; i < count; i++)
        to = fields_write(items + (size_t)i * f->bytes, f->item, to);
    return to;
}

static uint8_t *number_field_write(const void *owner, const struct field *f, uint8_t *to)
{
    uint64_t n = member_get(owner, f);
    ASSERT(n >= f->least && n <= f->most);
    number_write(to, n, f->bytes);
    return to + f->bytes;
}

static uint8_t *fields_write(const void *owner, const struct field *f, uint8_t *to)
{
    for (; f->kind != END; f++) {
        const unsigned char *at = (const unsigned char *)owner + f->offset;
        if (f->kind == ADDRESS)
            to = address_write(at, to);
        else if (f->kind == TEXT || f->kind == BYTES)
            to = text_write(at, f, to);
        else if (f->kind == LIST)
            to = list_write(owner, f, to);
        else
            to = number_field_write(owner, f, to);
    }
    return to;
}

/* What is left of the bytes that are read. */
struct source {
    const uint8_t *at, *end;
};

static bool source_has(const struct source *s, size_t bytes)
{
    return (size_t)(s->end - s->at) >= bytes;
}

static bool number_field_read(void *owner, const struct field *f, struct source *s)
{
    if (!source_has(s, f->bytes)) return false;
    uint64_t n = number_read(s->at, f->bytes);
    s->at += f->bytes;
    if (n < f->least || n > f->most) return false;
    member_set(owner, f, n);
    return true;
}

static bool address_read(void *owner, const struct field *f, struct source *s)
{
    if (!source_has(s, 19)) return false;
    struct link_address a = {.family = s->at[0], .port = (uint16_t)number_read(s->at + 17, 2)};
    memcpy(a.at, s->at + 1, 16);
    s->at += 19;
    if (!link_address_is_valid(&a)) return false;
    memcpy((unsigned char *)owner + f->offset, &a, sizeof a);
    return true;
}

static bool text_read(void *owner, const struct field *f, struct source *s)
{
    if (!source_has(s, 4)) return false;
    struct str text = {(const char *)s->at + 4, (size_t)number_read(s->at, 4)};
    s->at += 4;
    if (text.bytes < f->least || text.bytes > f->most || !source_has(s, text.bytes)) return false;
    if (f->kind == TEXT && !str_is_utf8(text)) return false;
    s->at += text.bytes;
    memcpy((unsigned char *)owner + f->offset, &text, sizeof text);
    return true;
}

static bool fields_read(void *owner, const struct field *f, struct source *s);

static bool list_read(void *owner, const struct field *f, struct source *s)
{
    unsigned char *items = (unsigned char *)owner + f->items_offset;
    if (!source_has(s, 2)) return false;
    uint16_t count = (uint16_t)number_read(s->at, 2);
    s->at += 2;
    if (count > f->most) return false;
    for (uint16_t i = 0; i < count; i++)
        if (!fields_read(items + (size_t)i * f->bytes, f->item, s)) return false;
    memcpy((unsigned char *)owner + f->offset, &count, sizeof count);
    return true;
}

static bool fields_read(void *owner, const struct field *f, struct source *s)
{
    static bool (*const read[])(void *, const struct field *,
                                struct source *) = {[NUMBER] = number_field_read,
                                                    [ADDRESS] = address_read,
                                                    [TEXT] = text_read,
                                                    [BYTES] = text_read,
                                                    [LIST] = list_read};
    for (; f->kind != END; f++)
        if (!read[f->kind](owner, f, s)) return false;
    return true;
}

size_t link_msg_encode(const struct link_msg *m, uint8_t ret_bytes[LINK_BYTES_MAX])
{
    ASSERT(type_is_known(m->type));
    ASSERT(msg_is_whole(m));
    const struct layout *l = &layouts[m->type];
    const uint8_t *to = fields_write(m, l->fields, ret_bytes + LINK_HEAD_BYTES);
    size_t bytes = (size_t)(to - ret_bytes);
    ASSERT(bytes <= LINK_BYTES_MAX);
    ret_bytes[0] = 'Y';
    ret_bytes[1] = 'q';
    number_write(ret_bytes + 2, m->type, 2);
    number_write(ret_bytes + 4, bytes - LINK_HEAD_BYTES, 4);
    return bytes;
}

/* HELLO and CONFIG begin with the version, whatever else a version does to them. */
static bool is_other_version(uint64_t type, const uint8_t *body, size_t bytes)
{
    if (type != LINK_HELLO && type != LINK_CONFIG) return false;
    return bytes >= 2 && number_read(body, 2) != LINK_VERSION;
}

enum err link_msg_decode(const void *bytes, size_t bytes_n, enum link_side from, struct link_msg *ret_msg)
{
    const uint8_t *at = bytes;
    struct link_msg m = {0};
    if (bytes_n < LINK_HEAD_BYTES || bytes_n > LINK_BYTES_MAX || at[0] != 'Y' || at[1] != 'q')
        return ERR_BAD_INPUT;
    uint64_t type = number_read(at + 2, 2);
    size_t body_n = bytes_n - LINK_HEAD_BYTES;
    if (!type_is_known(type) || number_read(at + 4, 4) != body_n) return ERR_BAD_INPUT;
    const struct layout *l = &layouts[type];
    if (!(l->from & FROM(from))) return ERR_BAD_INPUT;
    struct source s = {at + LINK_HEAD_BYTES, at + bytes_n};
    if (is_other_version(type, s.at, body_n)) return ERR_UNSUPPORTED;
    m.type = (enum link_type)type;
    if (!fields_read(&m, l->fields, &s) || s.at != s.end) return ERR_BAD_INPUT;
    if (!msg_is_whole(&m)) return ERR_BAD_INPUT;
    *ret_msg = m;
    return OK;
}

const char *link_type_text(enum link_type type)
{
    return type_is_known(type) ? layouts[type].name : "unknown";
}

const char *link_reason_text(uint16_t reason)
{
    static const char *const texts[LINK_REASONS] = {
        [LINK_BYE_DRAINED] = "drained",
        [LINK_BYE_VERSION] = "other version",
        [LINK_BYE_BAD_MESSAGE] = "bad message",
        [LINK_BYE_PORT_TAKEN] = "port taken",
        [LINK_BYE_ADDRESS_ABSENT] = "address absent",
        [LINK_BYE_SANDBOX] = "sandbox failed",
        [LINK_BYE_INTERNAL] = "out of memory or descriptors",
    };
    return reason > 0 && reason < LINK_REASONS ? texts[reason] : "unknown reason";
}

const char *link_status_text(uint8_t status)
{
    static const char *const texts[LINK_STATUSES] = {
        [LINK_DONE] = "done",     [LINK_MALFORMED] = "malformed",       [LINK_REFUSED] = "refused",
        [LINK_ABSENT] = "absent", [LINK_PRECONDITION] = "precondition", [LINK_FULL] = "full",
    };
    return status > 0 && status < LINK_STATUSES ? texts[status] : "unknown status";
}
