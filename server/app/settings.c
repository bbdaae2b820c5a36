#include "app/settings.h"
#include "app/doors.h"
#include "app/outward.h"
#include "app/room_system.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/mem.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT(section, key, field)                                                                            \
    {                                                                                                        \
        section, key, CONF_TEXT, offsetof(struct settings, field), sizeof((struct settings *)0)->field, 0, 0 \
    }
#define NUMBER(section, key, field, least, most)                                                             \
    {                                                                                                        \
        section, key, CONF_INT, offsetof(struct settings, field), 0, least, most                             \
    }

static const struct conf_key keys[] = {
    TEXT("site", "name", site_name),
    TEXT("site", "zone", site_zone),
    TEXT("listen", "https", https),
    TEXT("listen", "http", http),
    TEXT("listen", "media", media),
    TEXT("listen", "announce", announce),
    TEXT("listen", "turn", turn),
    NUMBER("media", "workers", workers, 1, WORKERS_MAX),
    NUMBER("media", "rooms", rooms, 1, 10000),
    NUMBER("media", "peers", peers, 2, 100000),
    TEXT("media", "turn_announce", turn_announce),
    TEXT("room_system", "name", room_system_name),
    TEXT("room_system", "listen", room_system_listen),
    TEXT("room_system", "address", room_system_address),
    TEXT("room_system", "key_file", room_system_keys),
    TEXT("room_system", "in_clear", room_system_clear),
    NUMBER("room_system", "payload_type", room_system_type, 96, 127),
    NUMBER("session", "idle_s", idle_s, 30, 86400),
    NUMBER("session", "max_s", session_s, 300, 7 * 86400),
    NUMBER("session", "argon2_mib", argon2_mib, 19, 1024),
    TEXT("seal", "algorithm", seal),
    TEXT("orders", "drug_table", drug_table),
    TEXT("tls", "certificate", certificate),
    TEXT("tls", "key", certificate_key),
    TEXT("backup", "target", backup_target),
    NUMBER("release", "after_h", release_h, 0, 24 * 365),
    NUMBER("release", "correction_days", correction_days, 1, 60),
    NUMBER("recordings", "keep_days", recording_days, 0, 36500),
    NUMBER("clinic", "triage_h", triage_h, 1, 24 * 7),
    NUMBER("clinic", "seen_h", seen_h, 1, 24 * 14),
    NUMBER("clinic", "weekend_h", weekend_h, 1, 24 * 14),
    NUMBER("clinic", "result_h", result_h, 1, 24 * 14),
    NUMBER("clinic", "critical_min", critical_min, 5, 24 * 60),
    NUMBER("clinic", "opinion_h", opinion_h, 1, 24 * 14),
    NUMBER("epidemic", "report_a_h", report_a_h, 1, 24),
    NUMBER("epidemic", "report_h", report_h, 1, 24 * 7),
    NUMBER("epidemic", "alarm_people", alarm_people, 2, 100),
    NUMBER("epidemic", "fever_tenths", fever_tenths, 370, 400),
    NUMBER("epidemic", "room_after_min", room_after_min, 0, 24 * 60),
    NUMBER("intake", "start_min", intake_start_min, 5, 24 * 60),
    NUMBER("intake", "look_h", intake_look_h, 1, 24 * 7),
    NUMBER("intake", "assess_days", intake_assess_days, 1, 90),
    NUMBER("intake", "review_days", intake_review_days, 30, 3 * 365),
    NUMBER("scrub", "hours", scrub_hours, 0, 24 * 365),
    NUMBER("store", "readers", readers, 1, 64),
    NUMBER("store", "queue", queue, 16, 100000),
    NUMBER("limits", "connections", connections, 16, 60000),
    NUMBER("limits", "connections_per_address", connections_per_address, 1, 60000),
    NUMBER("limits", "head_s", head_s, 1, 600),
    NUMBER("limits", "body_s", body_s, 1, 600),
    NUMBER("limits", "keep_s", keep_s, 1, 3600),
    NUMBER("limits", "write_s", write_s, 1, 600),
    TEXT("proxy", "trusted", trusted),
    TEXT("mail", "url", mail_url),
    TEXT("mail", "from", mail_from),
    TEXT("mail", "user", mail_user),
    TEXT("mail", "password_file", mail_password),
    TEXT("mail", "trust", mail_trust),
    TEXT("sms", "url", sms_url),
    TEXT("sms", "key_file", sms_key),
    TEXT("sms", "trust", sms_trust),
    TEXT("registry", "source", registry_source),
    TEXT("registry", "mllp", registry_mllp),
    TEXT("registry", "mllp_from", registry_from),
    TEXT("registry", "mllp_clients", registry_clients),
    TEXT("registry", "drop", registry_drop),
    TEXT("registry", "poll_url", registry_url),
    TEXT("registry", "poll_token_file", registry_token),
    TEXT("registry", "poll_trust", registry_trust),
    NUMBER("registry", "poll_s", registry_poll_s, 1, 86400),
    TEXT("log", "level", log_level),
    {0},
};

