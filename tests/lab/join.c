#include "tests/lab/join.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/sdp.h"
#include "tests/lab/http.h"
#include <stdio.h>

enum { TEXT_BYTES = 16384, ARENA_BYTES = 1 << 20, EVENTS_AWAITED = 200, POSTS_OF_AN_ADDRESS = 250 };

struct join {
    enum join_kind kind;
    const char *url, *token;
    struct link_address local;
    char fingerprint[3 * DTLS_FINGERPRINT_BYTES];
    struct http *http;
    unsigned posts; /* with WHIP: a server takes so many of one address */
    uint64_t session;
    unsigned transactions;
};

static enum err failed(const struct join *j, const char *what, long status)
{
    struct str body = http_body(j->http);
    fprintf(stderr, "join: %s: %ld %.*s\n", what, status, (int)(body.bytes < 600 ? body.bytes : 600),
            body.bytes ? body.at : "");
    return ERR_IO;
}

/* -- descriptions -- */

static enum err describe(const struct join *j, struct client *c, bool is_publishing, const char *setup,
                         char *to)
{
    struct link_address at;
    const char *way = is_publishing ? "sendonly" : "recvonly";
    char common[600], sources[2][120] = {"", ""};
    if (client_bind(c, j->local, &at) != OK) return ERR_IO;
    for (int i = 0; is_publishing && i < 2; i++)
        snprintf(sources[i], sizeof sources[i], "a=msid:lab lab%d\r\na=ssrc:%u cname:lab\r\n", i,
                 i ? (unsigned)JOIN_VIDEO_SSRC : (unsigned)JOIN_AUDIO_SSRC);
    snprintf(common, sizeof common,
             "c=IN IP4 127.0.0.1\r\na=%s\r\na=rtcp-mux\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n"
             "a=fingerprint:sha-256 %s\r\na=setup:%s\r\n"
             "a=candidate:1 1 udp 2130706431 %u.%u.%u.%u %u typ host\r\na=end-of-candidates\r\n",
             way, client_ufrag(c), client_password(c), j->fingerprint, setup, at.at[0], at.at[1], at.at[2],
             at.at[3], at.port);
    snprintf(to, TEXT_BYTES,
             "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
             "m=audio 9 UDP/TLS/RTP/SAVPF %d\r\na=mid:0\r\na=rtpmap:%d opus/48000/2\r\n%s%s"
             "m=video 9 UDP/TLS/RTP/SAVPF %d\r\na=mid:1\r\na=rtpmap:%d VP8/90000\r\n"
             "a=rtcp-fb:%d nack\r\na=rtcp-fb:%d nack pli\r\n%s%s",
             JOIN_AUDIO_TYPE, JOIN_AUDIO_TYPE, common, sources[0], JOIN_VIDEO_TYPE, JOIN_VIDEO_TYPE,
             JOIN_VIDEO_TYPE, JOIN_VIDEO_TYPE, common, sources[1]);
    return OK;
}

/* What of their description the client needs; settings's texts point into the arena. */
static enum err description_read(struct str text, struct arena *arena, struct client_settings *s)
{
    struct sdp *sdp;
    struct sdp_fault fault;
    enum err err = sdp_parse(text, arena, &sdp, &fault);
    if (err || sdp->media_count == 0) return err ? err : ERR_BAD_INPUT;
    const struct sdp_media *m = &sdp->media[0];
    s->ufrag = m->ufrag.bytes ? m->ufrag : sdp->session.ufrag;
    s->password = m->password.bytes ? m->password : sdp->session.password;
    memcpy(s->fingerprint, m->has_fingerprint ? m->fingerprint : sdp->session.fingerprint,
           sizeof s->fingerprint);
    enum sdp_setup setup = m->setup ? m->setup : sdp->session.setup;
    s->role = setup == SDP_SETUP_PASSIVE ? DTLS_CLIENT : DTLS_SERVER;
    s->profiles = DTLS_GCM_ALONE;
    for (unsigned i = 0; i < m->candidate_count; i++)
        if (!m->candidates[i].is_tcp && m->candidates[i].address.family == 4) {
            s->remote = m->candidates[i].address;
            return OK;
        }
    return ERR_NOT_FOUND;
}

static enum err connect_by(struct str text, struct client *c, struct client_settings *s)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    enum err err = arena ? description_read(text, arena, s) : ERR_NOMEM;
    if (!err) err = client_connect(c, s);
    arena_free(arena);
    return err;
}

/* -- WHIP and WHEP -- */

