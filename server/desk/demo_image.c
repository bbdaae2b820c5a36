#include "desk/demo_image.h"
#include "base/json.h"
#include <math.h>
#include <stdio.h>

enum { SLICES = 12, CORONAL = 4, SIDE = 192, PHOTO_WIDTH = 320, PHOTO_HEIGHT = 240 };

/* UIDs derived from small numbers (PS3.5 §B.2): no root of anybody's is taken. */
#define ROOT "2.25.20260131417"
#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"
#define PHOTO_CLASS "1.2.840.10008.5.1.4.1.1.7"

struct writing {
    struct buf *file;
    struct json_out said;
};

/* -- elements: into the file, and into what it says -- */

static void put_u16(struct buf *b, uint32_t n)
{
    buf_add_char(b, (char)n);
    buf_add_char(b, (char)(n >> 8));
}

static void put_head(struct buf *b, uint32_t tag, const char *vr, size_t bytes)
{
    put_u16(b, tag >> 16);
    put_u16(b, tag & 0xffff);
    buf_add_text(b, vr);
    if (strcmp(vr, "OW") == 0 || strcmp(vr, "OB") == 0) {
        put_u16(b, 0);
        put_u16(b, (uint32_t)bytes & 0xffff);
        put_u16(b, (uint32_t)bytes >> 16);
    } else {
        put_u16(b, (uint32_t)bytes);
    }
}

static void put_meta(struct buf *b, uint32_t tag, const char *text)
{
    size_t n = strlen(text);
    put_head(b, tag, "UI", n + n % 2);
    buf_add(b, text, n);
    if (n % 2) buf_add_char(b, 0);
}

static void say_open(struct writing *w, uint32_t tag, const char *vr)
{
    char key[9];
    snprintf(key, sizeof key, "%08X", tag);
    json_open(&w->said, key);
    json_put_text(&w->said, "vr", vr);
    json_open_array(&w->said, "Value");
}

static void say_close(struct writing *w)
{
    json_close_array(&w->said);
    json_close(&w->said);
}

static void put(struct writing *w, uint32_t tag, const char *vr, const char *text)
{
    size_t n = strlen(text);
    put_head(w->file, tag, vr, n + n % 2);
    buf_add(w->file, text, n);
    if (n % 2) buf_add_char(w->file, strcmp(vr, "UI") == 0 ? 0 : ' ');
    say_open(w, tag, vr);
    if (strcmp(vr, "PN") == 0) {
        json_open(&w->said, NULL);
        json_put_text(&w->said, "Alphabetic", text);
        json_close(&w->said);
    } else if (strcmp(vr, "IS") == 0 || strcmp(vr, "DS") == 0) {
        json_put_raw(&w->said, NULL, str_of(text));
    } else {
        json_put_text(&w->said, NULL, text);
    }
    say_close(w);
}

static void put_number(struct writing *w, uint32_t tag, uint32_t n)
{
    put_head(w->file, tag, "US", 2);
    put_u16(w->file, n);
    say_open(w, tag, "US");
    json_put_int(&w->said, NULL, n);
    say_close(w);
}

/* -- what is seen -- */

static bool is_in(double x, double y, double cx, double cy, double rx, double ry)
{
    double a = (x - cx) / rx, b = (y - cy) / ry;
    return a * a + b * b <= 1;
}

