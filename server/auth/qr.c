#include "auth/qr.h"
#include <qrencode.h>

enum err qr_rows(struct buf *to, const char *text)
{
    QRcode *qr = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (!qr) return ERR_LIMIT;
    for (int i = 0; i < qr->width * qr->width; i++) {
        if (i && i % qr->width == 0) buf_add_char(to, '\n');
        buf_add_char(to, qr->data[i] & 1 ? '1' : '0');
    }
    QRcode_free(qr);
    return to->err;
}
