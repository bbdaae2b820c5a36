/* settings: what yunqiaod was told: defaults, then the settings file, then the command line, each strictly checked. Main
 * thread; read-only after the start. docs/yunqiaod.conf lists every key with its default. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H
#include "app/workers.h"
#include "base/log.h"
#include "desk/site.h"
#include "net/cert.h"
#include "net/net.h"

#define SETTINGS_PATH_BYTES 512
#define SETTINGS_TURN_HOST_BYTES 120

struct settings {
    char data[SETTINGS_PATH_BYTES], key[SETTINGS_PATH_BYTES], config[SETTINGS_PATH_BYTES],
        web[SETTINGS_PATH_BYTES];
    char https[80], http[80], media[80], announce[64], turn[80], turn_announce[128];
    int64_t workers;
    char site_name[128], site_zone[64];
    int64_t idle_s, session_s, argon2_mib, release_h, correction_days, recording_days;
    int64_t triage_h, seen_h, weekend_h, result_h, critical_min, opinion_h;   /* of the clinic's work */
    int64_t report_a_h, report_h, alarm_people, fever_tenths, room_after_min; /* of what spreads */
    int64_t intake_start_min, intake_look_h, intake_assess_days, intake_review_days;
    char seal[24];                        /* the algorithm of signatures */
    char drug_table[SETTINGS_PATH_BYTES]; /* empty: the program's own */
    char certificate[256], certificate_key[256];
    char backup_target[256];
    int64_t scrub_hours, readers, queue;
    int64_t connections, connections_per_address, head_s, body_s, keep_s, write_s;
    int64_t rooms, peers;
    char trusted[512];
    char room_system_name[128], room_system_listen[80], room_system_address[80], room_system_keys[256],
        room_system_clear[4];
    int64_t room_system_type;
    char mail_url[256], mail_from[256], mail_user[256], mail_password[256], mail_trust[256];
    char sms_url[256], sms_key[256], sms_trust[256];
    char registry_source[41], registry_mllp[80], registry_from[512], registry_clients[256];
    char registry_drop[SETTINGS_PATH_BYTES];
    char registry_url[256], registry_token[256], registry_trust[256];
    int64_t registry_poll_s;
    char log_level[8];
};

enum settings_want { SETTINGS_RUN, SETTINGS_HELP, SETTINGS_VERSION };

/* ERR_BAD_INPUT: ret_why says what is wrong, where, and what is known. */
enum err settings_read(int argc, char **argv, struct settings *ret_settings, enum settings_want *ret_want,
                       char ret_why[256]) MUST_USE;
/* Where browsers reach TURN over TLS; empty: nowhere. */
void settings_turn(const struct settings *s, char ret_host[SETTINGS_TURN_HOST_BYTES], uint16_t *ret_port);
void settings_help(int fd);

/* -- the parts, in the shapes that their owners want -- */
enum err settings_net(const struct settings *s, struct net_settings *ret_net, char ret_why[256]) MUST_USE;
enum err settings_workers(const struct settings *s, struct workers_settings *ret_workers,
                          char ret_why[256]) MUST_USE;
enum log_level settings_log_level(const struct settings *s);
void settings_site(const struct settings *s, struct site_settings *ret_site);
void settings_cert(const struct settings *s, struct cert_settings *ret_cert);
/* What differs between the two and cannot change while the program runs: "site.name session.idle_s", or empty. */
void settings_need_restart(const struct settings *now, const struct settings *then, char ret_keys[256]);

#endif
