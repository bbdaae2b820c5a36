/* answer: the end of a request's way, where its fault or its body becomes what net writes. On the thread that ends it. */
#ifndef API_ANSWER_H
#define API_ANSWER_H
#include "api/request.h"

/* Fills r->answer whatever happened: a fault wins over a body. */
void answer_render(struct request *r);

#endif
