#include "app/command.h"
#include "base/json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUES_MAX 512
#define REQUEST_BYTES_MAX (64 * 1024)

/* -- the words -- */

static const struct command commands[] = {
    {"init", "init", "makes the store, its key and the first three administrators", "", true},
    {"user add", "user.add", "makes an account; prints a password for one use",
     "name! display! staff-number! role!", false},
    {"user list", "user.list", "lists the accounts", "", false},
    {"user disable", "user.disable", "ends an account's sessions and lets nobody in", "name! reason", false},
    {"user enable", "user.enable", "lets a disabled account in again", "name! reason", false},
    {"user unlock", "user.unlock", "frees an account that is locked by wrong tries", "name! reason", false},
    {"user reset", "user.reset", "a new password for one use; with --totp a new second factor too",
     "name! totp", false},
    {"token", "token", "prints a bearer token for a program", "user! ttl label", false},
    {"room-token", "room.token",
     "prints a token by which a WHIP source or a WHEP viewer enters rooms; --revoke ID takes one back",
     "room source publish subscribe ttl revoke", false},
    {"terminal", "terminal", "prints a code for one use that makes a browser the wall terminal of that name",
     "name! ttl", false},
    {"audit verify", "audit.verify", "walks the audit chain; exit 1 when it is damaged", "", false},
    {"backup", "backup", "makes a base now", "to", false},
    {"restore", NULL, "puts a backup into an empty folder, verified", "from!", false},
    {"rotate-key", "rotate-key", "seals the store with a new key", "", false},
    {"scrub", "scrub", "reads and verifies every page; exit 1 when one is bad", "", false},
    {"records verify", "records.verify", "reads every record again; exit 1 when body and index disagree", "",
     false},
    {"recording list", "recording.list", "lists the recordings of consultations, the newest first", "",
     false},
    {"recording export", "recording.export",
     "proves a recording and writes its films, unsealed, into a folder; exit 1 when one is damaged",
     "recording! out! force", false},
    {"demo", "demo", "makes the demo site and its accounts, and prints their logins",
     "force bare unbooked any-hour", true},
    {"import", "import", "loads FHIR bundles from FILE…, plain or gzip; exit 1 when one is refused",
     "files! again", false},
    {"codes load", "codes.load", "replaces a code list by a CSV file of code,name[,classes]", "list! file!",
     false},
    {"registry-sim", NULL,
     "plays the registry of an invented centre through one of its doors; exit 1 when an event was refused",
     "mllp drop poll-serve rate people seed date charset", false},
    {"address", "address", "prints where the running server is reached", "", false},
    {"verify", NULL,
     "checks a signed opinion (PDF or bundle.json) away from any site; exit 1 when something does not hold",
     "files! lang", false},
    {"version", NULL, "prints the version", "", false},
};

