#include "mail/place.h"

static const struct {
    const char *name;
    uint16_t port;
} schemes[] = {[PLACE_SMTP] = {"smtp", 587},
               [PLACE_SMTPS] = {"smtps", 465},
               [PLACE_HTTP] = {"http", 80},
               [PLACE_HTTPS] = {"https", 443}};

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':';
}

static bool host_of(struct str host, struct place *p)
{
    if (host.bytes == 0 || host.bytes >= sizeof p->host) return false;
    for (size_t i = 0; i < host.bytes; i++)
        if (!is_host_byte(host.at[i])) return false;
    memcpy(p->host, host.at, host.bytes);
    p->host[host.bytes] = '\0';
    return true;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT */
static bool authority_of(struct str rest, struct place *p)
{
    uint64_t port = p->port;
    struct str host;
    if (rest.bytes && rest.at[0] == '[') {
        host = (struct str){rest.at + 1, rest.bytes - 1};
        rest = host;
        host = str_cut(&rest, ']');
        if (host.bytes + 1 > (size_t)(rest.at - host.at)) return false;
        if (rest.bytes && rest.at[0] != ':') return false;
        if (rest.bytes) rest.at++, rest.bytes--;
    } else {
        host = str_cut(&rest, ':');
    }
    if (rest.bytes && (!str_to_u64(rest, &port) || port < 1 || port > 65535)) return false;
    p->port = (uint16_t)port;
    return host_of(host, p);
}

bool place_of(struct str url, struct place *ret)
{
    struct place p = {0};
    struct str rest = url, scheme = str_cut(&rest, ':');
    size_t i = 0;
    while (i < sizeof schemes / sizeof schemes[0] && !str_is_text(scheme, schemes[i].name))
        i++;
    if (i == sizeof schemes / sizeof schemes[0] || !str_starts(rest, STR("//"))) return false;
    for (size_t k = 0; k < url.bytes; k++)
        if ((unsigned char)url.at[k] <= ' ' || (unsigned char)url.at[k] >= 0x7f || url.at[k] == '"')
            return false;
    rest.at += 2, rest.bytes -= 2;
    p.scheme = (enum place_scheme)i;
    p.port = schemes[i].port;
    if (!authority_of(str_cut(&rest, '/'), &p)) return false;
    *ret = p;
    return true;
}

bool place_is_loopback(const struct place *p)
{
    return strncmp(p->host, "127.", 4) == 0 || strcmp(p->host, "::1") == 0 ||
           strcmp(p->host, "localhost") == 0;
}
