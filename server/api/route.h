/* route: finding the line of the route table that a request asks for. Pure; any thread. */
#ifndef API_ROUTE_H
#define API_ROUTE_H
#include "api/api.h"

/* A {part} takes what stands up to the next slash, {part...} at the end takes the rest; neither takes nothing. Sets r->route and
 * r->captures; r->is_method_wrong when the path is known with other methods only (r->route is then one of them). False: no such
 * path. HEAD is asked as GET. */
bool route_find(struct request *r);
/* The same by method and path alone; NULL: none. */
const struct route *route_of(enum http_method method, struct str path);
/* "GET, HEAD, PUT": of the routes with this path that the roles may use; 0 routes: an empty text. */
void route_allow(const struct request *r, struct role_set roles, struct buf *to);
/* One of the path's routes is open to these roles, whatever its method. */
bool route_is_open_to(const struct request *r, struct role_set roles);

#endif
