/* yunqiao-camera: stands beside a camera that speaks ONVIF and whose picture comes into calls by WHIP, and moves it as the call's people wish
 * (docs/PROTOCOL §10.3, decision 0376). It asks the server, and is never asked: the server knows neither the camera's address nor its password, which
 * stand in a settings file that nobody but this program's user may read.
 *
 *   yunqiao-camera FILE
 *
 * One thread. It goes on for ever: a server or a camera that is not there is asked again. Ends with 2 on settings that are none. */
#include "base/conf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "camera/onvif.h"
#include <curl/curl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum {
    EXIT_SETTINGS = 2,
    ANSWER_MAX = 1 << 18,
    QUESTION_MAX = 16384,
    CAMERA_S = 10,
    WAIT_S = 40, /* the server answers after 20 s at most */
    LOOKS = 10,  /* where it stands, after a move */
    LOOK_MS = 150,
    AGAIN_MS = 2000,   /* the source is not there, or something failed */
    REFUSED_MS = 15000 /* by whoever does not know us */
};

struct settings {
    char server[512], pass[512], authority[512];
    char camera[512], user[128], password[128], profile[128], camera_authority[512];
};

#define TEXT(s, k, field)                                                                                    \
    {                                                                                                        \
        s, k, CONF_TEXT, offsetof(struct settings, field), sizeof((struct settings *)0)->field, 0, 0         \
    }
static const struct conf_key keys[] = {
    TEXT("server", "url", server),          TEXT("server", "pass", pass),
    TEXT("server", "authority", authority), TEXT("camera", "url", camera),
    TEXT("camera", "user", user),           TEXT("camera", "password", password),
    TEXT("camera", "profile", profile),     TEXT("camera", "authority", camera_authority),
    {NULL, NULL, CONF_TEXT, 0, 0, 0, 0}};

struct box {
    struct settings s;
    CURL *server, *camera;
    struct buf answer;
    struct onvif_range axes[ONVIF_AXES];
    struct onvif_place place;
    bool knows_axes, has_said, has_after;
    int said[ONVIF_AXES]; /* to the server; -1: not along that */
    uint32_t after;
};

static volatile sig_atomic_t is_over;
static bool is_leaving; /* the last word goes out all the same */

static void end(int number)
{
    (void)number;
    is_over = 1;
}

static void rest(int ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    if (!is_over) (void)nanosleep(&t, NULL);
}

/* -- over HTTP -- */

static size_t take(char *from, size_t size, size_t count, void *arg)
{
    struct buf *answer = arg;
    buf_add(answer, from, size * count);
    return answer->err ? 0 : size * count;
}

static int go_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)arg, (void)a, (void)b, (void)c, (void)d;
    return is_over && !is_leaving;
}

/* The status; 0: nobody answered. */
static long ask(struct box *box, CURL *curl, const char *method, const char *url, struct str body,
                struct curl_slist *headers, int wait_s)
{
    long status = 0;
    buf_clear(&box->answer);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (body.bytes) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.bytes);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.at);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)wait_s);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK && !is_over) log_warn("camera", "no_answer", LOG_T("why", curl_easy_strerror(code)));
    return code == CURLE_OK ? status : 0;
}

static CURL *handle(struct box *box, const char *authority)
{
    CURL *curl = curl_easy_init();
    if (!curl) return NULL;
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &box->answer);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (authority[0]) curl_easy_setopt(curl, CURLOPT_CAINFO, authority);
    return curl;
}

/* -- the camera -- */

static struct onvif_login login_of(const struct box *box)
{
    struct onvif_login l = {.user = box->s.user, .password = box->s.password, .at = clock_now()};
    rnd_bytes(l.nonce, sizeof l.nonce);
    return l;
}

static bool say_to_camera(struct box *box, struct buf *question, const char *what)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/soap+xml; charset=utf-8");
    struct curl_slist *all = headers ? curl_slist_append(headers, "Expect:") : NULL;
    long status = 0;
    if (all && !question->err)
        status = ask(box, box->camera, "POST", box->s.camera, buf_str(question), all, CAMERA_S);
    if (status && status != 200)
        log_warn("camera", "camera_refused", LOG_T("what", what), LOG_I("status", status));
    curl_slist_free_all(headers);
    buf_done(question);
    return status == 200;
}

