#include "media/ice.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/bytes.h"
#include "media/stun.h"

enum { UFRAG_RANDOM_BYTES = 6, PASSWORD_RANDOM_BYTES = 18, PATH_KEY_BYTES = 1 + 4 + 1 + 16 + 2 };
_Static_assert(STR_BASE64_BYTES(UFRAG_RANDOM_BYTES) <= ICE_UFRAG_BYTES, "a ufrag fits");
_Static_assert(STR_BASE64_BYTES(PASSWORD_RANDOM_BYTES) <= ICE_PASSWORD_BYTES, "a password fits");
_Static_assert(PASSWORD_RANDOM_BYTES * 4 / 3 >= 22, "RFC 8445 asks for 128 bits in 22 characters");

struct credentials {
    char ufrag[ICE_UFRAG_BYTES], password[ICE_PASSWORD_BYTES];
};
struct path {
    struct ice_path path;
    uint32_t generation, priority, nomination;
    struct tick checked, heard; /* heard: anything that was verified */
};
struct ice_session {
    struct ice *ice;
    void *owner;
    struct credentials now, before; /* before.ufrag "" : none */
    uint32_t generation;            /* of now; before is one less */
    enum ice_state state;
    struct tick began, checked, settled, overlap_ends;
    bool is_nominated, is_overlap_ending;
    int selected; /* index of paths; -1: none */
    int path_count;
    struct path paths[ICE_PATHS_MAX];
};
struct ice {
    struct map *by_ufrag, *by_path;
};

struct ice *ice_new(uint32_t sessions_max)
{
    struct ice *ice = mem_zalloc(sizeof *ice);
    if (!ice) return NULL;
    ice->by_ufrag = map_new(sessions_max * 2); /* a restart has two */
    ice->by_path = map_new(sessions_max * ICE_PATHS_MAX);
    if (ice->by_ufrag && ice->by_path) return ice;
    ice_free(ice);
    return NULL;
}

void ice_free(struct ice *ice)
{
    if (!ice) return;
    ASSERT(!ice->by_ufrag || map_count(ice->by_ufrag) == 0);
    map_free(ice->by_ufrag);
    map_free(ice->by_path);
    mem_free(ice);
}

static struct str path_key(const struct ice_path *p, uint8_t key[PATH_KEY_BYTES])
{
    key[0] = (uint8_t)p->way;
    bytes_put32(key + 1, p->id);
    key[5] = p->remote.family;
    memcpy(key + 6, p->remote.at, 16);
    bytes_put16(key + 22, p->remote.port);
    return (struct str){(const char *)key, PATH_KEY_BYTES};
}

/* base64url has "-" and "_", which are no ice-char (RFC 8839 §5.4); base64 has these two in their place. */
static void to_ice_chars(char *text)
{
    for (; *text; text++)
        *text = *text == '-' ? '+' : *text == '_' ? '/' : *text;
}

static enum err credentials_make(struct ice_session *s, struct credentials *c)
{
    rnd_token("", UFRAG_RANDOM_BYTES, c->ufrag);
    rnd_token("", PASSWORD_RANDOM_BYTES, c->password);
    to_ice_chars(c->ufrag);
    to_ice_chars(c->password);
    if (map_get(s->ice->by_ufrag, str_of(c->ufrag))) return ERR_EXISTS; /* once in 2^48 */
    return map_put(s->ice->by_ufrag, str_of(c->ufrag), s);
}

enum err ice_session_new(struct ice *ice, void *owner, struct tick now, struct ice_session **ret_session)
{
    struct ice_session *s = mem_zalloc(sizeof *s);
    if (!s) return ERR_NOMEM;
    *s = (struct ice_session){.ice = ice, .owner = owner, .began = now, .selected = -1};
    enum err err = credentials_make(s, &s->now);
    if (err)
        mem_free(s);
    else
        *ret_session = s;
    return err;
}

static void path_remove(struct ice_session *s, int at)
{
    uint8_t key[PATH_KEY_BYTES];
    (void)map_remove(s->ice->by_path, path_key(&s->paths[at].path, key));
    s->path_count--;
    memmove(&s->paths[at], &s->paths[at + 1], (size_t)(s->path_count - at) * sizeof s->paths[0]);
    if (s->selected == at)
        s->selected = -1;
    else if (s->selected > at)
        s->selected--;
}

static void before_drop(struct ice_session *s)
{
    if (s->before.ufrag[0]) (void)map_remove(s->ice->by_ufrag, str_of(s->before.ufrag));
    mem_wipe(&s->before, sizeof s->before);
    s->is_overlap_ending = false;
}

void ice_session_free(struct ice_session *s)
{
    if (!s) return;
    while (s->path_count)
        path_remove(s, s->path_count - 1);
    before_drop(s);
    (void)map_remove(s->ice->by_ufrag, str_of(s->now.ufrag));
    mem_wipe_free(s, sizeof *s);
}

void *ice_session_owner(const struct ice_session *s)
{
    return s->owner;
}
struct str ice_session_ufrag(const struct ice_session *s)
{
    return str_of(s->now.ufrag);
}
struct str ice_session_password(const struct ice_session *s)
{
    return str_of(s->now.password);
}

