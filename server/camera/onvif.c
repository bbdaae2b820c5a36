#include "camera/onvif.h"
#include "base/digest.h"
#include "base/mem.h"
#include "camera/xml.h"
#include <math.h>
#include <stdlib.h>

#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define SPACES "http://www.onvif.org/ver10/tptz/"
static const char pan_tilt_space[] = SPACES "PanTiltSpaces/PositionGenericSpace",
                  zoom_space[] = SPACES "ZoomSpaces/PositionGenericSpace";

/* -- asking -- */

static void add_base64(struct buf *b, const void *from, size_t bytes)
{
    char text[STR_BASE64_BYTES(DIGEST_SHA1_BYTES)];
    ASSERT(bytes <= DIGEST_SHA1_BYTES);
    buf_add(b, text, str_base64(from, bytes, text));
}

/* WS-UsernameToken 1.1: SHA-1 of the nonce, the time and the password. The profile knows no better one. */
static void add_token(struct buf *b, const struct onvif_login *l)
{
    char created[INSTANT_TEXT_BYTES];
    uint8_t digest[DIGEST_SHA1_BYTES];
    struct buf said;
    instant_text(l->at, created);
    buf_init(&said, 1024);
    buf_add(&said, l->nonce, sizeof l->nonce);
    buf_add_text(&said, created);
    buf_add_text(&said, l->password);
    digest_sha1(said.at, said.bytes, digest);
    if (said.err) b->err = said.err;
    buf_done(&said);
    buf_add_text(b, "<s:Header><Security s:mustUnderstand=\"1\" xmlns=\"" WSSE
                    "wssecurity-secext-1.0.xsd\"><UsernameToken><Username>");
    buf_add_escaped(b, l->user);
    buf_add_text(b, "</Username><Password Type=\"" WSSE "username-token-profile-1.0#PasswordDigest\">");
    add_base64(b, digest, sizeof digest);
    buf_add_text(b, "</Password><Nonce EncodingType=\"" WSSE "soap-message-security-1.0#Base64Binary\">");
    add_base64(b, l->nonce, sizeof l->nonce);
    buf_add_text(b, "</Nonce><Created xmlns=\"" WSSE "wssecurity-utility-1.0.xsd\">");
    buf_add_text(b, created);
    buf_add_text(b, "</Created></UsernameToken></Security></s:Header>");
}

static void begin(struct buf *b, const struct onvif_login *l)
{
    buf_add_text(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                    "xmlns:p=\"http://www.onvif.org/ver20/ptz/wsdl\" "
                    "xmlns:t=\"http://www.onvif.org/ver10/schema\">");
    add_token(b, l);
    buf_add_text(b, "<s:Body>");
}

static void add_profile(struct buf *b, const char *profile)
{
    buf_add_text(b, "<p:ProfileToken>");
    buf_add_escaped(b, profile);
    buf_add_text(b, "</p:ProfileToken>");
}

void onvif_ask_nodes(struct buf *b, const struct onvif_login *l)
{
    begin(b, l);
    buf_add_text(b, "<p:GetNodes/></s:Body></s:Envelope>");
}

void onvif_ask_status(struct buf *b, const struct onvif_login *l, const char *profile)
{
    begin(b, l);
    buf_add_text(b, "<p:GetStatus>");
    add_profile(b, profile);
    buf_add_text(b, "</p:GetStatus></s:Body></s:Envelope>");
}

void onvif_ask_move(struct buf *b, const struct onvif_login *l, const char *profile,
                    const struct onvif_place *to)
{
    begin(b, l);
    buf_add_text(b, "<p:AbsoluteMove>");
    add_profile(b, profile);
    buf_add_text(b, "<p:Position>");
    if (to->is_known[ONVIF_PAN] && to->is_known[ONVIF_TILT])
        buf_printf(b, "<t:PanTilt x=\"%.5f\" y=\"%.5f\" space=\"%s\"/>", to->at[ONVIF_PAN],
                   to->at[ONVIF_TILT], pan_tilt_space);
    if (to->is_known[ONVIF_ZOOM])
        buf_printf(b, "<t:Zoom x=\"%.5f\" space=\"%s\"/>", to->at[ONVIF_ZOOM], zoom_space);
    buf_add_text(b, "</p:Position></p:AbsoluteMove></s:Body></s:Envelope>");
}

/* -- what is answered -- */

static bool read_number(struct str text, double *ret)
{
    char copy[40], *end;
    if (text.bytes == 0 || text.bytes >= sizeof copy) return false;
    for (size_t i = 0; i < text.bytes; i++)
        if (!strchr("+-.0123456789eE", text.at[i]) || text.at[i] == '\0') return false;
    memcpy(copy, text.at, text.bytes);
    copy[text.bytes] = '\0';
    double n = strtod(copy, &end);
    if (*end || !isfinite(n) || fabs(n) > 1e9) return false;
    *ret = n;
    return true;
}

#define IN(x, ...)                                                                                           \
    xml_is_in(x, (const char *const[]){__VA_ARGS__},                                                         \
              (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)))

