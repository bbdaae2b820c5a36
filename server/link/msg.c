#include "link/msg.h"
#include <string.h>

/* The layouts stand in tables, so that writing, reading and checking cannot differ. A field is copied between
 * its place in struct link_msg and the next bytes of the body. */
enum kind { END, NUMBER, ADDRESS };

struct field {
    enum kind kind;
    uint16_t offset;
    uint8_t bytes;
    uint64_t least, most;
};

#define MEMBER_BYTES(member) sizeof(((struct link_msg *)NULL)->member)
#define IN(member, least, most)                                                                              \
    {                                                                                                        \
        NUMBER, offsetof(struct link_msg, member), MEMBER_BYTES(member), least, most                         \
    }
#define U8(member) IN(member, 0, UINT8_MAX)
#define U32(member) IN(member, 0, UINT32_MAX)
#define U64(member) IN(member, 0, UINT64_MAX)
#define ADDR(member)                                                                                         \
    {                                                                                                        \
        ADDRESS, offsetof(struct link_msg, member), 19, 0, 0                                                 \
    }

#define FROM(side) (1u << (side))

struct layout {
    const char *name;
    unsigned from;
    struct field fields[10]; /* one more than the most, so that a row ends with END */
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
                      IN(config.stats_ms, 10, 60000)}},
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
static uint64_t member_get(const struct link_msg *m, const struct field *f)
{
    const unsigned char *at = (const unsigned char *)m + f->offset;
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

static void member_set(struct link_msg *m, const struct field *f, uint64_t n)
{
    unsigned char *at = (unsigned char *)m + f->offset;
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

static size_t body_bytes(const struct layout *l)
{
    size_t n = 0;
    for (const struct field *f = l->fields; f->kind != END; f++)
        n += f->bytes;
    return n;
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
    return true;
}

static void field_write(const struct link_msg *m, const struct field *f, uint8_t *to)
{
    if (f->kind == ADDRESS) {
        struct link_address a;
        memcpy(&a, (const unsigned char *)m + f->offset, sizeof a);
        ASSERT(link_address_is_valid(&a));
        to[0] = a.family;
        memcpy(to + 1, a.at, 16);
        number_write(to + 17, a.port, 2);
        return;
    }
    uint64_t n = member_get(m, f);
    ASSERT(n >= f->least && n <= f->most);
    number_write(to, n, f->bytes);
}

static bool field_read(struct link_msg *m, const struct field *f, const uint8_t *from)
{
    if (f->kind == ADDRESS) {
        struct link_address a = {.family = from[0], .port = (uint16_t)number_read(from + 17, 2)};
        memcpy(a.at, from + 1, 16);
        if (!link_address_is_valid(&a)) return false;
        memcpy((unsigned char *)m + f->offset, &a, sizeof a);
        return true;
    }
    uint64_t n = number_read(from, f->bytes);
    if (n < f->least || n > f->most) return false;
    member_set(m, f, n);
    return true;
}

size_t link_msg_encode(const struct link_msg *m, uint8_t ret_bytes[LINK_BYTES_MAX])
{
    ASSERT(type_is_known(m->type));
    ASSERT(msg_is_whole(m));
    const struct layout *l = &layouts[m->type];
    uint8_t *to = ret_bytes + LINK_HEAD_BYTES;
    for (const struct field *f = l->fields; f->kind != END; to += f->bytes, f++)
        field_write(m, f, to);
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
    at += LINK_HEAD_BYTES;
    if (is_other_version(type, at, body_n)) return ERR_UNSUPPORTED;
    if (body_bytes(l) != body_n) return ERR_BAD_INPUT;
    m.type = (enum link_type)type;
    for (const struct field *f = l->fields; f->kind != END; at += f->bytes, f++)
        if (!field_read(&m, f, at)) return ERR_BAD_INPUT;
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