/* The command line: options with a place in the file, and those that have none. */
static const struct option {
    const char *name, *argument, *help;
    struct conf_key key;
} options[] = {
    {"--data", "DIR", "the site's data; made when absent", TEXT("", "--data", data)},
    {"--key", "FILE", "its key file (default DIR.key)", TEXT("", "--key", key)},
    {"--config", "FILE", "settings; the command line wins over it", TEXT("", "--config", config)},
    {"--listen", "ADDR:PORT", "HTTPS (default 0.0.0.0:8443)", TEXT("", "--listen", https)},
    {"--http", "ADDR:PORT", "plain HTTP as well, on a loopback address only, for a reverse proxy",
     TEXT("", "--http", http)},
    {"--media", "ADDR:PORT", "media; worker n at PORT + n (default 0.0.0.0:8444)",
     TEXT("", "--media", media)},
    {"--turn", "ADDR:PORT",
     "TURN over TLS, for networks that let nothing else out, usually 0.0.0.0:443; worker n at PORT + n",
     TEXT("", "--turn", turn)},
    {"--announce", "ADDR", "the address or name that browsers reach this machine by",
     TEXT("", "--announce", announce)},
    {"--workers", "N", "media workers (default 1)", NUMBER("", "--workers", workers, 1, WORKERS_MAX)},
    {"--web", "DIR", "the built web client (default: found beside the program)", TEXT("", "--web", web)},
    {"--mllp", "ADDR:PORT", "the registry's HL7 v2 over MLLP", TEXT("", "--mllp", registry_mllp)},
    {"--registry-drop", "DIR", "the registry's batch files", TEXT("", "--registry-drop", registry_drop)},
    {"--log", "LEVEL", "debug, info, warn or error (default info)", TEXT("", "--log", log_level)},
};

static void defaults(struct settings *s)
{
    *s = (struct settings){
        .https = "0.0.0.0:8443",
        .media = "0.0.0.0:8444",
        .workers = 1,
        .site_name = "云桥",
        .site_zone = "Asia/Shanghai",
        .idle_s = 900,
        .release_h = 72,
        .correction_days = 15,
        .recording_days = 3 * 365 + 1,
        .triage_h = 24,
        .seen_h = 48,
        .weekend_h = 72,
        .result_h = 8,
        .critical_min = 15,
        .opinion_h = 24,
        .report_a_h = 2,
        .report_h = 24,
        .alarm_people = 3,
        .fever_tenths = 378,
        .room_after_min = 30,
        .intake_start_min = 60,
        .intake_look_h = 24,
        .intake_assess_days = 14,
        .intake_review_days = 365,
        .session_s = 12 * 3600,
        .argon2_mib = 64,
        .seal = "ecdsa-p256-sha256",
        .scrub_hours = 24,
        .readers = sysconf(_SC_NPROCESSORS_ONLN) > 2 ? sysconf(_SC_NPROCESSORS_ONLN) : 2,
        .queue = 1024,
        .connections = 4096,
        .connections_per_address = 512,
        .head_s = 10,
        .body_s = 10,
        .keep_s = 75,
        .write_s = 20,
        .rooms = 64,
        .peers = 512,
        .room_system_name = "会议终端",
        .room_system_clear = "no",
        .room_system_type = 96,
        .registry_source = "registry",
        .registry_poll_s = 10,
        .log_level = "info",
    };
    if (s->readers > 8) s->readers = 8;
}

void settings_help(int fd)
{
    dprintf(
        fd,
        "yunqiaod: serves one site of Yunqiao until it is told to stop (SIGTERM; SIGHUP reads settings and "
        "certificates again).\n\n  yunqiaod --data DIR [options]\n\n");
    for (size_t i = 0; i < COUNT_OF(options); i++)
        dprintf(fd, "  %-15s %-10s %s\n", options[i].name, options[i].argument, options[i].help);
    dprintf(fd, "  %-15s %-10s %s\n  %-15s %-10s %s\n\n", "--help", "", "this text", "--version", "",
            "the version");
    dprintf(fd, "Ends with 0: asked to; 2: wrong use or settings; 3: the store cannot be opened; 5: the "
                "world failed (port taken, "
                "disk full).\n");
}

