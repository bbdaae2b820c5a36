#include "media/codec_link.h"
#include "base/log.h"
#include "base/mem.h"
#include "link/msg.h"
#include <sys/epoll.h>
#include <unistd.h>

enum state { NONE, ASKED, OPEN };

struct codec_link {
    struct loop *loop;
    struct codec_link_settings settings;
    enum state state;
    uint8_t next_part;
    struct ring_pair rings;
    int bell; /* the child's */
    struct watch own_bell;
    uint8_t message[RING_MESSAGE_BYTES_MAX];
};

static void on_bell(struct watch *watch, uint32_t events)
{
    struct codec_link *c = list_of(watch, struct codec_link, own_bell);
    uint64_t rings;
    (void)events;
    if (read(watch->fd, &rings, sizeof rings) < 0) return; /* rung for nothing */
    codec_link_hear(c);
}

struct codec_link *codec_link_new(struct loop *loop, const struct codec_link_settings *settings)
{
    struct codec_link *c = mem_zalloc(sizeof *c);
    if (!c) return NULL;
    c->loop = loop;
    c->settings = *settings;
    c->bell = -1;
    c->own_bell = (struct watch){-1, EPOLLIN, on_bell};
    return c;
}

static void let_go(struct codec_link *c)
{
    if (c->own_bell.fd >= 0) {
        loop_unwatch(c->loop, &c->own_bell);
        close(c->own_bell.fd);
    }
    if (c->bell >= 0) close(c->bell);
    c->bell = c->own_bell.fd = -1;
    ring_close(&c->rings);
    c->state = NONE;
}

void codec_link_free(struct codec_link *c)
{
    if (!c) return;
    let_go(c);
    mem_free(c);
}

bool codec_link_is_open(const struct codec_link *c)
{
    return c->state == OPEN;
}

void codec_link_want(struct codec_link *c)
{
    if (c->state != NONE) return;
    c->state = ASKED;
    c->next_part = LINK_CODEC_RINGS;
    c->settings.ask(c->settings.owner);
}

static enum err part_take(struct codec_link *c, uint8_t part, int fd)
{
    enum err err = OK;
    if (part == LINK_CODEC_RINGS) {
        err = ring_open(fd, RING_WORKER, &c->rings);
        close(fd);
    } else if (part == LINK_CODEC_BELL) {
        c->bell = fd;
    } else {
        c->own_bell.fd = fd;
        err = loop_watch(c->loop, &c->own_bell);
    }
    return err;
}

enum err codec_link_give(struct codec_link *c, uint8_t part, int fd)
{
    if (c->state != ASKED || part != c->next_part) {
        close(fd);
        return ERR_BAD_INPUT;
    }
    enum err err = part_take(c, part, fd);
    if (err) {
        let_go(c);
        return err;
    }
    c->next_part++;
    if (part != LINK_CODEC_OWN_BELL) return OK;
    c->state = OPEN;
    c->settings.moved(c->settings.owner, true);
    return OK;
}

void codec_link_gone(struct codec_link *c)
{
    let_go(c);
    c->settings.moved(c->settings.owner, false);
}

void codec_link_break(struct codec_link *c)
{
    log_warn("codec", "nonsense");
    codec_link_gone(c);
}

enum err codec_link_room(struct codec_link *c, size_t bytes, size_t messages)
{
    if (c->state != OPEN) return ERR_CLOSED;
    enum err err = ring_room(&c->rings.out, bytes + messages * CODEC_HEAD_BYTES, messages);
    if (err != ERR_CORRUPT) return err;
    codec_link_break(c);
    return ERR_CLOSED;
}

enum err codec_link_say(struct codec_link *c, const struct codec_msg *m)
{
    if (c->state != OPEN) return ERR_CLOSED;
    enum err err = codec_msg_put(&c->rings.out, m);
    if (err != ERR_CORRUPT) return err;
    codec_link_break(c);
    return ERR_CLOSED;
}

void codec_link_wake(struct codec_link *c)
{
    static const uint64_t one = 1;
    if (c->state == OPEN && write(c->bell, &one, sizeof one) < 0) return; /* it has rung often enough */
}

void codec_link_hear(struct codec_link *c)
{
    struct codec_msg m;
    size_t n;
    bool has_heard = false;
    while (c->state == OPEN && c->settings.may_hear(c->settings.owner)) {
        enum err err = ring_take(&c->rings.in, c->message, &n);
        if (err == ERR_NOT_FOUND) break;
        if (!err) err = codec_msg_read(c->message, n, RING_WORKER, &m);
        if (err) {
            codec_link_break(c);
            return;
        }
        has_heard = true;
        c->settings.heard(c->settings.owner, &m);
    }
    if (has_heard) codec_link_wake(c); /* there is room again */
}
