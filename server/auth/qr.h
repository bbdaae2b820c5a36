/* qr: a text as a QR code's squares, by libqrencode. Pure; any thread. */
#ifndef AUTH_QR_H
#define AUTH_QR_H
#include "base/buf.h"

/* Rows of '0' and '1' parted by newlines, without the quiet edge. ERR_LIMIT: too long for a QR code. */
enum err qr_rows(struct buf *to, const char *text) MUST_USE;

#endif
