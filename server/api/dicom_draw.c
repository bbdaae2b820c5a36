/* Pictures of a frame (PS3.18 §10.4.1.1.3): JPEG or PNG, through the window that is asked for, as large as is asked for. */
#include "api/dicom.h"
#include "imaging/tool.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THUMBNAIL_SIDE = 160 };

static bool read_real(struct str text, double *ret)
{
    char copy[32], *end;
    if (text.bytes == 0 || text.bytes >= sizeof copy) return false;
    snprintf(copy, sizeof copy, "%.*s", (int)text.bytes, text.at);
    *ret = strtod(copy, &end);
    return *end == 0 && isfinite(*ret) && fabs(*ret) < 1e9;
}

/* window=center,width[,function] */
static bool read_window(struct request *r, struct tool_picture *ask)
{
    struct str rest = request_query(r, "window");
    if (!rest.at) return true;
    struct str center = str_cut(&rest, ','), width = str_cut(&rest, ',');
    ask->has_window = true;
    return read_real(center, &ask->center) && read_real(width, &ask->width) && ask->width >= 1;
}

/* viewport=width,height: within that, in its own shape; never larger than it is. */
static bool read_viewport(struct request *r, const struct dicom *d, struct tool_picture *ask)
{
    struct str rest = request_query(r, "viewport");
    uint64_t w = 0, h = 0;
    if (!rest.at) return true;
    if (!str_to_u64(str_cut(&rest, ','), &w) || !str_to_u64(str_cut(&rest, ','), &h) || !w || !h ||
        w > TOOL_SIDE_MAX || h > TOOL_SIDE_MAX)
        return false;
    bool is_tall = d->rows > d->columns;
    double scale = fmin((double)w / (d->columns ? d->columns : 1), (double)h / (d->rows ? d->rows : 1));
    double side = scale * (is_tall ? d->rows : d->columns);
    if (scale < 1) ask->side_max = side < 1 ? 1 : (uint32_t)side;
    return true;
}

static enum err draw(struct request *r, const struct source *from, struct tool_picture *ask)
{
    struct dicom_stretch all = {0, from->bytes};
    int object;
    enum err err = tool_object(from, &all, 1, &object);
    if (err) return err;
    buf_clear(&r->answer.body);
    r->answer.body.bytes_max = 256 * 1024 * 1024;
    err = tool_picture(request_site(r)->imaging, object, ask, &r->answer.body);
    /* A file whose own window is none: the values' own. */
    if (err == ERR_BAD_INPUT && ask->has_own_window) {
        ask->has_own_window = false;
        buf_clear(&r->answer.body);
        err = tool_picture(request_site(r)->imaging, object, ask, &r->answer.body);
    }
    close(object);
    return err;
}

void dicom_draw(struct request *r, struct dicom_drawing *what)
{
    struct dicom_file file;
    struct dicom d = {.frames = 1};
    const char *why;
    bool is_jpeg = dicom_accepts(r, "image/jpeg"), is_png = dicom_accepts(r, "image/png");
    struct tool_picture ask = {.syntax = what->picture.syntax,
                               .frame = what->frame ? what->frame : 1,
                               .is_gray = true,
                               .has_own_window = true};
    if (!is_jpeg && !is_png) {
        answer_fault(r, 406, "dicom_syntax", NULL);
        return;
    }
    if (!tool_can_draw(what->picture.syntax)) {
        answer_fault(r, 406, "dicom_syntax", NULL);
        return;
    }
    enum err err = dicom_file_open(r, &what->file.seal, &file);
    if (!err) err = dicom_read(&file.source, &d, &why);
    ask.rows = d.rows;
    ask.columns = d.columns;
    ask.is_gray = d.samples < 3;
    ask.is_png =
        !is_jpeg || (is_png && r->accept.bytes && memmem(r->accept.at, r->accept.bytes, "image/png", 9));
    if (what->is_thumbnail) {
        ask.is_png = !is_jpeg;
        ask.side_max = d.rows > THUMBNAIL_SIDE || d.columns > THUMBNAIL_SIDE || !d.rows ? THUMBNAIL_SIDE : 0;
    }
    bool is_right = read_window(r, &ask) && (what->is_thumbnail || read_viewport(r, &d, &ask));
    if (!err && !is_right) {
        answer_fault(r, 400, "bad_field", "window");
    } else if (!err) {
        err = draw(r, &file.source, &ask);
    }
    dicom_file_done(&file);
    if (err == ERR_BAD_INPUT || err == ERR_UNSUPPORTED || err == ERR_TIMEOUT ||
        (!err && !r->fault.status && !r->answer.body.bytes))
        answer_fault(r, 406, "dicom_syntax", NULL);
    if (err == ERR_NOT_FOUND) answer_fault(r, 503, "no_dcmtk", NULL);
    if (err && !r->fault.status) fault_from_err(&r->fault, err);
    if (r->fault.status) return;
    r->answer.status = 200;
    r->answer.content_type = ask.is_png ? "image/png" : "image/jpeg";
}