static const struct option *option_find(const char *name, size_t bytes)
{
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (strlen(options[i].name) == bytes && memcmp(options[i].name, name, bytes) == 0) return &options[i];
    return NULL;
}

/* "--name value" or "--name=value". only: set nothing but this option; NULL: all. */
static enum err read_options(int argc, char **argv, struct settings *s, const char *only,
                             enum settings_want *want, char why[256])
{
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i], *value = strchr(text, '=');
        if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0)
            *want = SETTINGS_HELP;
        else if (strcmp(text, "--version") == 0)
            *want = SETTINGS_VERSION;
        if (*want != SETTINGS_RUN) return OK;
        const struct option *o = option_find(text, value ? (size_t)(value - text) : strlen(text));
        if (!o) {
            snprintf(why, 256, "%.100s: unknown; see yunqiaod --help", text);
            return ERR_BAD_INPUT;
        }
        value = value ? value + 1 : argv[++i];
        if (!value) {
            snprintf(why, 256, "%s wants %s; see yunqiaod --help", o->name, o->argument);
            return ERR_BAD_INPUT;
        }
        if (only && strcmp(o->name, only) != 0) continue;
        enum err err = conf_set(&o->key, s, value, why);
        if (err) return err;
    }
    return OK;
}

static bool level_of(const char *text, enum log_level *ret)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum log_level)i;
            return true;
        }
    return false;
}

enum log_level settings_log_level(const struct settings *s)
{
    enum log_level level = LOG_INFO;
    bool known = level_of(s->log_level, &level);
    ASSERT(known);
    return level;
}

/* What goes into a URL that browsers are given. */
static bool is_host_and_port(const char *text)
{
    const char *colon = strrchr(text, ':');
    uint64_t port;
    if (!colon || colon == text || !str_to_u64(str_of(colon + 1), &port) || port < 1 || port > 65535)
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-[]:") ==
           strlen(text);
}

static enum err check(struct settings *s, char why[256])
{
    enum log_level level;
    enum sign_algorithm algorithm;
    struct x509_names names = {0};
    if (!s->data[0]) {
        snprintf(why, 256, "--data DIR is needed: where the site's data is; see yunqiaod --help");
        return ERR_BAD_INPUT;
    }
    if (!s->key[0] && snprintf(s->key, sizeof s->key, "%s.key", s->data) >= (int)sizeof s->key) {
        snprintf(why, 256, "--data: too long");
        return ERR_BAD_INPUT;
    }
    if (!s->certificate[0] != !s->certificate_key[0]) {
        snprintf(why, 256, "[tls] certificate and key go together: give both or neither");
        return ERR_BAD_INPUT;
    }
    if (!level_of(s->log_level, &level)) {
        snprintf(why, 256, "[log] level: debug, info, warn or error is wanted, not \"%s\"", s->log_level);
        return ERR_BAD_INPUT;
    }
    if (!sign_from_name(str_of(s->seal), &algorithm)) {
        snprintf(why, 256, "[seal] algorithm: ecdsa-p256-sha256 or sm2-sm3 is wanted, not \"%s\"", s->seal);
        return ERR_BAD_INPUT;
    }
    if (s->turn_announce[0] && !is_host_and_port(s->turn_announce)) {
        snprintf(why, 256, "[media] turn_announce: HOST:PORT is wanted, as media.example.org:443");
        return ERR_BAD_INPUT;
    }
    if (s->announce[0] && !x509_names_add(&names, s->announce)) {
        snprintf(why, 256, "--announce: an address or a host name is wanted, without a port");
        return ERR_BAD_INPUT;
    }
    return OK;
}

/* So that a wrong address is refused before a store is made. */
static enum err check_parts(const struct settings *s, char why[256])
{
    struct net_settings net;
    struct workers_settings workers;
    enum err err = settings_net(s, &net, why);
    if (!err) err = settings_workers(s, &workers, why);
    mem_wipe(&workers, sizeof workers); /* a room system's keys */
    if (!err) err = outward_check(s, why);
    return err ? err : doors_check(s, why);
}

