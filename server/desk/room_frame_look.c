/* The frames about what is looked at together: the picture that is led, pointers, strokes, lines of chat, stills. */
#include "desk/room_frame_own.h"

enum {
    WINDOW_MAX = 1 << 30, /* hundredths of a value */
    ZOOM_LEAST = 200,     /* thousandths: as the viewer's */
    ZOOM_MOST = 32000,
    PAN_MOST = 100 * ROOM_UNIT,
    FRAMES_MOST = 100000
};

/* An id of the record, a UID, a UID with its frame. */
static bool is_ref(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '.' || c == '/'))
            return false;
    }
    return text.bytes > 0;
}

static bool get_ref(const struct json *v, const char *key, struct str *ret)
{
    return room_get_text(v, key, ROOM_REF_BYTES_MAX, ret) && is_ref(*ret);
}

static bool get_within(const struct json *v, int64_t least, int64_t most, int32_t *ret)
{
    int64_t n;
    if (!json_int(v, &n) || n < least || n > most) return false;
    *ret = (int32_t)n;
    return true;
}

static bool get_pair(const struct json *v, const char *key, int64_t least, int64_t most, int32_t *ret_a,
                     int32_t *ret_b)
{
    const struct json *pair = json_get(v, key);
    return json_is_array(pair) && json_count(pair) == 2 && get_within(json_at(pair, 0), least, most, ret_a) &&
           get_within(json_at(pair, 1), least, most, ret_b);
}

static bool get_points(const struct json *v, struct room_frame *f)
{
    const struct json *list = json_get(v, "points");
    size_t n = json_is_array(list) ? json_count(list) : 0;
    if (n == 0 || n % 2 || n / 2 > ROOM_FRAME_POINTS_MAX) return false;
    for (size_t i = 0; i < n / 2; i++) {
        int32_t x, y;
        if (!get_within(json_at(list, 2 * i), 0, ROOM_UNIT, &x) ||
            !get_within(json_at(list, 2 * i + 1), 0, ROOM_UNIT, &y))
            return false;
        f->points[i] = (struct room_frame_point){(uint16_t)x, (uint16_t)y};
    }
    f->points_n = (int)(n / 2);
    return true;
}

/* A number is a track's, a text the record's. */
static bool get_target(const struct json *v, struct room_frame_target *ret)
{
    return room_get_u32(v, "target", &ret->track) || get_ref(v, "target", &ret->record);
}

static bool get_place(const struct json *v, struct room_frame_view *to)
{
    if (json_get(v, "document"))
        return !json_get(v, "study") && !json_get(v, "series") && !json_get(v, "instance") &&
               get_ref(v, "document", &to->document);
    return get_ref(v, "study", &to->study) && get_ref(v, "series", &to->series) &&
           get_ref(v, "instance", &to->instance);
}

bool room_read_view(const struct json *v, struct room_frame *f)
{
    static const char *const known[] = {"type",  "lead",   "study", "series", "instance", "document",
                                        "frame", "window", "zoom",  "pan",    "invert",   NULL};
    struct room_frame_view *to = &f->view;
    if (json_unknown_key(v, known) || !room_get_bool(v, "lead", &f->is_on)) return false;
    f->has_view = json_get(v, "study") || json_get(v, "document");
    /* Nothing shown: who leads stops. */
    if (!f->has_view) return json_get(v, "lead") && !f->is_on && json_count(v) == 2;
    to->has_window = json_get(v, "window") != NULL;
    if (to->has_window && !get_pair(v, "window", -WINDOW_MAX, WINDOW_MAX, &to->center, &to->width))
        return false;
    return get_place(v, to) && get_within(json_get(v, "frame"), 1, FRAMES_MOST, &to->frame) &&
           get_within(json_get(v, "zoom"), ZOOM_LEAST, ZOOM_MOST, &to->zoom) &&
           get_pair(v, "pan", -PAN_MOST, PAN_MOST, &to->pan_x, &to->pan_y) &&
           room_get_bool(v, "invert", &to->is_inverted);
}