struct nodes {
    struct onvif_range *axes;
    bool is_generic, has_least[ONVIF_AXES], has_most[ONVIF_AXES], is_answer;
    int nodes;
};

static bool take_bound(struct nodes *n, enum onvif_axis axis, bool is_least, struct str text)
{
    struct onvif_range *r = &n->axes[axis];
    (is_least ? n->has_least : n->has_most)[axis] = true;
    return read_number(text, is_least ? &r->least : &r->most);
}

static bool take_node_text(void *ctx, const struct xml *x)
{
    struct nodes *n = ctx;
    static const struct {
        const char *space, *range;
        enum onvif_axis axis;
    } each[] = {{"AbsolutePanTiltPositionSpace", "XRange", ONVIF_PAN},
                {"AbsolutePanTiltPositionSpace", "YRange", ONVIF_TILT},
                {"AbsoluteZoomPositionSpace", "XRange", ONVIF_ZOOM}};
    if (IN(x, "AbsolutePanTiltPositionSpace", "URI")) n->is_generic = str_is_text(x->text, pan_tilt_space);
    if (IN(x, "AbsoluteZoomPositionSpace", "URI")) n->is_generic = str_is_text(x->text, zoom_space);
    for (size_t i = 0; i < COUNT_OF(each) && n->is_generic && n->nodes == 1; i++) {
        if (IN(x, each[i].space, each[i].range, "Min") && !take_bound(n, each[i].axis, true, x->text))
            return false;
        if (IN(x, each[i].space, each[i].range, "Max") && !take_bound(n, each[i].axis, false, x->text))
            return false;
    }
    return true;
}

static bool take_node_open(void *ctx, const struct xml *x)
{
    struct nodes *n = ctx;
    n->is_answer |= IN(x, "Envelope", "Body", "GetNodesResponse");
    n->nodes += IN(x, "GetNodesResponse", "PTZNode");
    if (IN(x, "SupportedPTZSpaces", "AbsolutePanTiltPositionSpace") ||
        IN(x, "SupportedPTZSpaces", "AbsoluteZoomPositionSpace"))
        n->is_generic = false;
    return true;
}

enum err onvif_read_nodes(struct str xml, struct onvif_range ret[ONVIF_AXES])
{
    struct onvif_range axes[ONVIF_AXES] = {{0}};
    struct nodes n = {.axes = axes};
    enum err err = xml_read(xml, take_node_open, take_node_text, &n);
    if (err || !n.is_answer) return err ? err : ERR_BAD_INPUT;
    for (int i = 0; i < ONVIF_AXES; i++) {
        axes[i].is_there = n.has_least[i] && n.has_most[i] && axes[i].least < axes[i].most;
        ret[i] = axes[i];
    }
    return OK;
}

struct status {
    struct onvif_place place;
    bool is_answer;
};

static bool take_position(const struct xml *x, const char *name, const char *space, struct onvif_place *p,
                          enum onvif_axis axis)
{
    const char *said = xml_attribute(x, "space"), *number = xml_attribute(x, name);
    if (said && strcmp(said, space) != 0) return true;
    p->is_known[axis] = number != NULL;
    return !number || read_number(str_of(number), &p->at[axis]);
}

static bool take_status_open(void *ctx, const struct xml *x)
{
    struct status *s = ctx;
    s->is_answer |= IN(x, "Envelope", "Body", "GetStatusResponse");
    if (IN(x, "PTZStatus", "Position", "PanTilt"))
        return take_position(x, "x", pan_tilt_space, &s->place, ONVIF_PAN) &&
               take_position(x, "y", pan_tilt_space, &s->place, ONVIF_TILT);
    return !IN(x, "PTZStatus", "Position", "Zoom") ||
           take_position(x, "x", zoom_space, &s->place, ONVIF_ZOOM);
}

static bool is_nothing(void *ctx, const struct xml *x)
{
    (void)ctx, (void)x;
    return true;
}

enum err onvif_read_status(struct str xml, struct onvif_place *ret)
{
    struct status s = {.is_answer = false};
    enum err err = xml_read(xml, take_status_open, is_nothing, &s);
    if (err || !s.is_answer) return err ? err : ERR_BAD_INPUT;
    *ret = s.place;
    return OK;
}

static bool take_moved_open(void *ctx, const struct xml *x)
{
    bool *is_answer = ctx;
    *is_answer |= IN(x, "Envelope", "Body", "AbsoluteMoveResponse");
    return true;
}

enum err onvif_read_moved(struct str xml)
{
    bool is_answer = false;
    enum err err = xml_read(xml, take_moved_open, is_nothing, &is_answer);
    return err || is_answer ? err : ERR_BAD_INPUT;
}

/* -- units -- */

int onvif_part(const struct onvif_range *r, double at)
{
    double part = (at - r->least) / (r->most - r->least) * ONVIF_UNIT;
    return part <= 0 ? 0 : part >= ONVIF_UNIT ? ONVIF_UNIT : (int)lround(part);
}

double onvif_at(const struct onvif_range *r, int part)
{
    ASSERT(part >= 0 && part <= ONVIF_UNIT);
    return r->least + (r->most - r->least) * part / ONVIF_UNIT;
}