/* Hounsfield units + 1024. z: from -1 below to 1 above; the right eye (left in the picture) is pushed forward by what lies behind it. */
static double tissue(double u, double v, double z, bool is_front)
{
    double skull = sqrt(fmax(0.05, 1 - 0.5 * z * z)), value = 24;
    double eye = 0.082 * sqrt(fmax(0, 1 - z * z)), left = is_front ? -0.07 : -0.285,
           right = is_front ? -0.05 : -0.25;
    if (is_in(u, v, 0, 0.03, 0.4 * skull, 0.46 * skull)) value = 1880;
    if (is_in(u, v, 0, 0.03, 0.365 * skull, 0.42 * skull))
        value = 1058 + 10 * sin(44 * u + 3 * z) * cos(38 * v);
    if (is_in(u, v, -0.045, 0.03, 0.03, 0.1) || is_in(u, v, 0.045, 0.03, 0.03, 0.1)) value = 1030;
    for (int side = -1; side <= 1; side += 2) {
        double cx = 0.16 * side, cy = side < 0 ? left : right;
        if (is_in(u, v, cx, cy + 0.1, 0.1, 0.13)) value = 930;                      /* fat of the orbit */
        if (is_in(u, v, cx, cy + 0.14, 0.016, 0.1)) value = 1062;                   /* the nerve */
        if (is_in(u, v, cx, cy, eye, eye)) value = 1036;                            /* the eye */
        if (is_in(u, v, cx, cy - 0.055, 0.035 * (eye > 0.05), 0.012)) value = 1110; /* its lens */
    }
    if (is_in(u, v, -0.19, left + 0.12, 0.055 * skull, 0.05 * skull) && fabs(z) < 0.7)
        value = 1074; /* what pushes it */
    return value;
}

static void draw_slice(struct buf *b, double z, bool is_front)
{
    uint32_t seed = 2026;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            seed = seed * 1664525u + 1013904223u;
            double noise = (double)(seed >> 24) / 16 - 8;
            double value = tissue((double)x / SIDE - 0.5, (double)y / SIDE - 0.5, z, is_front) + noise;
            put_u16(b, value < 0 ? 0 : value > 4095 ? 4095 : (uint32_t)value);
        }
}

/* A swollen lid over an eye: skin, redness, white, iris, pupil, and the light in it. */
static void draw_photo(struct buf *b)
{
    for (int y = 0; y < PHOTO_HEIGHT; y++)
        for (int x = 0; x < PHOTO_WIDTH; x++) {
            double u = (double)x / PHOTO_WIDTH - 0.5, v = (double)y / PHOTO_HEIGHT - 0.5;
            double red = 214 + 10 * v, green = 164 + 12 * v, blue = 138 + 8 * v;
            double swell = exp(-(u * u / 0.06 + (v + 0.1) * (v + 0.1) / 0.03));
            red -= 22 * swell, green -= 62 * swell, blue -= 48 * swell;
            if (is_in(u, v, 0, 0.08, 0.27, 0.13))
                red = 240, green = 226 - 40 * fabs(u), blue = 222 - 40 * fabs(u);
            if (is_in(u, v, 0.02, 0.08, 0.09, 0.12)) red = 84, green = 58, blue = 40;
            if (is_in(u, v, 0.02, 0.08, 0.038, 0.05)) red = green = blue = 14;
            if (is_in(u, v, 0.045, 0.045, 0.014, 0.018)) red = green = blue = 250;
            if (v < 0.0 && is_in(u, v, 0, 0.02, 0.28, 0.1))
                red = 176, green = 104, blue = 96; /* the lid hangs */
            buf_add_char(b, (char)(uint8_t)red);
            buf_add_char(b, (char)(uint8_t)green);
            buf_add_char(b, (char)(uint8_t)blue);
        }
}

/* -- an object -- */

void demo_image_name(int i, struct demo_image *ret)
{
    bool is_photo = i == DEMO_IMAGES - 1, is_front = !is_photo && i >= SLICES;
    struct picture *p = &ret->picture;
    *ret = (struct demo_image){.study_id = is_photo ? DEMO_IMAGE_PHOTO : DEMO_IMAGE_CT};
    snprintf(p->study, sizeof p->study, ROOT "%d", is_photo ? 2 : 1);
    snprintf(p->series, sizeof p->series, ROOT "%d", is_photo ? 21 : is_front ? 12 : 11);
    snprintf(p->instance, sizeof p->instance, ROOT "%d", 1000 + i);
    snprintf(p->sop_class, sizeof p->sop_class, "%s", is_photo ? PHOTO_CLASS : CT_CLASS);
    snprintf(p->syntax, sizeof p->syntax, "1.2.840.10008.1.2.1");
    p->frames = 1;
    p->series_number = is_front ? 2 : 1;
    p->number = is_photo ? 1 : is_front ? i - SLICES + 1 : i + 1;
}