static enum err whip_post(struct join *j, const char *path, unsigned room, const char *name, struct client *c,
                          struct client_settings *s, struct join_times *times)
{
    char url[300], text[TEXT_BYTES], from[20];
    long status = 0;
    enum err err = describe(j, c, path[2] == 'i', "actpass", text);
    if (err) return err;
    snprintf(url, sizeof url, "%s/%s/bench-%u/%s", j->url, path, room, name);
    if (j->posts++ % POSTS_OF_AN_ADDRESS == 0) {
        snprintf(from, sizeof from, "127.0.1.%u", 1 + j->posts / POSTS_OF_AN_ADDRESS);
        http_from(j->http, from);
    }
    times->asked_us = times->offered_us = clock_tick_us();
    if (http_ask(j->http, "POST", url, "application/sdp", j->token, text, &status) != OK || status != 201)
        return failed(j, url, status);
    return connect_by(http_body(j->http), c, s);
}

/* -- janus -- */

static void text_escape(const char *from, char *to)
{
    for (; *from; from++) {
        if (*from == '\r') continue;
        if (*from == '\n') {
            memcpy(to, "\\r\\n", 4);
            to += 4;
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
}

/* A request by its words after {"janus":; NULL: it failed. The answer is the caller's to free. */
static struct json *janus_ask(struct join *j, const char *path, const char *words)
{
    static char body[3 * TEXT_BYTES];
    char url[300];
    struct json *root;
    struct str is;
    long status = 0;
    snprintf(url, sizeof url, "%s%s", j->url, path);
    snprintf(body, sizeof body, "{\"transaction\":\"t%u\",\"janus\":%s}", ++j->transactions, words);
    if (http_ask(j->http, "POST", url, NULL, NULL, body, &status) != OK || status != 200 ||
        json_parse(http_body(j->http), &root, NULL) != OK) {
        (void)failed(j, url, status);
        return NULL;
    }
    if (json_text(json_get(root, "janus"), &is) && !str_is(is, STR("error"))) return root;
    (void)failed(j, words, status);
    json_free(root);
    return NULL;
}

static bool janus_id(struct join *j, const char *path, const char *words, uint64_t *ret_id)
{
    struct json *root = janus_ask(j, path, words);
    int64_t id;
    bool done = root && json_int(json_get(json_get(root, "data"), "id"), &id);
    if (done) *ret_id = (uint64_t)id;
    json_free(root);
    return done;
}

/* The event that answers the last request of a handle, by the session's long poll. */
static struct json *janus_event(struct join *j)
{
    char url[300], wanted[20];
    snprintf(url, sizeof url, "%s/%llu?maxev=1", j->url, (unsigned long long)j->session);
    snprintf(wanted, sizeof wanted, "t%u", j->transactions);
    for (int i = 0; i < EVENTS_AWAITED; i++) {
        long status = 0;
        struct json *root;
        struct str is, of;
        if (http_ask(j->http, "GET", url, NULL, NULL, NULL, &status) != OK || status != 200 ||
            json_parse(http_body(j->http), &root, NULL) != OK)
            break;
        if (json_text(json_get(root, "janus"), &is) && str_is(is, STR("event")) &&
            json_text(json_get(root, "transaction"), &of) && str_is(of, str_of(wanted)))
            return root;
        json_free(root);
    }
    (void)failed(j, "no event", 0);
    return NULL;
}

static bool janus_handle(struct join *j, char ret_path[80])
{
    uint64_t id;
    char path[40];
    snprintf(path, sizeof path, "/%llu", (unsigned long long)j->session);
    if (!janus_id(j, path, "\"attach\",\"plugin\":\"janus.plugin.videoroom\"", &id)) return false;
    snprintf(ret_path, 80, "%s/%llu", path, (unsigned long long)id);
    return true;
}

/* A message and its event; NULL: it failed. */
static struct json *janus_say(struct join *j, const char *path, const char *words)
{
    struct json *root = janus_ask(j, path, words);
    if (!root) return NULL;
    json_free(root);
    return janus_event(j);
}

static bool janus_sdp(const struct json *event, struct str *ret_text)
{
    return json_text(json_get(json_get(event, "jsep"), "sdp"), ret_text);
}

static enum err janus_publish(struct join *j, unsigned room, struct client *c, struct client_settings *s,
                              struct join_feed *feed)
{
    static char text[TEXT_BYTES], escaped[2 * TEXT_BYTES], words[2 * TEXT_BYTES + 400];
    char path[80];
    struct str sdp;
    enum err err = ERR_IO;
    if (!janus_handle(j, path) || describe(j, c, true, "actpass", text) != OK) return ERR_IO;
    text_escape(text, escaped);
    snprintf(words, sizeof words,
             "\"message\",\"body\":{\"request\":\"joinandconfigure\",\"ptype\":\"publisher\",\"room\":%u},"
             "\"jsep\":{\"type\":\"offer\",\"sdp\":\"%s\"}",
             1000 + room, escaped);
    struct json *event = janus_say(j, path, words);
    const struct json *data = json_get(json_get(event, "plugindata"), "data");
    if (event && janus_sdp(event, &sdp) && json_int(json_get(data, "id"), &feed->id))
        err = connect_by(sdp, c, s);
    else
        err = failed(j, "publish", 0);
    json_free(event);
    return err;
}

static enum err janus_watch(struct join *j, unsigned room, const struct join_feed *feed, struct client *c,
                            struct client_settings *s, struct join_times *times)
{
    static char text[TEXT_BYTES], escaped[2 * TEXT_BYTES], words[2 * TEXT_BYTES + 400];
    char path[80];
    struct str sdp;
    if (!janus_handle(j, path)) return ERR_IO;
    snprintf(words, sizeof words,
             "\"message\",\"body\":{\"request\":\"join\",\"ptype\":\"subscriber\",\"room\":%u,"
             "\"streams\":[{\"feed\":%lld}]}",
             1000 + room, (long long)feed->id);
    times->asked_us = clock_tick_us();
    struct json *event = janus_say(j, path, words);
    enum err err = event && janus_sdp(event, &sdp) ? OK : failed(j, "watch", 0);
    times->offered_us = clock_tick_us();
    if (!err) err = describe(j, c, false, "passive", text);
    if (!err) {
        text_escape(text, escaped);
        snprintf(words, sizeof words,
                 "\"message\",\"body\":{\"request\":\"start\"},\"jsep\":{\"type\":\"answer\",\"sdp\":\"%s\"}",
                 escaped);
        struct json *ack = janus_ask(j, path, words);
        err = ack ? connect_by(sdp, c, s) : ERR_IO;
        json_free(ack);
    }
    json_free(event);
    return err;
}

/* -- either -- */

enum err join_new(enum join_kind kind, const char *url, const char *token, struct link_address local,
                  const uint8_t *fingerprint, struct join **ret_join)
{
    struct join *j = mem_zalloc(sizeof *j);
    if (!j) return ERR_NOMEM;
    j->kind = kind;
    j->url = url;
    j->token = token;
    j->local = local;
    for (unsigned i = 0; i < DTLS_FINGERPRINT_BYTES; i++)
        snprintf(j->fingerprint + 3 * (size_t)i, 4, "%02X%s", fingerprint[i],
                 i + 1 < DTLS_FINGERPRINT_BYTES ? ":" : "");
    j->http = http_new();
    enum err err = j->http ? OK : ERR_NOMEM;
    if (!err && kind == JOIN_JANUS && !janus_id(j, "", "\"create\"", &j->session)) err = ERR_IO;
    if (err)
        join_free(j);
    else
        *ret_join = j;
    return err;
}

void join_free(struct join *j)
{
    char path[40];
    if (!j) return;
    snprintf(path, sizeof path, "/%llu", (unsigned long long)j->session);
    if (j->session) json_free(janus_ask(j, path, "\"destroy\""));
    http_free(j->http);
    mem_free(j);
}

enum err join_room(struct join *j, unsigned room)
{
    char path[80], words[300];
    if (j->kind == JOIN_WHIP) return OK;
    if (!janus_handle(j, path)) return ERR_IO;
    snprintf(
        words, sizeof words,
        "\"message\",\"body\":{\"request\":\"create\",\"room\":%u,\"publishers\":100,\"videocodec\":\"vp8\","
        "\"audiocodec\":\"opus\",\"bitrate\":0}",
        1000 + room);
    struct json *root = janus_ask(j, path, words);
    enum err err = root ? OK : ERR_IO;
    json_free(root);
    return err;
}

enum err join_publish(struct join *j, unsigned room, const char *name, struct client *c,
                      struct client_settings *settings, struct join_feed *ret_feed)
{
    struct join_times times;
    snprintf(ret_feed->name, sizeof ret_feed->name, "%s", name);
    return j->kind == JOIN_WHIP ? whip_post(j, "whip", room, name, c, settings, &times)
                                : janus_publish(j, room, c, settings, ret_feed);
}

enum err join_watch(struct join *j, unsigned room, const struct join_feed *feed, struct client *c,
                    struct client_settings *settings, struct join_times *ret_times)
{
    return j->kind == JOIN_WHIP ? whip_post(j, "whep", room, feed->name, c, settings, ret_times)
                                : janus_watch(j, room, feed, c, settings, ret_times);
}
