#include "paper/paper.h"
#include "base/ask.h"
#include "base/log.h"
#include "paper/paper_order.h"
#include "paper/press.h"
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 45000 };

struct paper_block *paper_add(struct paper *p, struct arena *arena, enum paper_kind kind, struct str cell)
{
    if (p->count >= PAPER_BLOCKS_MAX) return NULL;
    struct paper_block *b = arena_zalloc(arena, sizeof *b);
    if (!b) return NULL;
    b->kind = kind;
    b->cells[0] = cell;
    *(p->last ? &p->last->next : &p->first) = b;
    p->last = b;
    p->count++;
    return b;
}

static enum err order(const struct paper *p, int *ret_fd)
{
    struct buf text;
    buf_init(&text, PAPER_ORDER_BYTES_MAX);
    enum err err = paper_order_write(p, &text);
    if (!err) err = ask_memory("paper", buf_str(&text), ret_fd);
    buf_done(&text);
    return err;
}

static enum err end_of(int status)
{
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGXCPU ? ERR_TIMEOUT : ERR_NOMEM; /* GLib aborts */
    switch (WEXITSTATUS(status)) {
    case PRESS_PRINTED:
        return OK;
    case PRESS_LIMIT:
        return ERR_LIMIT;
    case PRESS_NOMEM:
        return ERR_NOMEM;
    case PRESS_NO_FONT:
    case PRESS_NO_BOX:
        return ERR_UNSUPPORTED;
    default:
        return ERR_IO;
    }
}

/* The number of pages and a newline, and the file after it. */
static enum err take(int fd, struct buf *to, uint32_t *ret_pages)
{
    char head[PRESS_HEAD_BYTES];
    uint64_t pages;
    if (pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head) return ERR_CORRUPT;
    if (!str_to_u64(str_trim((struct str){head, sizeof head - 1}), &pages) || pages > PAPER_PAGES_MAX)
        return ERR_CORRUPT;
    size_t before = to->bytes;
    enum err err = ask_take(fd, to);
    if (err) return err;
    to->bytes -= sizeof head;
    memmove(to->at + before, to->at + before + sizeof head, to->bytes - before);
    *ret_pages = (uint32_t)pages;
    return OK;
}

enum err paper_pdf(const char *press, const struct paper *p, struct buf *to, uint32_t *ret_pages)
{
    char *const argv[] = {(char[]){"yunqiao-press"}, NULL};
    int question, out, status;
    enum err err = order(p, &question);
    if (err) return err;
    err = ask_program(press, argv, question, WAIT_MS, &out, &status);
    close(question);
    if (err) return err == ERR_NOT_FOUND ? ERR_UNSUPPORTED : err;
    err = end_of(status);
    if (err)
        log_warn("paper", "press_ended", LOG_T("how", WIFSIGNALED(status) ? "signal" : "exit"),
                 LOG_I("code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
    if (!err) err = take(out, to, ret_pages);
    close(out);
    return err;
}