static void put_when(struct writing *w, struct instant now, bool is_photo)
{
    char text[INSTANT_TEXT_BYTES], day[9], hour[7];
    /* At the site (UTC+8), an hour ago. */
    instant_text((struct instant){now.ms - 3600000 + 8 * 3600000LL}, text);
    snprintf(day, sizeof day, "%.4s%.2s%.2s", text, text + 5, text + 8);
    snprintf(hour, sizeof hour, "%.2s%.2s%.2s", text + 11, text + 14, text + 17);
    put(w, 0x00080020, "DA", day);
    put(w, 0x00080021, "DA", day);
    put(w, 0x00080030, "TM", hour);
    put(w, 0x00080031, "TM", hour);
    put(w, 0x00080060, "CS", is_photo ? "XC" : "CT");
}

void demo_image(int i, struct instant now, struct str patient_number, struct demo_image *ret,
                struct buf *file, struct buf *said)
{
    static const char zeroes[128];
    struct writing w = {.file = file};
    char number[24], patient[32];
    demo_image_name(i, ret);
    const struct picture *p = &ret->picture;
    bool is_photo = i == DEMO_IMAGES - 1, is_front = p->series_number == 2;
    snprintf(number, sizeof number, "%d", (int)p->number);
    snprintf(patient, sizeof patient, "%.*s", (int)patient_number.bytes, patient_number.at);
    json_out_init(&w.said, said);
    json_open(&w.said, NULL);
    buf_add(file, zeroes, sizeof zeroes);
    buf_add_text(file, "DICM");
    put_meta(file, 0x00020002, p->sop_class);
    put_meta(file, 0x00020003, p->instance);
    put_meta(file, 0x00020010, p->syntax);
    put(&w, 0x00080005, "CS", "ISO_IR 192");
    put(&w, 0x00080016, "UI", p->sop_class);
    put(&w, 0x00080018, "UI", p->instance);
    put_when(&w, now, is_photo);
    put(&w, 0x00081030, "LO", is_photo ? "右眼外观照片" : "眼眶CT平扫");
    put(&w, 0x0008103e, "LO", is_photo ? "正面" : is_front ? "冠状位" : "轴位");
    put(&w, 0x00100020, "LO", patient);
    put(&w, 0x0020000d, "UI", p->study);
    put(&w, 0x0020000e, "UI", p->series);
    put(&w, 0x00200011, "IS", is_front ? "2" : "1");
    put(&w, 0x00200013, "IS", number);
    put_number(&w, 0x00280002, is_photo ? 3 : 1);
    put(&w, 0x00280004, "CS", is_photo ? "RGB" : "MONOCHROME2");
    if (is_photo) put_number(&w, 0x00280006, 0);
    put_number(&w, 0x00280010, is_photo ? PHOTO_HEIGHT : SIDE);
    put_number(&w, 0x00280011, is_photo ? PHOTO_WIDTH : SIDE);
    put_number(&w, 0x00280100, is_photo ? 8 : 16);
    put_number(&w, 0x00280101, is_photo ? 8 : 12);
    put_number(&w, 0x00280102, is_photo ? 7 : 11);
    put_number(&w, 0x00280103, 0);
    if (!is_photo) {
        put(&w, 0x00281050, "DS", "40");
        put(&w, 0x00281051, "DS", "350");
        put(&w, 0x00281052, "DS", "-1024");
        put(&w, 0x00281053, "DS", "1");
    }
    put_head(file, 0x7fe00010, is_photo ? "OB" : "OW",
             is_photo ? PHOTO_WIDTH * PHOTO_HEIGHT * 3 : SIDE * SIDE * 2);
    if (is_photo)
        draw_photo(file);
    else
        draw_slice(file, is_front ? (p->number - 2.5) / 3 : (p->number - 6.5) / 6, is_front);
    json_close(&w.said);
}
