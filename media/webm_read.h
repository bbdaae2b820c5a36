/* webm_read: the frames of a film of ours (media/webm), in the order of its file. What it is given was verified piece by piece (link/recording); that it is a
 * film is not, so that every length is looked at. One owner, one thread. */
#ifndef MEDIA_WEBM_READ_H
#define MEDIA_WEBM_READ_H
#include "media/webm.h"

struct webm_source {
    /* Of the film, from the offset; *ret_n 0 at its end. */
    enum err (*get)(void *ctx, int64_t offset, void *ret, size_t bytes, size_t *ret_n);
    void *ctx;
};
struct webm_seen {
    enum codec picture, sound; /* CODEC_NONE: no such track */
    struct instant started;    /* of the frame at 0 ms */
};
struct webm_block {
    enum webm_track track;
    int64_t at_ms;
    bool is_key;
    const uint8_t *at; /* as a decoder takes it: H.264 behind start codes. Until the next call */
    size_t bytes;
};

struct webm_reader;
/* ERR_BAD_INPUT: no film of ours; ERR_NOMEM; what get says. */
enum err webm_read_new(const struct webm_source *source, struct webm_reader **ret,
                       struct webm_seen *ret_seen) MUST_USE;
void webm_read_free(struct webm_reader *r); /* NULL allowed */
/* ERR_NOT_FOUND: there is no more. ERR_BAD_INPUT: the film cannot be read from here on. */
enum err webm_read_next(struct webm_reader *r, struct webm_block *ret) MUST_USE;

#endif