static bool is_read(enum err err, const char *what)
{
    if (err) log_warn("camera", "camera_unread", LOG_T("what", what), LOG_E(err));
    return err == OK;
}

static bool camera_axes(struct box *box)
{
    struct onvif_login l = login_of(box);
    struct buf question;
    if (box->knows_axes) return true;
    buf_init(&question, QUESTION_MAX);
    onvif_ask_nodes(&question, &l);
    box->knows_axes = say_to_camera(box, &question, "nodes") &&
                      is_read(onvif_read_nodes(buf_str(&box->answer), box->axes), "nodes");
    if (box->knows_axes)
        log_info("camera", "axes", LOG_I("pan", box->axes[ONVIF_PAN].is_there),
                 LOG_I("tilt", box->axes[ONVIF_TILT].is_there),
                 LOG_I("zoom", box->axes[ONVIF_ZOOM].is_there));
    return box->knows_axes;
}

static bool camera_look(struct box *box)
{
    struct onvif_login l = login_of(box);
    struct buf question;
    if (!camera_axes(box)) return false;
    buf_init(&question, QUESTION_MAX);
    onvif_ask_status(&question, &l, box->s.profile);
    return say_to_camera(box, &question, "status") &&
           is_read(onvif_read_status(buf_str(&box->answer), &box->place), "status");
}

/* Pan and tilt are one to a camera: what of them is not wished stays where it is. */
static bool camera_move(struct box *box, const int wished[ONVIF_AXES])
{
    struct onvif_place to = {{false}, {0}};
    bool is_turned = wished[ONVIF_PAN] >= 0 || wished[ONVIF_TILT] >= 0;
    for (int i = 0; i < ONVIF_AXES; i++) {
        bool is_wished = wished[i] >= 0 && box->axes[i].is_there;
        to.is_known[i] = is_wished || (is_turned && i != ONVIF_ZOOM && box->place.is_known[i]);
        to.at[i] = is_wished ? onvif_at(&box->axes[i], wished[i]) : box->place.at[i];
    }
    struct onvif_login l = login_of(box);
    struct buf question;
    buf_init(&question, QUESTION_MAX);
    onvif_ask_move(&question, &l, box->s.profile, &to);
    return say_to_camera(box, &question, "move") && is_read(onvif_read_moved(buf_str(&box->answer)), "move");
}

/* -- the server -- */

static const char *const names[ONVIF_AXES] = {"pan", "tilt", "zoom"};

static long say_to_server(struct box *box, const char *method, const char *url, struct str body)
{
    char line[sizeof box->s.pass + 32];
    snprintf(line, sizeof line, "Authorization: Bearer %s", box->s.pass);
    struct curl_slist *headers = curl_slist_append(NULL, line);
    if (headers) (void)curl_slist_append(headers, "Content-Type: application/json");
    mem_wipe(line, sizeof line);
    long status =
        headers ? ask(box, box->server, method, url, body, headers, is_leaving ? CAMERA_S : WAIT_S) : 0;
    curl_slist_free_all(headers);
    return status;
}

/* Where the camera stands, if that is news. False: the server is not to be spoken to now. */
static bool tell_place(struct box *box, bool can_look)
{
    int now[ONVIF_AXES];
    struct buf body;
    struct json_out out;
    for (int i = 0; i < ONVIF_AXES; i++)
        now[i] = can_look && box->axes[i].is_there && box->place.is_known[i]
                     ? onvif_part(&box->axes[i], box->place.at[i])
                     : -1;
    if (box->has_said && memcmp(now, box->said, sizeof now) == 0) return true;
    buf_init(&body, 256);
    json_out_init(&out, &body);
    json_open(&out, NULL);
    json_open(&out, "axes");
    for (int i = 0; i < ONVIF_AXES; i++)
        if (now[i] >= 0) json_put_int(&out, names[i], now[i]);
    json_close(&out);
    json_close(&out);
    long status = body.err ? 0 : say_to_server(box, "PUT", box->s.server, buf_str(&body));
    buf_done(&body);
    box->has_said = status == 204;
    memcpy(box->said, now, sizeof now);
    if (status == 401 || status == 403) {
        log_warn("camera", "pass_refused", LOG_I("status", status));
        rest(REFUSED_MS);
    }
    return box->has_said;
}