enum kind { TEXT, NUMBER, FLAG, LIST };
static const struct option {
    const char *name, *key, *argument, *help;
    enum kind kind;
} options[] = {
    {"name", "name", "NAME", "the login name", TEXT},
    {"display", "display", "TEXT", "the name that people see", TEXT},
    {"staff-number", "staff_number", "TEXT", "the staff's or detainee's number; one account a person", TEXT},
    {"role", "roles", "ROLE", "a role; may be given more than once", LIST},
    {"reason", "reason", "TEXT", "why; stands in the trail", TEXT},
    {"totp", "totp", "", "the second factor as well", FLAG},
    {"user", "user", "NAME", "the account that the token acts for", TEXT},
    {"ttl", "ttl_s", "SECONDS", "how long it is good for", NUMBER},
    {"label", "label", "TEXT", "what it is for", TEXT},
    {"room", "room", "PATTERN", "a room's id, or a beginning and a star: bench-*", TEXT},
    {"source", "source", "NAME", "the only source that it is good for", TEXT},
    {"publish", "publish", "", "it may send (WHIP)", FLAG},
    {"subscribe", "subscribe", "", "it may watch (WHEP)", FLAG},
    {"revoke", "revoke", "ID", "the id of a token that is void from now on; nothing else is done", TEXT},
    {"to", "to", "DIR", "the backup target (a running server knows its own)", TEXT},
    {"from", "from", "DIR", "the backup target", TEXT},
    {"recording", "recording", "ID", "the recording, as its visit's page and the list name it", TEXT},
    {"out", "out", "DIR", "where the films go; made when absent", TEXT},
    {"files", "files", "FILE", "a bundle; the name alone does, without --files", LIST},
    {"again", "again", "", "also what was loaded before, once more", FLAG},
    {"list", "list", "NAME", "icd10 or drug", TEXT},
    {"file", "file", "FILE", "the list, in UTF-8", TEXT},
    {"lang", "lang", "LANG", "zh or en (default: zh)", TEXT},
    {"mllp", "mllp", "ADDR:PORT", "sends HL7 v2 there, each once the one before is answered", TEXT},
    {"drop", "drop", "DIR", "puts batch files there", TEXT},
    {"poll-serve", "poll_serve", "ADDR:PORT", "is asked over HTTP there, until all was asked for", TEXT},
    {"rate", "rate", "N", "events a second (default: as fast as they are taken)", NUMBER},
    {"people", "people", "N", "how many are held there, at most 10000 (default 300)", NUMBER},
    {"seed", "seed", "N", "0 to 999: another centre, other people (default 1)", NUMBER},
    {"date", "date", "DAY", "the day that is played, as 2026-11-27 (default: today)", TEXT},
    {"charset", "charset", "NAME", "utf-8 or gb18030 (default utf-8)", TEXT},
    {"force", "force", "", "although there are accounts that the demo did not make, or files of that name",
     FLAG},
    {"bare", "bare", "", "the accounts alone, without the invented site", FLAG},
    {"unbooked", "unbooked", "", "the invented site without consultations from today on", FLAG},
    {"any-hour", "any-hour", "", "whom one logs in as can be booked at any hour of any day", FLAG},
};

static const struct option *option_find(const char *name, size_t bytes)
{
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (strlen(options[i].name) == bytes && memcmp(options[i].name, name, bytes) == 0) return &options[i];
    return NULL;
}

/* Whether the command takes the option, and whether it must be there. */
static bool takes(const struct command *c, const char *name, bool *ret_must)
{
    struct str rest = str_of(c->takes);
    while (rest.bytes > 0) {
        struct str one = str_cut(&rest, ' ');
        bool must = one.bytes > 0 && one.at[one.bytes - 1] == '!';
        if (must) one.bytes--;
        if (!str_is_text(one, name)) continue;
        *ret_must = must;
        return true;
    }
    return false;
}

static bool needs_no_data(const struct command *c)
{
    return strcmp(c->words, "version") == 0 || strcmp(c->words, "verify") == 0 ||
           strcmp(c->words, "registry-sim") == 0;
}

/* -- help -- */

static void help_one(int fd, const struct command *c)
{
    bool is_apart = strcmp(c->words, "verify") == 0, is_sim = strcmp(c->words, "registry-sim") == 0;
    dprintf(fd, "yunqiao %s: %s.\n\n  yunqiao %s%s", c->words, c->help, c->words,
            is_sim     ? " [--json]"
            : is_apart ? " [--key FILE]"
                       : " --data DIR [--key FILE] [--json]");
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        const struct option *o = &options[i];
        bool must;
        if (!takes(c, o->name, &must)) continue;
        if (strcmp(o->name, "files") == 0) continue;
        dprintf(fd, must ? " --%s%s%s" : " [--%s%s%s]", o->name, o->argument[0] ? " " : "", o->argument);
    }
    if (takes(c, "files", &(bool){false})) dprintf(fd, " FILE…");
    dprintf(fd, is_sim     ? "\n\n  --json             prints JSON, for scripts\n"
                : is_apart ? "\n\n  --key FILE         the site's public key (PEM); else the file's own is "
                             "taken, and shown\n"
                           : "\n\n  --data DIR         the site's data\n  --key FILE         its key file "
                             "(default DIR.key)\n"
                             "  --json             prints JSON, for scripts\n");
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        bool must;
        char left[40];
        if (!takes(c, options[i].name, &must)) continue;
        snprintf(left, sizeof left, "--%s %s", options[i].name, options[i].argument);
        dprintf(fd, "  %-18s %s\n", left, options[i].help);
    }
}

