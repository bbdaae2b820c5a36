#include "registry/mllp.h"

enum { BETWEEN, INSIDE, ENDING }; /* ENDING: 0x1C was seen */
enum { START = 0x0B, END = 0x1C, RETURN = 0x0D };

void mllp_init(struct mllp *m)
{
    *m = (struct mllp){.state = BETWEEN};
    buf_init(&m->message, MLLP_BYTES_MAX);
}

void mllp_done(struct mllp *m)
{
    buf_done(&m->message);
}

static enum err between(struct mllp *m, char c)
{
    if (c == START) {
        buf_clear(&m->message);
        m->state = INSIDE;
        m->stray = 0;
        return OK;
    }
    if (c == '\r' || c == '\n') return OK;
    return ++m->stray > MLLP_STRAY_MAX ? ERR_BAD_INPUT : OK;
}

/* All up to the next byte that means something. */
static enum err inside(struct mllp *m, struct str *rest)
{
    const char *end = memchr(rest->at, END, rest->bytes), *again = memchr(rest->at, START, rest->bytes);
    size_t n = end ? (size_t)(end - rest->at) : rest->bytes;
    if (again && (size_t)(again - rest->at) < n)
        return ERR_BAD_INPUT; /* a frame in a frame: an end was lost */
    buf_add(&m->message, rest->at, n);
    if (m->message.err) return m->message.err;
    rest->at += n;
    rest->bytes -= n;
    if (end) {
        rest->at++;
        rest->bytes--;
        m->state = ENDING;
    }
    return OK;
}

enum err mllp_take(struct mllp *m, struct str *rest, bool *ret_is_whole)
{
    *ret_is_whole = false;
    while (rest->bytes) {
        enum err err = OK;
        if (m->state == INSIDE) {
            err = inside(m, rest);
            if (err) return err;
            continue;
        }
        char c = *rest->at++;
        rest->bytes--;
        if (m->state == ENDING) {
            if (c != RETURN) return ERR_BAD_INPUT;
            m->state = BETWEEN;
            *ret_is_whole = true;
            return OK;
        }
        err = between(m, c);
        if (err) return err;
    }
    return OK;
}

bool mllp_is_between(const struct mllp *m)
{
    return m->state == BETWEEN;
}

void mllp_frame(struct buf *to, struct str message)
{
    buf_add_char(to, START);
    buf_add_str(to, message);
    buf_add_char(to, END);
    buf_add_char(to, RETURN);
}
