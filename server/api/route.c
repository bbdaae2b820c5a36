#include "api/route.h"

static const char *const method_names[HTTP_METHODS] = {
    [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",       [HTTP_PUT] = "PUT",
    [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
};

/* Matches segment by segment; captures is filled from the left. */
static bool path_fits(struct str pattern, struct str path, struct str captures[3])
{
    int n = 0;
    while (pattern.bytes || path.bytes) {
        if (!pattern.bytes || !path.bytes) return false;
        struct str rest = path;
        struct str want = str_cut(&pattern, '/'), have = str_cut(&path, '/');
        bool is_capture = want.bytes && want.at[0] == '{';
        if (!is_capture) {
            if (!str_is(want, have)) return false;
            continue;
        }
        ASSERT(n < 3);
        bool takes_rest = want.bytes > 4 && memcmp(want.at + want.bytes - 4, "...}", 4) == 0;
        captures[n++] = takes_rest ? rest : have;
        if ((takes_rest ? rest : have).bytes == 0) return false;
        if (takes_rest) return true;
    }
    return true;
}

/* "/a" and "/a/" are two paths: str_cut alone would take them for one. */
static bool ends_with_slash(struct str path)
{
    return path.bytes > 1 && path.at[path.bytes - 1] == '/';
}

/* FHIR's clients post bundles to the base with a slash and without. */
static struct str plain_base(struct str path)
{
    return str_is_text(path, "/fhir/") ? STR("/fhir") : path;
}

const struct route *route_of(enum http_method method, struct str path)
{
    path = plain_base(path);
    if (ends_with_slash(path)) return NULL;
    for (const struct route *route = api_routes; route->path; route++) {
        struct str captures[3];
        if (route->method == method && path_fits(str_of(route->path), path, captures)) return route;
    }
    return NULL;
}

bool route_find(struct request *r)
{
    enum http_method method = r->method == HTTP_HEAD ? HTTP_GET : r->method;
    const struct route *other = NULL;
    struct str path = plain_base(r->path);
    if (ends_with_slash(path)) return false;
    for (const struct route *route = api_routes; route->path; route++) {
        struct str captures[3] = {{0}};
        if (!path_fits(str_of(route->path), path, captures)) continue;
        if (route->method != method) {
            if (!other) other = route;
            continue;
        }
        memcpy(r->captures, captures, sizeof captures);
        r->route = route;
        return true;
    }
    r->route = other;
    r->is_method_wrong = other != NULL;
    return other != NULL;
}

static bool is_open(const struct route *route, struct role_set roles)
{
    return route->access == ROUTE_OPEN || policy_allows(roles, route->resource, route->action);
}

bool route_is_open_to(const struct request *r, struct role_set roles)
{
    for (const struct route *route = api_routes; route->path; route++)
        if (strcmp(route->path, r->route->path) == 0 && is_open(route, roles)) return true;
    return false;
}

void route_allow(const struct request *r, struct role_set roles, struct buf *to)
{
    for (const struct route *route = api_routes; route->path; route++) {
        if (strcmp(route->path, r->route->path) != 0 || !is_open(route, roles)) continue;
        if (to->bytes) buf_add_text(to, ", ");
        buf_add_text(to, method_names[route->method]);
        if (route->method == HTTP_GET) buf_add_text(to, ", HEAD");
    }
}
