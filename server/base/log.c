#include "base/log.h"
#include "base/clock.h"
#include "base/str.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES = 4096, VALUE_BYTES = 512, KINDS = 64, LINES_A_SECOND = 20 };

static _Atomic int least = LOG_INFO, out_fd = 2;
static _Atomic uint64_t counts[LOG_ERROR + 1];
static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* How often each (part, event) was seen in this second. The literals' addresses are the key; a full or shared
 * place only means that a line is limited together with another. */
struct kind {
    const char *part, *event;
    int64_t second;
    uint32_t lines, held;
};
static struct kind kinds[KINDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* kinds, and whole lines */

struct line {
    char at[LINE_BYTES];
    size_t bytes;
};

void log_level_set(enum log_level level)
{
    atomic_store(&least, (int)level);
}

void log_to(int fd)
{
    atomic_store(&out_fd, fd);
}

uint64_t log_count(enum log_level level)
{
    return atomic_load_explicit(&counts[level], memory_order_relaxed);
}

static void line_add(struct line *l, const char *text, size_t bytes)
{
    size_t room = LINE_BYTES - 1 - l->bytes;
    if (bytes > room) bytes = room;
    memcpy(l->at + l->bytes, text, bytes);
    l->bytes += bytes;
}

static void line_add_text(struct line *l, const char *text)
{
    line_add(l, text, strlen(text));
}

static int is_plain(const char *text)
{
    if (!*text) return 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p <= ' ' || *p == '"' || *p == '\\' || *p == '=' || *p == 0x7f) return 0;
    return 1;
}

static void line_add_value(struct line *l, const char *text)
{
    size_t bytes = 0; /* no strnlen: gcc 12 warns of it where text may be "" */
    while (bytes < VALUE_BYTES && text[bytes])
        bytes++;
    if (is_plain(text)) {
        line_add(l, text, bytes);
        return;
    }
    line_add(l, "\"", 1);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        char escaped[8];
        if (c == '"' || c == '\\')
            line_add(l, (char[]){'\\', (char)c}, 2);
        else if (c < ' ' || c == 0x7f)
            line_add(l, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\x%02x", c));
        else
            line_add(l, text + i, 1);
    }
    line_add(l, "\"", 1);
}

static void line_add_number(struct line *l, const struct log_field *f)
{
    char digits[24];
    int n = f->kind == LOG_FIELD_SIGNED
                ? snprintf(digits, sizeof digits, "%lld", (long long)f->number)
                : snprintf(digits, sizeof digits, "%llu", (unsigned long long)f->number);
    line_add(l, digits, (size_t)n);
}

static struct kind *kind_of(const char *part, const char *event)
{
    uintptr_t h = ((uintptr_t)part ^ (uintptr_t)event * 31u) >> 3;
    struct kind *k = &kinds[h % KINDS];
    if (k->part != part || k->event != event) *k = (struct kind){.part = part, .event = event};
    return k;
}

/* Under the lock. False: held back; *ret_held tells how many were, when a new second begins. */
static int may_print(const char *part, const char *event, int64_t second, uint32_t *ret_held)
{
    struct kind *k = kind_of(part, event);
    *ret_held = 0;
    if (k->second != second) {
        *ret_held = k->held;
        k->second = second;
        k->lines = k->held = 0;
    }
    if (k->lines >= LINES_A_SECOND) {
        k->held++;
        return 0;
    }
    k->lines++;
    return 1;
}

void log_line(enum log_level level, const char *part, const char *event, const struct log_field *fields)
{
    struct line l = {.bytes = 0};
    char now[INSTANT_TEXT_BYTES];
    uint32_t held;
    atomic_fetch_add_explicit(&counts[level], 1, memory_order_relaxed);
    if ((int)level < atomic_load_explicit(&least, memory_order_relaxed)) return;
    struct instant at = clock_now();
    instant_text(at, now);
    pthread_mutex_lock(&lock);
    if (may_print(part, event, at.ms / 1000, &held)) {
        const char *head[] = {"ts=", now, " level=", level_names[level], " part=", part, " event=", event};
        for (size_t i = 0; i < COUNT_OF(head); i++)
            line_add_text(&l, head[i]);
        for (; fields && fields->key; fields++) {
            line_add(&l, " ", 1);
            line_add_text(&l, fields->key);
            line_add(&l, "=", 1);
            if (fields->kind == LOG_FIELD_TEXT)
                line_add_value(&l, fields->text ? fields->text : "");
            else
                line_add_number(&l, fields);
        }
        if (held) {
            struct log_field f = LOG_U("held_back", held);
            line_add_text(&l, " held_back=");
            line_add_number(&l, &f);
        }
        l.at[l.bytes++] = '\n';
        ssize_t n = write(atomic_load(&out_fd), l.at, l.bytes);
        (void)n; /* a log that cannot be written has nowhere to say so */
    }
    pthread_mutex_unlock(&lock);
}
