#include "desk/room_frame_own.h"
#include "desk/room_token.h"

static const char *const labels[ROOM_LABELS] = {
    [ROOM_LABEL_UNSAID] = "",
    [ROOM_LABEL_MICROPHONE] = "microphone",
    [ROOM_LABEL_CAMERA] = "camera",
    [ROOM_LABEL_SCREEN] = "screen",
    [ROOM_LABEL_SCREEN_AUDIO] = "screen-audio",
    [ROOM_LABEL_EXAM] = "exam",
    [ROOM_LABEL_IMAGING] = "imaging",
};

const char *room_label_name(enum room_label label)
{
    return labels[label];
}

bool room_frame_is(struct str type)
{
    return str_starts(type, STR("call."));
}

/* -- fields: absent is well where it may be, another type never -- */

bool room_get_u32(const struct json *v, const char *key, uint32_t *ret)
{
    int64_t n;
    if (!json_int(json_get(v, key), &n) || n < 1 || n > INT32_MAX) return false;
    *ret = (uint32_t)n;
    return true;
}

bool room_get_bool(const struct json *v, const char *key, bool *ret)
{
    const struct json *b = json_get(v, key);
    return !b || json_bool(b, ret);
}

static bool get_size(const struct json *v, const char *key, uint16_t *ret)
{
    const struct json *size = json_get(v, key);
    int64_t n = 0;
    if (size && (!json_int(size, &n) || n < 0 || n > UINT16_MAX)) return false;
    *ret = (uint16_t)n;
    return true;
}

bool room_get_text(const struct json *v, const char *key, size_t bytes_max, struct str *ret)
{
    struct str text;
    if (!json_text(json_get(v, key), &text) || text.bytes == 0 || text.bytes > bytes_max) return false;
    if (memchr(text.at, 0, text.bytes)) return false;
    *ret = text;
    return true;
}

/* What people are shown: no control characters. */
static bool is_shown(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if ((unsigned char)text.at[i] < ' ') return false;
    return true;
}

static bool get_label(const struct json *v, enum room_label *ret)
{
    const struct json *label = json_get(v, "label");
    struct str text;
    if (!label) return true;
    if (!json_text(label, &text) || text.bytes == 0) return false;
    for (int i = 1; i < ROOM_LABELS; i++)
        if (str_is_text(text, labels[i])) {
            *ret = (enum room_label)i;
            return true;
        }
    return false;
}

/* -- the frames -- */

static bool read_join(const struct json *v, struct room_frame *f)
{
    if (json_unknown_key(v, (const char *const[]){"type", "room", "token", "resume", NULL})) return false;
    bool has_token = room_get_text(v, "token", ROOM_TOKEN_TEXT, &f->token);
    bool has_resume = room_get_text(v, "resume", ROOM_TOKEN_TEXT, &f->resume);
    return has_token != has_resume && room_get_text(v, "room", ROOM_ID_MAX, &f->room) && room_id_is(f->room);
}

static bool read_up_track(const struct json *v, struct room_frame_track *t)
{
    if (json_unknown_key(v, (const char *const[]){"mid", "label", "name", NULL})) return false;
    if (!room_get_text(v, "mid", ROOM_MID_BYTES_MAX, &t->mid) || !get_label(v, &t->label)) return false;
    if (!json_get(v, "name")) return true;
    return room_get_text(v, "name", ROOM_NAME_BYTES_MAX, &t->name) && is_shown(t->name);
}

static bool read_down_track(const struct json *v, struct room_frame_track *t)
{
    return !json_unknown_key(v, (const char *const[]){"mid", "track", NULL}) &&
           room_get_text(v, "mid", ROOM_MID_BYTES_MAX, &t->mid) && room_get_u32(v, "track", &t->track);
}

static bool read_wanted(const struct json *v, struct room_frame_track *t)
{
    static const char *const known[] = {"track", "paused", "pinned", "width", "height", NULL};
    return !json_unknown_key(v, known) && room_get_u32(v, "track", &t->track) &&
           room_get_bool(v, "paused", &t->is_paused) && room_get_bool(v, "pinned", &t->is_pinned) &&
           get_size(v, "width", &t->width) && get_size(v, "height", &t->height);
}

static bool read_tracks(const struct json *v, struct room_frame *f,
                        bool (*one)(const struct json *v, struct room_frame_track *t))
{
    const struct json *list = json_get(v, "tracks");
    if (!list) return true;
    if (!json_is_array(list) || json_count(list) > ROOM_FRAME_TRACKS_MAX) return false;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_at(list, i);
        f->tracks[i] = (struct room_frame_track){.mid = {NULL, 0}};
        if (!json_is_object(item) || !one(item, &f->tracks[i])) return false;
    }
    f->tracks_n = (int)json_count(list);
    return true;
}

static bool read_offer(const struct json *v, struct room_frame *f)
{
    static const char *const known[] = {"type", "n", "peer", "sdp", "fresh", "tracks", NULL};
    struct str peer;
    if (json_unknown_key(v, known) || !json_int(json_get(v, "n"), &f->n) || f->n < 1 || f->n > INT32_MAX)
        return false;
    if (!room_get_text(v, "peer", 4, &peer) || !room_get_text(v, "sdp", ROOM_SDP_BYTES_MAX, &f->sdp) ||
        !room_get_bool(v, "fresh", &f->is_fresh))
        return false;
    f->is_up = str_is_text(peer, "up");
    if (!f->is_up && !str_is_text(peer, "down")) return false;
    return read_tracks(v, f, f->is_up ? read_up_track : read_down_track);
}

