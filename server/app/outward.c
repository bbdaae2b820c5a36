#include "app/outward.h"
#include "base/mem.h"
#include "mail/letter.h"
#include "mail/place.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_TRUST "/etc/ssl/certs/ca-certificates.crt"
enum { KEY_BYTES_LEAST = 16 };

static enum err wrong(char why[256], const char *what)
{
    snprintf(why, 256, "%s", what);
    return ERR_BAD_INPUT;
}

static enum err check_mail(const struct settings *s, char why[256])
{
    struct place p;
    if (!s->mail_url[0]) return OK;
    if (!place_of(str_of(s->mail_url), &p) || (p.scheme != PLACE_SMTP && p.scheme != PLACE_SMTPS))
        return wrong(why, "[mail] url: smtps://HOST or smtp://HOST:PORT is wanted");
    if (!letter_address_is(str_of(s->mail_from)))
        return wrong(why,
                     "[mail] from: the address that letters come from is wanted, as yunqiao@example.org");
    if (!s->mail_user[0] != !s->mail_password[0])
        return wrong(why, "[mail] user and password_file go together: give both or neither");
    return OK;
}

static enum err check_sms(const struct settings *s, char why[256])
{
    struct place p;
    if (!s->sms_url[0]) return OK;
    bool is_url = place_of(str_of(s->sms_url), &p);
    if (!is_url || !(p.scheme == PLACE_HTTPS || (p.scheme == PLACE_HTTP && place_is_loopback(&p))))
        return wrong(why, "[sms] url: https://HOST/PATH is wanted");
    return s->sms_key[0] ? OK
                         : wrong(why, "[sms] key_file: the secret by which the gateway knows us is wanted");
}

static enum err check_poll(const struct settings *s, char why[256])
{
    struct place p;
    if (!s->registry_url[0]) return OK;
    bool is_url = place_of(str_of(s->registry_url), &p);
    if (!is_url || !(p.scheme == PLACE_HTTPS || (p.scheme == PLACE_HTTP && place_is_loopback(&p))))
        return wrong(why, "[registry] poll_url: https://HOST/PATH is wanted");
    return OK;
}

enum err outward_check(const struct settings *s, char ret_why[256])
{
    enum err err = check_mail(s, ret_why);
    if (!err) err = check_sms(s, ret_why);
    return err ? err : check_poll(s, ret_why);
}

/* A NUL at the end; *ret_bytes without it. */
static enum err read_file(const char *what, const char *path, size_t most, char **ret, size_t *ret_bytes,
                          char why[256])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd < 0 ? NULL : mem_zalloc(most + 1);
    ssize_t n = text ? read(fd, text, most) : -1;
    struct stat st;
    bool is_whole = n >= 0 && fstat(fd, &st) == 0 && st.st_size == n;
    if (fd >= 0) close(fd);
    if (is_whole) return *ret = text, *ret_bytes = (size_t)n, OK;
    snprintf(why, 256, "%s: %.150s cannot be read%s", what, path, n >= 0 ? ": it is too long" : "");
    if (text) mem_wipe_free(text, most + 1);
    return ERR_BAD_INPUT;
}

/* One line of a file, without its end. */
static enum err read_secret(const char *what, const char *path, size_t least, char ret[OUTBOX_SECRET_BYTES],
                            char why[256])
{
    char *text;
    size_t n;
    if (!path[0]) return OK;
    enum err err = read_file(what, path, OUTBOX_SECRET_BYTES - 1, &text, &n, why);
    if (err) return err;
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    memcpy(ret, text, n);
    ret[n] = '\0';
    mem_wipe_free(text, OUTBOX_SECRET_BYTES);
    if (n >= least && strlen(ret) == n) return OK;
    snprintf(why, 256, "%s: %.150s holds too little", what, path);
    return ERR_BAD_INPUT;
}

static enum err read_trust(const char *what, const char *path, char **ret, char why[256])
{
    size_t n;
    return read_file(what, path[0] ? path : SYSTEM_TRUST, OUTBOX_TRUST_BYTES_MAX, ret, &n, why);
}

enum err outward_poll(const struct settings *s, struct registry_poll_settings *ret, char ret_why[256])
{
    *ret = (struct registry_poll_settings){.every_ms = s->registry_poll_s * 1000};
    snprintf(ret->url, sizeof ret->url, "%s", s->registry_url);
    snprintf(ret->source, sizeof ret->source, "%s", s->registry_source);
    enum err err = read_secret("[registry] poll_token_file", s->registry_token, 1, ret->token, ret_why);
    if (!err) err = read_trust("[registry] poll_trust", s->registry_trust, &ret->trust, ret_why);
    return err;
}

enum err outward_read(const struct settings *s, struct outbox_settings *ret, char ret_why[256])
{
    struct outbox_way *mail = &ret->ways[PARCEL_MAIL], *sms = &ret->ways[PARCEL_HOOK];
    *ret = (struct outbox_settings){0};
    enum err err = OK;
    snprintf(ret->receipts, sizeof ret->receipts, "%.480s/outbox.receipt", s->data);
    if (s->mail_url[0]) {
        snprintf(mail->url, sizeof mail->url, "%s", s->mail_url);
        snprintf(mail->from, sizeof mail->from, "%s", s->mail_from);
        snprintf(mail->user, sizeof mail->user, "%s", s->mail_user);
        err = read_secret("[mail] password_file", s->mail_password, 1, mail->secret, ret_why);
        if (!err) err = read_trust("[mail] trust", s->mail_trust, &mail->trust, ret_why);
    }
    if (!err && s->sms_url[0]) {
        snprintf(sms->url, sizeof sms->url, "%s", s->sms_url);
        err = read_secret("[sms] key_file", s->sms_key, KEY_BYTES_LEAST, sms->secret, ret_why);
        if (!err) err = read_trust("[sms] trust", s->sms_trust, &sms->trust, ret_why);
    }
    if (err)
        for (int i = 0; i < PARCEL_WAYS; i++)
            mem_free(ret->ways[i].trust), ret->ways[i].trust = NULL;
    return err;
}