enum err settings_read(int argc, char **argv, struct settings *ret_settings, enum settings_want *ret_want,
                       char ret_why[256])
{
    struct settings s;
    *ret_want = SETTINGS_RUN;
    defaults(&s);
    enum err err = read_options(argc, argv, &s, "--config", ret_want, ret_why);
    if (err || *ret_want != SETTINGS_RUN) return err;
    if (s.config[0]) err = conf_read(s.config, keys, &s, ret_why);
    if (!err) err = read_options(argc, argv, &s, NULL, ret_want, ret_why);
    if (!err) err = check(&s, ret_why);
    if (!err) err = check_parts(&s, ret_why);
    if (!err) *ret_settings = s;
    return err == OK || err == ERR_NOMEM ? err : ERR_BAD_INPUT;
}

/* -- parts -- */

static bool is_loopback(const struct link_address *a)
{
    static const uint8_t six[16] = {[15] = 1};
    return a->family == 4 ? a->at[0] == 127 : a->family == 6 && memcmp(a->at, six, 16) == 0;
}

static enum err address(const char *what, const char *text, struct link_address *ret, char why[256])
{
    enum err err = link_address_from_text(str_of(text), ret);
    if (err)
        snprintf(why, 256, "%s: ADDRESS:PORT is wanted, as 0.0.0.0:8443 or [::]:8443, not \"%.60s\"", what,
                 text);
    return err;
}

static enum err trusted_of(const struct settings *s, struct net_settings *ret, char why[256])
{
    struct str rest = str_of(s->trusted);
    while (rest.bytes > 0) {
        struct str one = str_trim(str_cut(&rest, ','));
        if (one.bytes == 0) continue;
        if (ret->trusted_n == NET_TRUSTED_MAX || !field_block_of(one, &ret->trusted[ret->trusted_n])) {
            snprintf(
                why, 256,
                "[proxy] trusted: addresses or blocks as 127.0.0.1, 10.0.0.0/8, at most %d; not \"%.*s\"",
                NET_TRUSTED_MAX, one.bytes < 60 ? (int)one.bytes : 60, one.at);
            return ERR_BAD_INPUT;
        }
        ret->trusted_n++;
    }
    return OK;
}

enum err settings_net(const struct settings *s, struct net_settings *ret_net, char ret_why[256])
{
    struct net_settings n = {0};
    limit_settings_default(&n.limits);
    n.limits.connections_max = s->connections;
    n.limits.per_address_max = s->connections_per_address;
    n.limits.head_ms = s->head_s * 1000;
    n.limits.body_ms = s->body_s * 1000;
    n.limits.idle_ms = s->keep_s * 1000;
    n.limits.write_ms = s->write_s * 1000;
    enum err err = address("--listen", s->https, &n.listen[0].address, ret_why);
    if (err) return err;
    n.listen[n.listen_n++].is_tls = true;
    if (s->http[0]) {
        struct net_listen *l = &n.listen[n.listen_n++];
        err = address("--http", s->http, &l->address, ret_why);
        if (err) return err;
        if (!is_loopback(&l->address)) {
            snprintf(ret_why, 256,
                     "--http: a loopback address is wanted, 127.0.0.1:PORT or [::1]:PORT, not %s: plain HTTP "
                     "is for a "
                     "reverse proxy on this machine",
                     s->http);
            return ERR_BAD_INPUT;
        }
        l->is_proxied = true;
    }
    err = trusted_of(s, &n, ret_why);
    if (!err) *ret_net = n;
    return err;
}

enum err settings_workers(const struct settings *s, struct workers_settings *ret_workers, char ret_why[256])
{
    struct workers_settings w = {.count = (int)s->workers,
                                 .rooms_max = (uint32_t)s->rooms,
                                 .peers_max = (uint32_t)s->peers,
                                 .buffer_bytes = 2 << 20};
    enum err err = address("--media", s->media, &w.media, ret_why);
    if (err) return err;
    if (w.media.port != 0 && w.media.port + s->workers - 1 > 65535) {
        snprintf(ret_why, 256, "--media: worker n takes port + n, and there is no port above 65535");
        return ERR_BAD_INPUT;
    }
    if (s->turn[0]) err = address("--turn", s->turn, &w.turn, ret_why);
    if (err) return err;
    /* A name that is no address is for the certificate alone: media goes by numbers. */
    if (s->announce[0] && link_address_from_host(str_of(s->announce), &w.announce) != OK)
        w.announce = (struct link_address){0};
    err = room_system_read(s, &w, ret_why);
    if (!err) *ret_workers = w;
    mem_wipe(&w, sizeof w);
    return err;
}