void command_help(int fd, const struct command *command)
{
    if (command) {
        help_one(fd, command);
    } else {
        dprintf(fd, "yunqiao: what an operator does with a site. While yunqiaod serves it, it is asked; "
                    "stopped, the store is opened "
                    "here.\n\n");
        for (size_t i = 0; i < COUNT_OF(commands); i++)
            dprintf(fd, "  yunqiao %-14s %s\n", commands[i].words, commands[i].help);
        dprintf(fd, "\nEach takes --data DIR, and --help.\n");
    }
    dprintf(fd, "\nEnds with 0: done; 1: done, and what was asked is not so; 2: wrong use; 3: the store "
                "cannot be opened;\n"
                "4: refused by a rule; 5: the world failed.\n");
}

/* -- reading -- */

struct value {
    const struct option *option;
    const char *text;
};

struct reading {
    struct command_call *call;
    struct value values[VALUES_MAX];
    int values_n;
    char *why;
};

static enum err wrong(struct reading *r, const char *format, const char *a, const char *b)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(r->why, 256, format, a, b);
#pragma GCC diagnostic pop
    return ERR_BAD_INPUT;
}

/* The longest words that match win: "user add" before "user". Returns how many arguments they took. */
static int find_command(int argc, char **argv, const struct command **ret)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        char two[64];
        if (argc > 1 && strcmp(argv[1], commands[i].words) == 0) {
            *ret = &commands[i];
            return 1;
        }
        if (argc > 2 && snprintf(two, sizeof two, "%s %s", argv[1], argv[2]) < (int)sizeof two &&
            strcmp(two, commands[i].words) == 0) {
            *ret = &commands[i];
            return 2;
        }
    }
    *ret = NULL;
    return 0;
}

static enum err keep_path(struct reading *r, const char *name, const char *value, char to[COMMAND_PATH_BYTES])
{
    if (snprintf(to, COMMAND_PATH_BYTES, "%s", value) < COMMAND_PATH_BYTES) return OK;
    return wrong(r, "--%s: too long%s", name, "");
}

static enum err keep_option(struct reading *r, const char *name, size_t bytes, const char *value)
{
    const struct option *o = option_find(name, bytes);
    bool must;
    if (!o || !takes(r->call->command, o->name, &must))
        return wrong(r, "--%.60s: unknown; see yunqiao %s --help", name, r->call->command->words);
    if (r->values_n == VALUES_MAX) return wrong(r, "too many options%s%s", "", "");
    if (o->kind != LIST)
        for (int i = 0; i < r->values_n; i++)
            if (r->values[i].option == o) return wrong(r, "--%s: given twice%s", o->name, "");
    r->values[r->values_n++] = (struct value){o, value};
    if (strcmp(o->name, "from") == 0) return keep_path(r, "from", value, r->call->from);
    return OK;
}

/* Whoever reads the file (the server, perhaps) stands elsewhere: names become absolute. They live as long as the process. */
static const char *absolute(const char *name)
{
    static char *kept[VALUES_MAX + 1];
    static int n;
    if (n > VALUES_MAX) return name; /* one too many: to be refused */
    kept[n] = realpath(name, NULL);
    return kept[n] ? kept[n++] : name;
}

/* The same of a folder that may not be there yet. */
static const char *absolute_folder(const char *name)
{
    static char kept[2 * COMMAND_PATH_BYTES];
    size_t n;
    if (name[0] == '/' || !getcwd(kept, COMMAND_PATH_BYTES)) return name;
    n = strlen(kept);
    snprintf(kept + n, sizeof kept - n, "/%s", name);
    return kept;
}

static enum err read_option(struct reading *r, char **argv, int *at)
{
    const char *text = argv[*at];
    struct command_call *call = r->call;
    if (strcmp(text, "--json") == 0) {
        call->wants_json = true;
        return OK;
    }
    bool must;
    if (strncmp(text, "--", 2) != 0 && takes(call->command, "files", &must))
        return keep_option(r, "files", 5, absolute(text));
    if (strncmp(text, "--", 2) != 0 || !text[2])
        return wrong(r, "%.60s: what is that? See yunqiao %s --help", text, call->command->words);
    const char *equals = strchr(text, '='), *value = equals ? equals + 1 : NULL;
    size_t bytes = equals ? (size_t)(equals - text) - 2 : strlen(text) - 2;
    const struct option *o = option_find(text + 2, bytes);
    if (o && o->kind == FLAG && !value) return keep_option(r, text + 2, bytes, "");
    if (!value && !(value = argv[*at + 1])) return wrong(r, "%.60s wants a value%s", text, "");
    if (!equals) ++*at;
    if (bytes == 4 && memcmp(text + 2, "data", 4) == 0) return keep_path(r, "data", value, call->data);
    if (bytes == 3 && memcmp(text + 2, "key", 3) == 0) return keep_path(r, "key", value, call->key);
    if (o && (strcmp(o->name, "file") == 0 || strcmp(o->name, "files") == 0)) value = absolute(value);
    if (o && strcmp(o->name, "out") == 0) value = absolute_folder(value);
    return keep_option(r, text + 2, bytes, value);
}