bool room_read_point(const struct json *v, struct room_frame *f)
{
    int32_t x, y;
    if (json_unknown_key(v, (const char *const[]){"type", "target", "x", "y", NULL})) return false;
    if (json_count(v) == 1) return true; /* it points nowhere any more */
    if (!get_target(v, &f->target) || !get_within(json_get(v, "x"), 0, ROOM_UNIT, &x) ||
        !get_within(json_get(v, "y"), 0, ROOM_UNIT, &y))
        return false;
    f->points[f->points_n++] = (struct room_frame_point){(uint16_t)x, (uint16_t)y};
    return true;
}

bool room_read_draw(const struct json *v, struct room_frame *f)
{
    static const char *const known[] = {"type", "target", "id", "points", "end", "fade", NULL};
    return !json_unknown_key(v, known) && get_target(v, &f->target) && room_get_u32(v, "id", &f->stroke) &&
           get_points(v, f) && room_get_bool(v, "end", &f->is_end) && room_get_bool(v, "fade", &f->is_fading);
}

bool room_read_erase(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "target", "all", NULL}) &&
           room_get_bool(v, "all", &f->is_on) && (!json_get(v, "target") || get_target(v, &f->target));
}

/* Lines and tabs are well, other control characters are nobody's words. */
static bool is_said(struct str text)
{
    bool has_word = false;
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) return false;
        has_word |= c > ' ';
    }
    return has_word;
}

bool room_read_chat(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "text", NULL}) &&
           room_get_text(v, "text", ROOM_CHAT_BYTES_MAX, &f->text) && is_said(f->text);
}

static bool is_code(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (!((text.at[i] >= 'a' && text.at[i] <= 'z') || text.at[i] == '_')) return false;
    return text.bytes > 0;
}

/* Asked: {"track"}; answered: {"still","document"} or {"still","failed"}. */
bool room_read_still(const struct json *v, struct room_frame *f)
{
    static const char *const known[] = {"type", "track", "still", "document", "failed", NULL};
    if (json_unknown_key(v, known)) return false;
    if (json_get(v, "track")) return json_count(v) == 2 && room_get_u32(v, "track", &f->track);
    if (json_count(v) != 3 || !room_get_u32(v, "still", &f->still)) return false;
    if (json_get(v, "document")) return get_ref(v, "document", &f->document);
    return room_get_text(v, "failed", ROOM_CODE_BYTES_MAX, &f->code) && is_code(f->code);
}

/* -- a camera's axes -- */

const char *room_axis_name(enum room_axis axis)
{
    static const char *const names[ROOM_AXES] = {"pan", "tilt", "zoom"};
    return names[axis];
}

bool room_axes_read(const struct json *v, int16_t ret_axes[ROOM_AXES])
{
    const struct json *axes = json_get(v, "axes");
    size_t found = 0;
    if (!json_is_object(axes)) return false;
    for (enum room_axis i = 0; i < ROOM_AXES; i++) {
        const struct json *at = json_get(axes, room_axis_name(i));
        int32_t n = -1;
        if (at && !get_within(at, 0, ROOM_UNIT, &n)) return false;
        found += at != NULL;
        ret_axes[i] = (int16_t)n;
    }
    return found == json_count(axes);
}

bool room_read_ptz(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "track", "axes", NULL}) &&
           room_get_u32(v, "track", &f->track) && room_axes_read(v, f->axes);
}

bool room_read_move(const struct json *v, struct room_frame *f)
{
    return room_read_ptz(v, f) && json_count(json_get(v, "axes")) > 0;
}

bool room_read_steer(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "track", "on", NULL}) &&
           room_get_u32(v, "track", &f->track) && json_bool(json_get(v, "on"), &f->is_on);
}

bool room_read_light(const struct json *v, struct room_frame *f)
{
    return !json_unknown_key(v, (const char *const[]){"type", "track", "more", NULL}) &&
           room_get_u32(v, "track", &f->track) && json_bool(json_get(v, "more"), &f->is_on);
}