static bool read_move(struct box *box, int ret_wished[ONVIF_AXES])
{
    struct json *v = NULL;
    int64_t n = 0;
    bool is_read = json_parse(buf_str(&box->answer), &v, NULL) == OK && json_int(json_get(v, "n"), &n) &&
                   n >= 0 && n <= UINT32_MAX && json_is_object(json_get(v, "axes"));
    bool is_any = false;
    for (int i = 0; i < ONVIF_AXES && is_read; i++) {
        int64_t at = -1;
        const struct json *axis = json_get(json_get(v, "axes"), names[i]);
        if (axis) is_read = json_int(axis, &at) && at >= 0 && at <= ONVIF_UNIT;
        ret_wished[i] = is_read ? (int)at : -1;
        is_any |= is_read && at >= 0;
    }
    json_free(v);
    box->has_after = is_read;
    box->after = is_read ? (uint32_t)n : 0;
    return is_read && is_any;
}

/* It moves, and is looked at until it stands. */
static void follow(struct box *box, const int wished[ONVIF_AXES])
{
    bool is_well = camera_move(box, wished);
    for (int i = 0; i < LOOKS && is_well && !is_over; i++) {
        int before[ONVIF_AXES];
        memcpy(before, box->said, sizeof before);
        rest(LOOK_MS);
        is_well = camera_look(box);
        if (!tell_place(box, is_well)) return;
        if (i > 0 && memcmp(before, box->said, sizeof before) == 0) return;
    }
}

static void turn(struct box *box)
{
    char url[sizeof box->s.server + 24];
    int wished[ONVIF_AXES];
    bool is_there = camera_look(box);
    if (!tell_place(box, is_there) || !is_there) {
        box->has_after = box->has_after && box->has_said;
        rest(AGAIN_MS);
        return;
    }
    if (box->has_after)
        snprintf(url, sizeof url, "%s?after=%u", box->s.server, box->after);
    else
        snprintf(url, sizeof url, "%s", box->s.server);
    long status = say_to_server(box, "GET", url, (struct str){0});
    if (status == 200) {
        if (read_move(box, wished)) follow(box, wished);
        return;
    }
    box->has_said = box->has_after = false; /* another session of the source, perhaps: it is told anew */
    rest(AGAIN_MS);
}

/* -- settings -- */

static bool read_settings(const char *path, struct settings *s)
{
    char why[256];
    struct stat st;
    if (stat(path, &st) != 0 || (st.st_mode & 077) != 0) {
        fprintf(stderr, "%s: must be there, and for its owner alone (mode 600)\n", path);
        return false;
    }
    if (conf_read(path, keys, s, why) != OK) {
        fprintf(stderr, "%s\n", why);
        return false;
    }
    if (s->server[0] && s->pass[0] && s->camera[0] && s->profile[0]) return true;
    fprintf(stderr, "%s: server url and pass, camera url and profile must be set\n", path);
    return false;
}

int main(int argc, char **argv)
{
    static struct box box;
    struct sigaction stop = {.sa_handler = end};
    if (argc != 2) {
        fprintf(stderr, "usage: yunqiao-camera FILE\n");
        return EXIT_SETTINGS;
    }
    if (!read_settings(argv[1], &box.s)) return EXIT_SETTINGS;
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    buf_init(&box.answer, ANSWER_MAX);
    box.server = handle(&box, box.s.authority);
    box.camera = handle(&box, box.s.camera_authority);
    while (!is_over && box.server && box.camera)
        turn(&box);
    is_leaving = true;
    box.has_said = false; /* whatever was on its way when it was ended */
    if (box.server) (void)tell_place(&box, false);
    curl_easy_cleanup(box.server);
    curl_easy_cleanup(box.camera);
    buf_done(&box.answer);
    mem_wipe(&box, sizeof box);
    curl_global_cleanup();
    return 0;
}
