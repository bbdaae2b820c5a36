#include "imaging/tool.h"
#include "base/ask.h"
#include "base/mem.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BLOCK = 65536,
    ARGS_MAX = 24,
    SECONDS = 30,
    MEMORY_MIB = 1024,
    WAIT_MS = 45000,
    EXIT_NO_BOX = 125,
    EXIT_ABSENT = 127
};
enum { JSON_MIB = 64, PICTURE_MIB = 256, OBJECT_MIB = 512 };

/* -- memory files -- */

static enum err write_all(int fd, const char *from, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(fd, from, bytes);
        if (n < 0) return err_from_errno(errno);
        from += n, bytes -= (size_t)n;
    }
    return OK;
}

static enum err copy_stretch(int fd, const struct source *from, struct dicom_stretch s, char *block)
{
    enum err err = OK;
    while (s.bytes > 0 && !err) {
        size_t n = s.bytes < BLOCK ? (size_t)s.bytes : BLOCK;
        err = from->read(from->ctx, s.offset, block, n);
        if (!err) err = write_all(fd, block, n);
        s.offset += (int64_t)n, s.bytes -= (int64_t)n;
    }
    return err;
}

enum err tool_object(const struct source *from, const struct dicom_stretch *stretches, size_t n, int *ret_fd)
{
    int64_t all = 0;
    for (size_t i = 0; i < n; i++)
        all += stretches[i].bytes;
    if (all > TOOL_OBJECT_BYTES_MAX) return ERR_LIMIT;
    char *block = mem_alloc(BLOCK);
    if (!block) return ERR_NOMEM;
    int fd = memfd_create("object", MFD_CLOEXEC);
    enum err err = fd >= 0 ? OK : err_from_errno(errno);
    for (size_t i = 0; i < n && !err; i++)
        err = copy_stretch(fd, from, stretches[i], block);
    mem_wipe_free(block, BLOCK);
    if (err) {
        if (fd >= 0) close(fd);
        return err;
    }
    *ret_fd = fd;
    return OK;
}

static enum err read_memory(void *ctx, int64_t offset, void *to, size_t bytes)
{
    char *at = to;
    while (bytes > 0) {
        ssize_t n = pread(*(int *)ctx, at, bytes, offset);
        if (n <= 0) return n < 0 ? err_from_errno(errno) : ERR_CORRUPT;
        at += n, offset += n, bytes -= (size_t)n;
    }
    return OK;
}

enum err tool_source(int *fd, struct source *ret)
{
    struct stat st;
    if (fstat(*fd, &st) != 0) return err_from_errno(errno);
    *ret = (struct source){read_memory, fd, st.st_size};
    return OK;
}

/* -- the child: its CPU time is limited in the box; the waiting is for one that only waits -- */

static enum err end_of(int status)
{
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGXCPU   ? ERR_TIMEOUT
               : WTERMSIG(status) == SIGXFSZ ? ERR_LIMIT
                                             : ERR_BAD_INPUT;
    if (WEXITSTATUS(status) == EXIT_ABSENT) return ERR_NOT_FOUND;
    if (WEXITSTATUS(status) == EXIT_NO_BOX) return ERR_UNSUPPORTED;
    return WEXITSTATUS(status) == 0 ? OK : ERR_BAD_INPUT;
}

/* words: the tool and its arguments, NULL-ended. */
static enum err run(const char *program, const char *const *words, int in, int output_mib, int *ret_out)
{
    char *argv[ARGS_MAX + 6], seconds[8], memory[8], output[8];
    size_t n = 0;
    snprintf(seconds, sizeof seconds, "%d", SECONDS);
    snprintf(memory, sizeof memory, "%d", MEMORY_MIB);
    snprintf(output, sizeof output, "%d", output_mib);
    argv[n++] = (char[]){"yunqiao-imaging"};
    argv[n++] = seconds;
    argv[n++] = memory;
    argv[n++] = output;
    for (; *words; words++) {
        ASSERT(n < ARGS_MAX + 5);
        argv[n++] = (char *)(uintptr_t)*words;
    }
    argv[n] = NULL;
    int out, status;
    enum err err = ask_program(program, argv, in, WAIT_MS, &out, &status);
    if (err) return err;
    err = end_of(status);
    if (err)
        close(out);
    else
        *ret_out = out;
    return err;
}

#define OBJECT "/proc/self/fd/0"
#define ANSWER "/proc/self/fd/1"

/* -- what is asked -- */

