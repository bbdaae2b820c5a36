/* site: what belongs to this installation and outlives any request: the store, the settings that endpoints
 * may read, and the questions only the running program can answer (workers, certificates, connections). Wired
 * once by app; read-only after that but for what says otherwise. */
#ifndef DESK_SITE_H
#define DESK_SITE_H
#include "auth/throttle.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/sign.h"
#include "desk/escalate_limits.h"
#include "store/store.h"

struct records; /* records/records.h */
struct calls;   /* desk/calls.h: the thread on which rooms live */
struct errand;  /* desk/errand.h: threads for slow work by value */
struct outbox;  /* desk/outbox.h: what goes out of the house */
struct bulk;    /* desk/bulk.h: files of exports of many records */
struct agenda;  /* desk/agenda.h: who can be booked, with their hours */

struct site_settings { /* from the settings file; see docs/OPERATIONS */
    char name[128];    /* of the site, shown to people */
    char zone[64];     /* IANA */
    int64_t idle_s;    /* a session ends after so long without a request */
    int64_t session_s; /* and after so long in any case */
    int64_t argon2_mib;
    int64_t
        correction_days; /* worked days for a decision about what a patient wants corrected; 0: STATEMENT_DAYS_DEFAULT */
    int64_t recording_days; /* recordings are kept so long before their end may be asked for; 0: for ever */
    int64_t release_h;      /* results are released to their patients by the clock after so long; 0: never */
    struct escalate_limits
        clinic;               /* by when calls are triaged and seen, results acknowledged, opinions signed */
    enum sign_algorithm seal; /* by which documents are signed when nothing else is asked for */
    char backup_target[256];  /* shown to the system admin; empty: none */
};

struct site;
/* A notice to browsers over the WebSocket. Exactly one of account, session and role says to whom. Copied. */
struct site_notice {
    const char *account, *session, *role;
    const char *kind; /* "session_ended", "health", "lockout" … */
    const char *data; /* a JSON object */
};

struct site {
    struct store *store;
    struct errand *errands;
    struct records *records;
    struct agenda *agenda;     /* NULL in the operator's command */
    struct calls *calls;       /* NULL in the operator's command and in tests of other things */
    struct outbox *outbox;     /* the same */
    struct bulk *bulk;         /* the same */
    struct montages *montages; /* the same */
    struct throttle *throttle; /* by address; its own lock */
    _Atomic int bad_lines;     /* of calls, in the last hour: the desk says (desk/line_watch) */
    struct site_settings settings;
    char files[512];      /* DIR/files: attachments, sealed (records/file_seal.h) */
    char recordings[512]; /* DIR/recordings: films of consultations, sealed (desk/reel, link/recording) */
    char codec[512];      /* yunqiao-codec, for films out of films (desk/montage) */
    char imaging[512];    /* the program that runs DCMTK's tools in a box (imaging/box) */
    char press[512];      /* the program that prints (paper/press) */
    struct instant started;
    const char *version;

    /* Answered by app; NULL in the operator's command and in tests. They write JSON members into an open
     * object. Any thread. */
    void (*write_workers)(struct site *s, struct json_out *o);
    void (*write_certificates)(struct site *s, struct json_out *o);
    void (*write_connections)(struct site *s, struct json_out *o); /* "http": n, "ws": n */
    bool (*restart_worker)(struct site *s, int index);
    enum err (*renew_certificate)(struct site *s);
    /* Tells the browser clients: a notice (docs/PROTOCOL §7) to an account, a session, or a role. Any thread.
     */
    void (*notify)(struct site *s, const struct site_notice *n);
    void *app;
};

#endif
