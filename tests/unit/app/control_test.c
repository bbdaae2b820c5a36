/* The control socket with a store behind it, and one without a server. */
#include "../check.h"
#include "app/control.h"
#include "auth/schema.h"
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct site site;
static struct control *control;
static char dir[256], key[300];

static bool answer_own(void *ctx, struct str op, struct buf *to)
{
    (void)ctx;
    if (!str_is_text(op, "address")) return false;
    buf_add_text(to, "{\"addresses\":[\"here\"]}");
    return true;
}

static void start(void)
{
    char why[256];
    const char *top = check_tmp_dir();
    snprintf(dir, sizeof dir, "%s/site", top);
    snprintf(key, sizeof key, "%s/site.key", top);
    struct store_settings how = {
        .dir = dir, .key_path = key, .create = true, .migrations = auth_migrations, .queue_max = 16};
    site = (struct site){.version = "1.2.3", .started = clock_now()};
    CHECK_OK(store_open(&how, &site.store, why));
    struct control_settings s = {.dir = dir, .site = &site, .answer = answer_own};
    CHECK_OK(control_new(&s, &control));
}

static void end(void)
{
    control_free(control);
    store_close(site.store, 1000);
}

struct heard {
    char last[4096];
    int lines;
};

static void hear(void *ctx, struct str line)
{
    struct heard *h = ctx;
    snprintf(h->last, sizeof h->last, "%.*s", (int)line.bytes, line.at);
    h->lines++;
}

static enum err ask(const char *line, struct heard *h)
{
    int fd;
    *h = (struct heard){0};
    CHECK_OK(control_connect(dir, &fd));
    enum err err = control_ask(fd, str_of(line), hear, h);
    close(fd);
    return err;
}

TEST(an_operation_is_answered_on_one_line)
{
    struct heard h;
    start();
    CHECK_OK(ask("{\"op\":\"version\",\"args\":{}}", &h));
    CHECK_INT(h.lines, 1);
    CHECK(strstr(h.last, "\"ok\":true") && strstr(h.last, "\"version\":\"1.2.3\""));
    CHECK_OK(ask("{\"op\":\"address\",\"args\":{}}", &h));
    CHECK_STR(str_of(h.last), "{\"ok\":true,\"result\":{\"addresses\":[\"here\"]}}");
    end();
}

TEST(nonsense_and_unknown_operations_are_refused_with_their_exit_code)
{
    struct heard h;
    start();
    static const char *const lines[] = {"nonsense",
                                        "{}",
                                        "[]",
                                        "{\"op\":\"frob\"}",
                                        "{\"op\":\"version\",\"more\":1}",
                                        "{\"op\":\"version\",\"args\":{\"x\":1}}",
                                        ""};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        CHECK_OK(ask(lines[i], &h));
        if (!strstr(h.last, "\"exit\":2")) printf("  %s -> %s\n", lines[i], h.last);
        CHECK(strstr(h.last, "\"ok\":false") && strstr(h.last, "\"exit\":2"));
    }
    end();
}

TEST(the_socket_is_for_its_owner_alone_and_goes_with_the_server)
{
    char path[300];
    struct stat st;
    int fd;
    start();
    snprintf(path, sizeof path, "%s/control.sock", dir);
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    end();
    CHECK(stat(path, &st) != 0);
    CHECK_ERR(control_connect(dir, &fd), ERR_NOT_FOUND);
}

TEST(a_line_that_never_ends_is_not_waited_for)
{
    static char line[300 * 1024];
    struct heard h;
    start();
    memset(line, 'x', sizeof line - 1);
    CHECK_ERR(ask(line, &h), ERR_CLOSED);
    CHECK_OK(ask("{\"op\":\"version\"}", &h));
    end();
}

TEST(a_dead_servers_socket_is_taken_over)
{
    struct heard h;
    start();
    struct control *second; /* what a crash leaves: a socket with nobody behind it */
    struct control_settings s = {.dir = dir, .site = &site};
    CHECK_OK(control_new(&s, &second));
    CHECK_OK(ask("{\"op\":\"version\"}", &h));
    control_free(second);
    end();
}