static enum err check_musts(struct reading *r)
{
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        bool must = false, is_there = false;
        if (!takes(r->call->command, options[i].name, &must) || !must) continue;
        for (int v = 0; v < r->values_n; v++)
            is_there |= r->values[v].option == &options[i];
        if (!is_there && strcmp(options[i].name, "files") == 0)
            return wrong(r, "%s… is needed%s", "FILE", "");
        if (!is_there) return wrong(r, "--%s %s is needed", options[i].name, options[i].argument);
    }
    return OK;
}

static enum err write_value(struct reading *r, struct json_out *o, const struct value *v)
{
    int64_t n;
    switch (v->option->kind) {
    case TEXT:
        if (!str_is_utf8(str_of(v->text))) return wrong(r, "--%s: not UTF-8%s", v->option->name, "");
        json_put_text(o, v->option->key, v->text);
        return OK;
    case NUMBER:
        if (!str_to_i64(str_of(v->text), &n))
            return wrong(r, "--%s: a whole number is wanted, not \"%.40s\"", v->option->name, v->text);
        json_put_int(o, v->option->key, n);
        return OK;
    case FLAG:
        json_put_bool(o, v->option->key, true);
        return OK;
    case LIST:
        break;
    }
    return OK;
}

static void write_list(const struct reading *r, struct json_out *o, const struct option *option)
{
    json_open_array(o, option->key);
    for (int i = 0; i < r->values_n; i++)
        if (r->values[i].option == option) json_put_text(o, NULL, r->values[i].text);
    json_close_array(o);
}

static enum err write_request(struct reading *r)
{
    struct json_out o;
    const struct option *list = NULL;
    enum err err = OK;
    json_out_init(&o, &r->call->request);
    json_open(&o, NULL);
    json_put_text(&o, "op", r->call->command->op ? r->call->command->op : r->call->command->words);
    json_open(&o, "args");
    for (int i = 0; i < r->values_n && !err; i++) {
        if (r->values[i].option->kind == LIST)
            list = r->values[i].option;
        else
            err = write_value(r, &o, &r->values[i]);
    }
    if (!err && list) write_list(r, &o, list);
    json_close(&o);
    json_close(&o);
    return err ? err : r->call->request.err;
}

static enum err check_data(struct reading *r)
{
    struct command_call *call = r->call;
    if (needs_no_data(call->command)) return OK;
    if (!call->data[0]) return wrong(r, "--data DIR is needed%s%s", "", "");
    if (call->key[0]) return OK;
    if (snprintf(call->key, sizeof call->key, "%s.key", call->data) < (int)sizeof call->key) return OK;
    return wrong(r, "--data: too long%s%s", "", "");
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0 ||
            (i == 1 && strcmp(argv[i], "help") == 0))
            return true;
    return false;
}

enum err command_read(int argc, char **argv, struct command_call *ret_call, char ret_why[256])
{
    struct reading r = {.call = ret_call, .why = ret_why};
    enum err err = OK;
    *ret_call = (struct command_call){0};
    buf_init(&ret_call->request, REQUEST_BYTES_MAX);
    int at = find_command(argc, argv, &ret_call->command) + 1;
    ret_call->wants_help = asks_for_help(argc, argv);
    if (ret_call->wants_help) return OK;
    if (!ret_call->command) {
        if (argc < 2) return wrong(&r, "what shall be done? See yunqiao --help%s%s", "", "");
        return wrong(&r, "%.40s%.40s: unknown; see yunqiao --help", argv[1], "");
    }
    for (; at < argc && !err; at++)
        err = read_option(&r, argv, &at);
    if (!err) err = check_musts(&r);
    if (!err) err = check_data(&r);
    if (!err) err = write_request(&r);
    return err;
}