/* The address that it listens at, when that is one that others can go to. */
static const char *turn_bound(const struct link_address *listen, char ret_text[LINK_ADDRESS_TEXT_BYTES])
{
    char *text = ret_text;
    bool is_loopback = listen->family == 4 && listen->at[0] == 127;
    if (link_address_is_any(listen) || is_loopback) return "localhost";
    link_address_text(listen, text);
    *strrchr(text, ':') = '\0';
    if (text[0] != '[') return text;
    text[strlen(text) - 1] = '\0';
    return text + 1;
}

void settings_turn(const struct settings *s, char ret_host[SETTINGS_TURN_HOST_BYTES], uint16_t *ret_port)
{
    struct str rest = str_of(s->turn_announce);
    struct link_address listen;
    ret_host[0] = '\0';
    *ret_port = 0;
    if (!s->turn[0] || link_address_from_text(str_of(s->turn), &listen) != OK) return;
    *ret_port = listen.port;
    if (rest.bytes) {
        const char *colon = strrchr(s->turn_announce, ':');
        snprintf(ret_host, SETTINGS_TURN_HOST_BYTES, "%.*s", (int)(colon - s->turn_announce),
                 s->turn_announce);
        *ret_port = (uint16_t)strtoul(colon + 1, NULL, 10);
    } else {
        char bound[LINK_ADDRESS_TEXT_BYTES];
        const char *host = s->announce[0] ? s->announce : turn_bound(&listen, bound);
        bool is_six = strchr(host, ':') != NULL;
        snprintf(ret_host, SETTINGS_TURN_HOST_BYTES, is_six ? "[%s]" : "%s", host);
    }
}

void settings_site(const struct settings *s, struct site_settings *ret_site)
{
    *ret_site = (struct site_settings){
        .idle_s = s->idle_s,
        .session_s = s->session_s,
        .argon2_mib = s->argon2_mib,
        .release_h = s->release_h,
        .correction_days = s->correction_days,
        .recording_days = s->recording_days,
        .clinic = {{(uint16_t)s->triage_h, (uint16_t)s->seen_h, (uint16_t)s->weekend_h},
                   s->result_h,
                   s->critical_min,
                   s->opinion_h,
                   {(uint16_t)s->intake_start_min, (uint16_t)s->intake_look_h,
                    (uint16_t)s->intake_assess_days, (uint16_t)s->intake_review_days},
                   {(uint16_t)s->report_a_h, (uint16_t)s->report_h, (uint16_t)s->alarm_people,
                    (uint16_t)s->fever_tenths, (uint16_t)s->room_after_min}}};
    if (!sign_from_name(str_of(s->seal), &ret_site->seal))
        ret_site->seal = SIGN_ECDSA; /* check() saw to it */
    memcpy(ret_site->name, s->site_name, sizeof ret_site->name);
    memcpy(ret_site->zone, s->site_zone, sizeof ret_site->zone);
    memcpy(ret_site->backup_target, s->backup_target, sizeof ret_site->backup_target);
}

void settings_cert(const struct settings *s, struct cert_settings *ret_cert)
{
    *ret_cert = (struct cert_settings){0};
    memcpy(ret_cert->certificate, s->certificate, sizeof ret_cert->certificate);
    memcpy(ret_cert->key, s->certificate_key, sizeof ret_cert->key);
    memcpy(ret_cert->announce, s->announce, sizeof ret_cert->announce);
    memcpy(ret_cert->site, s->site_name, sizeof ret_cert->site);
}

void settings_need_restart(const struct settings *now, const struct settings *then, char ret_keys[256])
{
    size_t n = 0;
    ret_keys[0] = '\0';
    for (const struct conf_key *k = keys; k->section; k++) {
        const char *a = (const char *)now + k->offset, *b = (const char *)then + k->offset;
        bool is_same = k->kind == CONF_TEXT ? strcmp(a, b) == 0 : memcmp(a, b, sizeof(int64_t)) == 0;
        bool is_live = strcmp(k->section, "tls") == 0 || strcmp(k->section, "log") == 0;
        if (is_same || is_live || n > 200) continue;
        n += (size_t)snprintf(ret_keys + n, 256 - n, "%s%s.%s", n ? " " : "", k->section, k->key);
    }
}
