/* onvif: what is said to a camera's PTZ service and what it answers (ONVIF PTZ Service Specification; WS-UsernameToken with a digest). Pure, any
 * thread; nothing here opens a connection. Only the generic position spaces are spoken, whose units no camera chooses for itself. */
#ifndef CAMERA_ONVIF_H
#define CAMERA_ONVIF_H
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

enum onvif_axis { ONVIF_PAN, ONVIF_TILT, ONVIF_ZOOM, ONVIF_AXES };
#define ONVIF_UNIT 10000 /* an axis's way, as the server has it */
#define ONVIF_NONCE_BYTES 16

struct onvif_login {
    const char *user, *password;
    uint8_t nonce[ONVIF_NONCE_BYTES];
    struct instant at;
};

struct onvif_range {
    bool is_there;
    double least, most; /* least < most */
};
struct onvif_place {
    bool is_known[ONVIF_AXES];
    double at[ONVIF_AXES];
};

/* Whole envelopes; b->err says whether they fit. */
void onvif_ask_nodes(struct buf *b, const struct onvif_login *l);
void onvif_ask_status(struct buf *b, const struct onvif_login *l, const char *profile);
/* Pan and tilt go together or not at all. */
void onvif_ask_move(struct buf *b, const struct onvif_login *l, const char *profile,
                    const struct onvif_place *to);

/* ERR_BAD_INPUT: it is no such answer. The first node's. */
enum err onvif_read_nodes(struct str xml, struct onvif_range ret[ONVIF_AXES]) MUST_USE;
enum err onvif_read_status(struct str xml, struct onvif_place *ret) MUST_USE;
enum err onvif_read_moved(struct str xml) MUST_USE;

/* 0 … ONVIF_UNIT, whatever the camera says; and back. */
int onvif_part(const struct onvif_range *r, double at);
double onvif_at(const struct onvif_range *r, int part);

#endif
