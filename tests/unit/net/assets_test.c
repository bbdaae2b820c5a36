#include "../check.h"
#include "net/assets.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *dir;

static void write_file(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void make_client(void)
{
    char path[512];
    dir = check_tmp_dir();
    snprintf(path, sizeof path, "%s/assets", dir);
    CHECK(mkdir(path, 0700) == 0);
    write_file("index.html", "<p>index</p>");
    write_file("index.html.gz", "zipped index");
    write_file("icon.svg", "<svg/>");
    write_file("assets/main-Xy12.js", "code()");
    write_file("assets/lonely.css.gz", "no plain one");
    write_file(".built", "a stamp");
    snprintf(path, sizeof path, "%s/passwd", dir);
    CHECK(symlink("/etc/passwd", path) == 0);
}

TEST(files_are_served_from_memory_with_type_tag_and_zipped_twin)
{
    struct assets *a;
    make_client();
    CHECK_OK(assets_load(dir, &a));
    CHECK_INT(assets_count(a), 3);
    const struct asset *index = assets_find(a, STR("/index.html")),
                       *js = assets_find(a, STR("/assets/main-Xy12.js"));
    CHECK(index && js);
    CHECK_STR(index->plain, "<p>index</p>");
    CHECK_STR(index->gzip, "zipped index");
    CHECK_STR(str_of(index->type), "text/html; charset=utf-8");
    CHECK_STR(str_of(js->type), "text/javascript; charset=utf-8");
    CHECK(!index->is_hashed && js->is_hashed && !js->gzip.at);
    CHECK(strcmp(index->etag, index->gzip_etag) != 0 && index->etag[0] == '"');
    assets_free(a);
}

TEST(the_clients_own_addresses_are_the_index)
{
    struct assets *a;
    make_client();
    CHECK_OK(assets_load(dir, &a));
    const struct asset *index = assets_find(a, STR("/index.html"));
    CHECK(assets_find(a, STR("/")) == index);
    CHECK(assets_find(a, STR("/system/health")) == index);
    CHECK(assets_find(a, STR("/a.b/c")) == index);
    CHECK(!assets_find(a, STR("/nothing.js")) && !assets_find(a, STR("/assets/gone.css")));
    assets_free(a);
}

TEST(links_hidden_files_and_halves_are_not_served)
{
    struct assets *a;
    make_client();
    CHECK_OK(assets_load(dir, &a));
    const struct asset *index = assets_find(a, STR("/"));
    CHECK(assets_find(a, STR("/passwd")) == index); /* no such file: an address of the client's */
    CHECK(!assets_find(a, STR("/.built")) && !assets_find(a, STR("/assets/lonely.css")));
    CHECK(!assets_find(a, STR("/index.html.gz")));
    assets_free(a);
}

TEST(a_folder_without_a_client_is_not_found)
{
    struct assets *a;
    char path[512];
    dir = check_tmp_dir();
    CHECK_ERR(assets_load(dir, &a), ERR_NOT_FOUND);
    snprintf(path, sizeof path, "%s/none", dir);
    CHECK_ERR(assets_load(path, &a), ERR_NOT_FOUND);
}

SWEEP(a_client_is_loaded)
{
    struct assets *a;
    make_client();
    enum err err = assets_load(dir, &a);
    if (!err) assets_free(a);
    return err;
}
