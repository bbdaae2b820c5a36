#include "imaging/tool.h"
#include "object.h"
#include "tests/unit/check.h"
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* The box beside this program; DCMTK may not be installed. */
static const char *box(void)
{
    static char path[1024];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
    CHECK(n > 0);
    path[n] = 0;
    char *name = strrchr(path, '/') + 1;
    snprintf(name, sizeof path - (size_t)(name - path), "yunqiao-imaging");
    if (access("/usr/bin/dcm2json", X_OK) != 0) check_skip("dcmtk is not installed");
    return path;
}

static int object_of(struct buf *b)
{
    struct source s = object_source(b);
    struct dicom_stretch all = {0, s.bytes};
    int fd;
    CHECK_OK(tool_object(&s, &all, 1, &fd));
    return fd;
}

static void named(struct buf *b, const char *charset, const char *name)
{
    object_begin(b, EXPLICIT);
    put(b, 0x00080005, "CS", charset, strlen(charset), false);
    put(b, 0x00080016, "UI", "1.2.3", 5, false);
    put(b, 0x00080018, "UI", "1.2.3.4", 7, false);
    put(b, 0x00100010, "PN", name, strlen(name), false);
}

TEST(chinese_names_come_out_in_utf8)
{
    static const struct {
        const char *charset, *written;
    } cases[] = {
        {"GB18030", "Wang=\xcd\xf5"},
        {"GBK", "Wang=\xcd\xf5"},
        {"ISO_IR 192", "Wang=\xe7\x8e\x8b"},
        {"\\ISO 2022 IR 58", "Wang=\x1b$)A\xcd\xf5"},
    };
    const char *program = box();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b, json;
        named(&b, cases[i].charset, cases[i].written);
        buf_init(&json, 1 << 20);
        int fd = object_of(&b);
        CHECK_OK(tool_json(program, fd, &json));
        CHECK(memmem(json.at, json.bytes, "\"Ideographic\":\"王\"", sizeof "\"Ideographic\":\"王\"" - 1) !=
              NULL);
        close(fd);
        buf_done(&json);
        buf_done(&b);
    }
}

TEST(what_is_no_object_is_refused_and_an_absent_program_is_told)
{
    struct buf b, json;
    const char *program = box();
    buf_init(&b, 4096);
    buf_add_text(&b, "no object at all");
    buf_init(&json, 1 << 20);
    int fd = object_of(&b);
    CHECK_ERR(tool_json(program, fd, &json), ERR_BAD_INPUT);
    CHECK_ERR(tool_json("/nonexistent/box", fd, &json), ERR_NOT_FOUND);
    struct tool_picture ask = {.syntax = "1.2.840.10008.1.2.4.90", .frame = 1};
    CHECK_ERR(tool_picture(program, fd, &ask, &json), ERR_UNSUPPORTED);
    ask.syntax = EXPLICIT;
    CHECK_ERR(tool_picture(program, fd, &ask, &json), ERR_BAD_INPUT);
    close(fd);
    buf_done(&json);
    buf_done(&b);
}

TEST(an_object_that_is_too_large_for_memory_is_not_tried)
{
    struct source s = {object_read, NULL, TOOL_OBJECT_BYTES_MAX + 1};
    struct dicom_stretch all = {0, s.bytes};
    int fd;
    CHECK_ERR(tool_object(&s, &all, 1, &fd), ERR_LIMIT);
}

static int box_with(const char *tool, const char *argument)
{
    pid_t pid;
    int status = 0;
    const char *words[] = {"yunqiao-imaging", "5", "256", "1", tool, argument, NULL};
    posix_spawn_file_actions_t files;
    CHECK(posix_spawn_file_actions_init(&files) == 0);
    CHECK(posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&files, 1, 2) == 0);
    CHECK(posix_spawn(&pid, box(), &files, NULL, (char **)(uintptr_t)words, NULL) == 0);
    posix_spawn_file_actions_destroy(&files);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The box itself: another program, a file of the machine. */
TEST(the_box_runs_nothing_else_and_opens_nothing)
{
    CHECK_INT(box_with("id", "-u"), 126);
    CHECK_INT(box_with("dcm2json", "--version"), 0);
    CHECK(box_with("dcm2json", "/etc/passwd") != 0);
}