static bool read_mute(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "track", "muted", NULL}) &&
           room_get_u32(v, "track", &f->track) && json_bool(json_get(v, "muted"), &f->is_on);
}

static bool read_want(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "tracks", NULL}) &&
           read_tracks(v, f, read_wanted) && f->tracks_n > 0;
}

static bool read_recode(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "track", NULL}) &&
           room_get_u32(v, "track", &f->track);
}

/* On or off, and nothing else. */
static bool read_on(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "on", NULL}) &&
           json_bool(json_get(v, "on"), &f->is_on);
}

/* A language's code; absent: the floor. */
static bool get_language(const struct json *v, const char *key, struct str *ret)
{
    const struct json *language = json_get(v, key);
    size_t i = 0;
    if (!language) return true;
    if (!room_get_text(v, key, ROOM_LANGUAGE_BYTES_MAX, ret)) return false;
    while (i < ret->bytes && ret->at[i] >= 'a' && ret->at[i] <= 'z')
        i++;
    if (i < 2 || i > 3) return false;
    if (i == ret->bytes) return true;
    size_t rest = ret->bytes - i - 1;
    for (size_t k = i + 1; k < ret->bytes; k++)
        if (!((ret->at[k] | 0x20) >= 'a' && (ret->at[k] | 0x20) <= 'z')) return false;
    return ret->at[i] == '-' && rest >= 2 && rest <= 4;
}

static bool read_lane(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "hears", "speaks", NULL}) &&
           get_language(v, "hears", &f->hears) && get_language(v, "speaks", &f->speaks);
}

static bool read_private(const struct json *v, struct room_frame *f)
{
    const struct json *cut = json_get(v, "cut");
    if (json_unknown_key(v, (const char *const[]){"type", "on", "cut", NULL}) ||
        !json_bool(json_get(v, "on"), &f->is_on))
        return false;
    if (!f->is_on) return !cut;
    if (!json_is_array(cut) || json_count(cut) == 0 || json_count(cut) > ROOM_FRAME_CUT_MAX) return false;
    for (size_t i = 0; i < json_count(cut); i++) {
        int64_t n;
        if (!json_int(json_at(cut, i), &n) || n < 1 || n > INT32_MAX) return false;
        f->cut[f->cut_n++] = (uint32_t)n;
    }
    return true;
}

static bool read_kick(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "participant", NULL}) &&
           room_get_u32(v, "participant", &f->participant);
}

static bool read_bare(const struct json *v, struct room_frame *f)
{
    (void)f;
    return !json_unknown_key(v, (const char *const[]){"type", NULL});
}

static const struct {
    const char *type;
    bool (*read)(const struct json *v, struct room_frame *f);
} kinds[ROOM_FRAME_KINDS] = {
    [ROOM_FRAME_JOIN] = {"call.join", read_join},
    [ROOM_FRAME_OFFER] = {"call.offer", read_offer},
    [ROOM_FRAME_MUTE] = {"call.mute", read_mute},
    [ROOM_FRAME_WANT] = {"call.want", read_want},
    [ROOM_FRAME_RECODE] = {"call.recode", read_recode},
    [ROOM_FRAME_SAVE] = {"call.save", read_on},
    [ROOM_FRAME_LANE] = {"call.lane", read_lane},
    [ROOM_FRAME_PTZ] = {"call.ptz", room_read_ptz},
    [ROOM_FRAME_PRIVATE] = {"call.private", read_private},
    [ROOM_FRAME_KICK] = {"call.kick", read_kick},
    [ROOM_FRAME_LEAVE] = {"call.leave", read_bare},
    [ROOM_FRAME_END] = {"call.end", read_bare},
    [ROOM_FRAME_ENDPOINT] = {"call.endpoint", read_on},
    [ROOM_FRAME_VIEW] = {"call.view", room_read_view},
    [ROOM_FRAME_POINT] = {"call.point", room_read_point},
    [ROOM_FRAME_DRAW] = {"call.draw", room_read_draw},
    [ROOM_FRAME_ERASE] = {"call.erase", room_read_erase},
    [ROOM_FRAME_CHAT] = {"call.chat", room_read_chat},
    [ROOM_FRAME_STEER] = {"call.steer", room_read_steer},
    [ROOM_FRAME_MOVE] = {"call.move", room_read_move},
    [ROOM_FRAME_LIGHT] = {"call.light", room_read_light},
    [ROOM_FRAME_STILL] = {"call.still", room_read_still},
};

const char *room_frame_name(enum room_frame_kind kind)
{
    return kinds[kind].type;
}

enum err room_frame_read(const struct json *v, struct room_frame *ret)
{
    struct str type;
    if (!json_is_object(v) || !json_text(json_get(v, "type"), &type)) return ERR_BAD_INPUT;
    for (int i = 0; i < ROOM_FRAME_KINDS; i++) {
        if (!str_is_text(type, kinds[i].type)) continue;
        memset(ret, 0, sizeof *ret);
        ret->kind = (enum room_frame_kind)i;
        return kinds[i].read(v, ret) ? OK : ERR_BAD_INPUT;
    }
    return ERR_BAD_INPUT;
}
