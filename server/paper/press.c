/* yunqiao-press: prints one paper (paper/paper_order) as a PDF, in a box: it reads what programs are made of and the fonts, and nothing else;
 * no socket, no other process, so much time and memory. Descriptor 0 is the paper, 1 the PDF. cairo, pango and what they bring (fifty
 * libraries and eight megabytes of memory) are here and not in yunqiaod, as is GLib, which ends its process when memory runs out. */
#include "paper/press.h"
#include "base/ask.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "paper/paper_draw.h"
#include "paper/paper_order.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef YQ_SANITIZED
/* Libraries that are not built under ThreadSanitizer: it does not see their locks and atomics, only what they read and write. Nobody gives the
 * press an environment to say so in. */
const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
    return "race:libfontconfig.so\nrace:libpango\nrace:libcairo.so\nrace:libglib-2.0.so\nrace:libgobject-2.0."
           "so\n"
           "race:libharfbuzz.so\nrace:libfreetype.so\n";
}
#endif

enum { SECONDS = 30, FILES_MAX = 64, PDF_BYTES_MAX = 64 << 20, ARENA_BYTES = 8 << 20 };
#define MEMORY_BYTES (1024LL << 20)

static const char *const readable[] = {
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/var/cache/fontconfig", NULL};

static bool limit(int what, int64_t most)
{
    struct rlimit l = {(rlim_t)most, (rlim_t)most};
    return setrlimit(what, &l) == 0;
}

static bool enter_box(void)
{
    struct sandbox_state state;
    bool ok = sandbox_enter_library(readable, &state) == OK && limit(RLIMIT_CPU, SECONDS) &&
              limit(RLIMIT_FSIZE, PDF_BYTES_MAX) && limit(RLIMIT_NOFILE, FILES_MAX);
#ifndef YQ_SANITIZED /* whose shadow is larger than any limit */
    ok = ok && limit(RLIMIT_AS, MEMORY_BYTES);
#endif
    return ok;
}

static enum err print(struct str order, struct buf *pdf)
{
    struct json *root;
    struct paper paper;
    char head[PRESS_HEAD_BYTES + 1];
    uint32_t pages;
    struct arena *arena = arena_new(ARENA_BYTES);
    enum err err = arena ? paper_order_read(order, arena, &root, &paper) : ERR_NOMEM;
    if (err) return err;
    snprintf(head, sizeof head, "%*s\n", PRESS_HEAD_BYTES - 1, "");
    buf_add(pdf, head, PRESS_HEAD_BYTES);
    err = paper_draw(&paper, pdf, &pages);
    if (err) return err;
    snprintf(head, sizeof head, "%*u\n", PRESS_HEAD_BYTES - 1, pages);
    memcpy(pdf->at, head, PRESS_HEAD_BYTES);
    return OK;
}

static bool write_all(struct str s)
{
    while (s.bytes > 0) {
        ssize_t n = write(1, s.at, s.bytes);
        if (n <= 0) return false;
        s.at += n, s.bytes -= (size_t)n;
    }
    return true;
}

static enum press_end end_of(enum err err)
{
    return err == ERR_BAD_INPUT     ? PRESS_ORDER
           : err == ERR_LIMIT       ? PRESS_LIMIT
           : err == ERR_NOMEM       ? PRESS_NOMEM
           : err == ERR_UNSUPPORTED ? PRESS_NO_FONT
                                    : PRESS_OTHER;
}

/* Ends without taking itself down: what it holds goes with it. */
int main(void)
{
    struct buf order, pdf;
    buf_init(&order, PAPER_ORDER_BYTES_MAX);
    buf_init(&pdf, PDF_BYTES_MAX);
    if (!enter_box()) _exit(PRESS_NO_BOX);
    enum err err = ask_take(0, &order);
    if (!err) err = print(buf_str(&order), &pdf);
    _exit(err ? (int)end_of(err) : write_all(buf_str(&pdf)) ? PRESS_PRINTED : PRESS_OTHER);
}