enum err ice_session_restart(struct ice_session *s)
{
    struct credentials fresh = {0};
    /* A second restart while the first is under way: the credentials in between were never used. */
    bool keeps_before = s->before.ufrag[0] && !s->is_overlap_ending;
    enum err err = credentials_make(s, &fresh);
    if (err) return err;
    if (keeps_before) {
        (void)map_remove(s->ice->by_ufrag, str_of(s->now.ufrag));
    } else {
        before_drop(s);
        s->before = s->now;
    }
    s->now = fresh;
    s->generation++;
    s->is_nominated = false;
    mem_wipe(&fresh, sizeof fresh);
    return OK;
}

/* What the answers have in common. */
static size_t answer_end(struct stun_out *o, struct str key)
{
    if (key.bytes) stun_add_integrity(o, key);
    stun_add_fingerprint(o);
    return stun_end(o);
}

static size_t refuse(const struct stun *to, uint16_t code, struct str key, uint8_t *answer)
{
    struct stun_out o;
    stun_start_answer(&o, answer, ICE_ANSWER_BYTES_MAX, STUN_FAILURE, to);
    stun_add_error(&o, code);
    if (code == 420) stun_add_unknown(&o, to);
    return answer_end(&o, key);
}

static size_t succeed(const struct stun *to, const struct ice_path *path, struct str key, uint8_t *answer)
{
    struct stun_out o;
    stun_start_answer(&o, answer, ICE_ANSWER_BYTES_MAX, STUN_SUCCESS, to);
    stun_add_address(&o, STUN_AT_XOR_MAPPED_ADDRESS, &path->remote);
    return answer_end(&o, key);
}

static int path_find(const struct ice_session *s, const struct ice_path *path)
{
    for (int i = 0; i < s->path_count; i++)
        if (ice_path_is(&s->paths[i].path, path)) return i;
    return -1;
}

static void path_remove_stalest(struct ice_session *s)
{
    int stalest = -1;
    for (int i = 0; i < s->path_count; i++)
        if (i != s->selected && (stalest < 0 || s->paths[i].checked.ms < s->paths[stalest].checked.ms))
            stalest = i;
    path_remove(s, stalest);
}

/* The path of an authenticated check: known, new, or taken over from the session that had it before (a NAT
 * gives ports out again). */
static enum err path_note(struct ice_session *s, const struct ice_path *path, struct tick now, int *ret_at,
                          unsigned *events)
{
    uint8_t key[PATH_KEY_BYTES];
    int at = path_find(s, path);
    if (at < 0) {
        struct ice_session *other = map_get(s->ice->by_path, path_key(path, key));
        if (other) path_remove(other, path_find(other, path));
        if (s->path_count == ICE_PATHS_MAX) path_remove_stalest(s);
        enum err err = map_put(s->ice->by_path, path_key(path, key), s);
        if (err) return err;
        at = s->path_count++;
        s->paths[at] = (struct path){.path = *path};
        *events |= ICE_VALIDATED;
    }
    s->paths[at].checked = s->paths[at].heard = now;
    *ret_at = at;
    return OK;
}

static bool is_silent(const struct path *p, struct tick now)
{
    return now.ms - p->heard.ms >= ICE_MOVE_MS;
}

static bool takes_over(const struct ice_session *s, int at, const struct stun *check, uint32_t generation,
                       struct tick now)
{
    const struct path *p = &s->paths[at], *selected = s->selected < 0 ? NULL : &s->paths[s->selected];
    if (!selected) return true;
    if (generation != s->generation) return false; /* of before the restart: what it has, it keeps */
    if (!check->use_candidate) return selected->generation != generation && is_silent(selected, now);
    if (!s->is_nominated || selected->generation != generation) return true;
    if (check->has_nomination && selected->nomination) return check->nomination > selected->nomination;
    bool is_settling = now.ms - s->settled.ms < ICE_SETTLE_MS;
    return !is_settling || p->priority > selected->priority;
}

static void nominate(struct ice_session *s, int at, const struct stun *check, uint32_t generation,
                     struct tick now, unsigned *events)
{
    if (takes_over(s, at, check, generation, now) && s->selected != at) {
        s->selected = at;
        *events |= ICE_SELECTED;
    }
    if (s->selected != at || !check->use_candidate || generation != s->generation) return;
    if (check->has_nomination) s->paths[at].nomination = check->nomination;
    if (!s->is_nominated) s->settled = now;
    s->is_nominated = true;
    if (s->before.ufrag[0] && !s->is_overlap_ending) {
        s->is_overlap_ending = true;
        s->overlap_ends = (struct tick){now.ms + ICE_OVERLAP_MS};
    }
}

static enum err check_apply(struct ice_session *s, const struct ice_path *path, const struct stun *check,
                            uint32_t generation, struct tick now, unsigned *events)
{
    int at;
    enum err err = path_note(s, path, now, &at, events);
    if (err) return err;
    s->paths[at].generation = generation;
    if (check->has_priority) s->paths[at].priority = check->priority;
    nominate(s, at, check, generation, now, events);
    if (s->state != ICE_CONNECTED) *events |= ICE_BACK;
    s->state = ICE_CONNECTED;
    s->checked = now;
    return OK;
}