enum err tool_json(const char *program, int object, struct buf *to)
{
    static const char *const utf8[] = {"dcmconv", "-q", "+t=", "+U8", OBJECT, ANSWER, NULL},
                             *const json[] = {"dcm2json", "-q", "-fc", "-ee", OBJECT, NULL};
    int converted, out;
    enum err err = run(program, utf8, object, JSON_MIB, &converted);
    if (err) return err;
    err = run(program, json, converted, JSON_MIB, &out);
    close(converted);
    if (err) return err;
    err = ask_take(out, to);
    close(out);
    return err;
}

/* Which tool unpacks it (PS3.5 annex A); NULL: none. */
static const char *unpacker(const char *syntax)
{
    static const struct {
        const char *syntax, *tool;
    } known[] = {
        {"1.2.840.10008.1.2", "dcmconv"},       {"1.2.840.10008.1.2.1", "dcmconv"},
        {"1.2.840.10008.1.2.2", "dcmconv"},     {"1.2.840.10008.1.2.1.99", "dcmconv"},
        {"1.2.840.10008.1.2.4.50", "dcmdjpeg"}, {"1.2.840.10008.1.2.4.51", "dcmdjpeg"},
        {"1.2.840.10008.1.2.4.53", "dcmdjpeg"}, {"1.2.840.10008.1.2.4.55", "dcmdjpeg"},
        {"1.2.840.10008.1.2.4.57", "dcmdjpeg"}, {"1.2.840.10008.1.2.4.70", "dcmdjpeg"},
        {"1.2.840.10008.1.2.4.80", "dcmdjpls"}, {"1.2.840.10008.1.2.4.81", "dcmdjpls"},
        {"1.2.840.10008.1.2.5", "dcmdrle"},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i].syntax, syntax) == 0) return known[i].tool;
    return NULL;
}

bool tool_can_draw(const char *syntax)
{
    return unpacker(syntax) != NULL;
}

enum err tool_unpack(const char *program, int object, const char *syntax, int *ret_fd)
{
    const char *tool = unpacker(syntax);
    const char *const words[] = {tool, "-q", "+te", OBJECT, ANSWER, NULL};
    return tool ? run(program, words, object, OBJECT_MIB, ret_fd) : ERR_UNSUPPORTED;
}

/* What draws does not read JPEG-LS, and what reads JPEG-LS draws no JPEG. */
static enum err draw_unpacked(const char *program, int object, const struct tool_picture *ask, struct buf *to)
{
    struct tool_picture plain = *ask;
    int unpacked;
    enum err err = tool_unpack(program, object, ask->syntax, &unpacked);
    if (err) return err;
    plain.syntax = "1.2.840.10008.1.2.1";
    err = tool_picture(program, unpacked, &plain, to);
    close(unpacked);
    return err;
}

enum err tool_picture(const char *program, int object, const struct tool_picture *ask, struct buf *to)
{
    const char *tool = unpacker(ask->syntax), *words[ARGS_MAX];
    char frame[16], center[32], width[32], side[16];
    size_t n = 0;
    int out;
    if (!tool) return ERR_UNSUPPORTED;
    if (strcmp(tool, "dcmdjpls") == 0) return draw_unpacked(program, object, ask, to);
    words[n++] = "dcmj2pnm";
    words[n++] = "-q";
    snprintf(frame, sizeof frame, "%u", ask->frame);
    words[n++] = "+F";
    words[n++] = frame;
    if (ask->has_window && ask->is_gray) {
        snprintf(center, sizeof center, "%.6f", ask->center);
        snprintf(width, sizeof width, "%.6f", ask->width);
        words[n++] = "+Ww";
        words[n++] = center;
        words[n++] = width;
    } else if (ask->is_gray && ask->has_own_window) {
        words[n++] = "+Wi";
        words[n++] = "1";
    } else if (ask->is_gray) {
        words[n++] = "+Wm";
    }
    if (ask->side_max) {
        snprintf(side, sizeof side, "%u", ask->side_max);
        words[n++] = ask->rows > ask->columns ? "+Syv" : "+Sxv";
        words[n++] = side;
    }
    words[n++] = ask->is_png ? "+on" : "+oj";
    if (ask->is_png) {
        words[n++] = "-il";
        words[n++] = "-mf";
    }
    words[n++] = OBJECT;
    words[n] = NULL;
    enum err err = run(program, words, object, PICTURE_MIB, &out);
    if (err) return err;
    err = ask_take(out, to);
    close(out);
    return err;
}