bool ice_session_heard(struct ice_session *s, const struct ice_path *path, struct tick now)
{
    int at =
        s->selected >= 0 && ice_path_is(&s->paths[s->selected].path, path) ? s->selected : path_find(s, path);
    if (at < 0) return false;
    s->checked = now;
    if (at == s->selected) {
        s->paths[at].heard = now;
        return false;
    }
    const struct path *selected = s->selected < 0 ? NULL : &s->paths[s->selected];
    bool is_of_before = selected && selected->generation != s->generation;
    s->paths[at].heard = now;
    if (s->paths[at].generation != s->generation) return false;
    if (selected && !is_of_before && !is_silent(selected, now)) return false;
    s->selected = at;
    return true;
}

/* The session of a check and the key that it must be signed with. */
static struct ice_session *session_of(const struct ice *ice, struct str username, struct str *ret_key,
                                      uint32_t *ret_generation)
{
    struct str ours, theirs;
    if (!stun_username_split(username, &ours, &theirs)) return NULL;
    struct ice_session *s = map_get(ice->by_ufrag, ours);
    if (!s || s->state == ICE_GONE) return NULL;
    bool is_now = str_is_text(ours, s->now.ufrag);
    *ret_key = str_of(is_now ? s->now.password : s->before.password);
    *ret_generation = is_now ? s->generation : s->generation - 1;
    return s;
}

enum err ice_stun(struct ice *ice, const struct ice_path *path, const uint8_t *at, size_t bytes,
                  struct tick now, uint8_t *answer, struct ice_result *ret_result)
{
    struct ice_result r = {0};
    struct stun check;
    struct str key;
    uint32_t generation;
    enum err err = stun_parse(at, bytes, &check);
    if (err) return err;
    if (check.class != STUN_REQUEST || check.method != STUN_BINDING)
        return ERR_BAD_INPUT; /* we ask nothing */
    if (!check.has_username || !check.integrity_at) {
        r.answer_bytes = refuse(&check, 400, STR(""), answer);
        *ret_result = r;
        return OK;
    }
    struct ice_session *s = session_of(ice, check.username, &key, &generation);
    if (!s) return ERR_BAD_INPUT;
    if (!stun_is_signed(&check, key)) {
        r.answer_bytes = refuse(&check, 401, STR(""), answer);
    } else if (check.unknown_count) {
        r.answer_bytes = refuse(&check, 420, key, answer);
    } else if (check.has_controlled) {
        r.answer_bytes = refuse(&check, 487, key, answer); /* a lite agent cannot control: the peer must */
    } else {
        err = check_apply(s, path, &check, generation, now, &r.events);
        if (err) return err;
        r.session = s;
        r.answer_bytes = succeed(&check, path, key, answer);
    }
    *ret_result = r;
    return OK;
}

struct ice_session *ice_find(const struct ice *ice, const struct ice_path *path)
{
    uint8_t key[PATH_KEY_BYTES];
    return map_get(ice->by_path, path_key(path, key));
}

struct ice_session *ice_path_gone(struct ice *ice, const struct ice_path *path)
{
    struct ice_session *s = ice_find(ice, path);
    if (!s) return NULL;
    int at = path_find(s, path);
    bool was_selected = at == s->selected;
    path_remove(s, at);
    return was_selected ? s : NULL;
}

bool ice_session_path(const struct ice_session *s, struct ice_path *ret_path)
{
    if (s->selected < 0 || s->state == ICE_GONE) return false;
    *ret_path = s->paths[s->selected].path;
    return true;
}

static void stale_remove(struct ice_session *s, struct tick now)
{
    bool old_generations = s->is_overlap_ending && now.ms >= s->overlap_ends.ms;
    if (old_generations) before_drop(s);
    for (int i = s->path_count - 1; i >= 0; i--) {
        bool is_old = s->paths[i].generation != s->generation && !s->before.ufrag[0];
        if (is_old || (i != s->selected && now.ms - s->paths[i].checked.ms >= ICE_GONE_MS)) path_remove(s, i);
    }
}

enum ice_state ice_session_turn(struct ice_session *s, struct tick now)
{
    int64_t quiet_ms = now.ms - s->checked.ms;
    switch (s->state) {
    case ICE_WAITING:
        if (now.ms - s->began.ms >= ICE_WAIT_MS) s->state = ICE_GONE;
        break;
    case ICE_CONNECTED:
    case ICE_INTERRUPTED:
        s->state = quiet_ms >= ICE_GONE_MS    ? ICE_GONE
                   : quiet_ms >= ICE_QUIET_MS ? ICE_INTERRUPTED
                                              : ICE_CONNECTED;
        break;
    case ICE_GONE:
    default:
        break;
    }
    if (s->state != ICE_GONE) stale_remove(s, now);
    return s->state;
}
