#include "net/ca.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include <stdio.h>

#define PAGE_BYTES_MAX 65536

/* The pages load one sheet of our own and nothing else; the colours are those of the client's tokens. */
static const char sheet[] =
    ":root{color-scheme:light "
    "dark;--paper:#f4f6f6;--surface:#fff;--ink:#142126;--ink-2:#435158;--line:#dfe4e5;"
    "--accent:#0b5f72;--on-accent:#fff;--soft:#eaeeee}"
    "@media(prefers-color-scheme:dark){:root{--paper:#0d1214;--surface:#141a1d;--ink:#e7edef;--ink-2:#b0bdc2;"
    "--line:#263036;--accent:#76c5d8;--on-accent:#05222a;--soft:#1c2428}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);line-height:1.7;font-size:1rem;"
    "font-family:-apple-system,'Segoe UI','PingFang SC','Noto Sans CJK SC','Microsoft YaHei','WenQuanYi "
    "Micro Hei',"
    "system-ui,sans-serif}"
    "main{max-width:46rem;margin:0 auto;padding:2rem 1rem 4rem}"
    "h1{font-size:1.75rem;line-height:1.3;margin:0 0 1rem}h2{font-size:1.125rem;margin:0 0 .5rem}"
    "p,ol{margin:.5rem 0}ol{padding-left:1.5rem}li{margin:.25rem 0}"
    "section{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:1rem "
    "1.25rem;margin:1rem 0}"
    "code{font-family:ui-monospace,'SF Mono',Consolas,'DejaVu Sans Mono',monospace;font-size:.875em;"
    "background:var(--soft);border-radius:4px;padding:.1em .35em;overflow-wrap:anywhere}"
    ".get{display:inline-block;margin:.25rem .5rem .25rem 0;padding:.5rem "
    "1rem;border-radius:7px;background:var(--accent);"
    "color:var(--on-accent);text-decoration:none;font-weight:600}"
    ".get:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}"
    "a{color:var(--accent)}.why{color:var(--ink-2)}dl{margin:.5rem 0}dt{color:var(--ink-2)}dd{margin:0 0 "
    ".5rem}\n";

struct device {
    const char *name;
    const char *get, *get_text; /* what to download, and its button */
    const char *steps[6];
};

struct words {
    const char *lang, *title, *why, *check, *subject, *fingerprint, *check_how, *until, *home;
    struct device devices[6];
};

static const struct words chinese = {
    .lang = "zh-CN",
    .title = "让这台设备信任本站",
    .why = "本站使用自己的证书颁发机构。每台设备安装一次它的证书，浏览器就不再警告，并且能发现有人冒充本站。"
           "私钥只在本站服务器的加密库中。",
    .check = "先核对",
    .subject = "颁发机构",
    .fingerprint = "SHA-256 指纹",
    .check_how = "安装前，请向系统管理员（电话或当面）核对上面的指纹。不一致就不要安装。",
    .until = "有效期至",
    .home = "返回登录页",
    .devices =
        {
            {"Windows（Chrome、Edge）",
             "/ca.crt",
             "下载 ca.crt",
             {"打开下载的 <code>ca.crt</code>，点“安装证书”。", "选“本地计算机”（没有权限时选“当前用户”）。",
              "选“将所有的证书都放入下列存储”，再选“<b>受信任的根证书颁发机构</b>”。",
              "完成后重新打开浏览器。"}},
            {"macOS",
             "/ca.mobileconfig",
             "下载描述文件",
             {"打开下载的 <code>ca.mobileconfig</code>。",
              "系统设置 → 通用 → 设备管理（旧系统：隐私与安全性 → 描述文件），双击它并安装。",
              "在“钥匙串访问”中打开这张证书，“信任”一栏选“始终信任”。"}},
            {"iPhone、iPad",
             "/ca.mobileconfig",
             "下载描述文件",
             {"用 Safari 打开本页并下载，允许。", "设置 → 已下载描述文件 → 安装。",
              "设置 → 通用 → 关于本机 → <b>证书信任设置</b>，打开这张证书的开关。"}},
            {"Android",
             "/ca.crt",
             "下载 ca.crt",
             {"设置 → 安全 → 加密与凭据 → 安装证书 → <b>CA 证书</b>。",
              "选择下载的 <code>ca.crt</code>，确认。", "各厂商的菜单名称不同，可在设置中搜索“证书”。"}},
            {"Linux（Chrome、系统工具）",
             "/ca.crt",
             "下载 ca.crt",
             {"<code>sudo cp ca.crt /usr/local/share/ca-certificates/yunqiao.crt &amp;&amp; sudo "
              "update-ca-certificates</code>",
              "Chrome：<code>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n yunqiao -i ca.crt</code>（软件包 "
              "libnss3-tools）",
              "重新打开浏览器。"}},
            {"Firefox（任何系统）",
             "/ca.crt",
             "下载 ca.crt",
             {"设置 → 隐私与安全 → 证书 → 查看证书 → 证书颁发机构 → 导入。",
              "选择 <code>ca.crt</code>，勾选“信任由此证书颁发机构来标识网站”。"}},
        },
};

static const struct words english = {
    .lang = "en",
    .title = "Make this device trust the site",
    .why = "This site has a certificate authority of its own. Install its certificate once on each device: "
           "the browser stops "
           "warning, and notices when somebody pretends to be this site. The private key never leaves the "
           "server's sealed store.",
    .check = "First compare",
    .subject = "Authority",
    .fingerprint = "SHA-256 fingerprint",
    .check_how = "Before you install it, compare the fingerprint above with your system administrator, by "
                 "telephone or in "
                 "person. If it differs, do not install.",
    .until = "Valid until",
    .home = "Back to the login page",
    .devices =
        {
            {"Windows (Chrome, Edge)",
             "/ca.crt",
             "Download ca.crt",
             {"Open <code>ca.crt</code> and choose “Install Certificate”.",
              "Choose “Local Machine” (without the right to: “Current User”).",
              "Choose “Place all certificates in the following store”, then “<b>Trusted Root Certification "
              "Authorities</b>”.",
              "Finish, and open the browser anew."}},
            {"macOS",
             "/ca.mobileconfig",
             "Download the profile",
             {"Open <code>ca.mobileconfig</code>.",
              "System Settings → General → Device Management (older: Privacy &amp; Security → Profiles): "
              "double-click it and install.",
              "Open the certificate in Keychain Access and set “Trust” to “Always Trust”."}},
            {"iPhone, iPad",
             "/ca.mobileconfig",
             "Download the profile",
             {"Open this page in Safari, download, allow.", "Settings → Profile Downloaded → Install.",
              "Settings → General → About → <b>Certificate Trust Settings</b>: switch this certificate on."}},
            {"Android",
             "/ca.crt",
             "Download ca.crt",
             {"Settings → Security → Encryption &amp; credentials → Install a certificate → <b>CA "
              "certificate</b>.",
              "Choose <code>ca.crt</code> and confirm.",
              "Makers name these menus differently: search the settings for “certificate”."}},
            {"Linux (Chrome, system tools)",
             "/ca.crt",
             "Download ca.crt",
             {"<code>sudo cp ca.crt /usr/local/share/ca-certificates/yunqiao.crt &amp;&amp; sudo "
              "update-ca-certificates</code>",
              "Chrome: <code>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n yunqiao -i ca.crt</code> (package "
              "libnss3-tools)",
              "Open the browser anew."}},
            {"Firefox (any system)",
             "/ca.crt",
             "Download ca.crt",
             {"Settings → Privacy &amp; Security → Certificates → View Certificates → Authorities → Import.",
              "Choose <code>ca.crt</code> and tick “Trust this CA to identify websites”."}},
        },
};

enum { PAGE_ZH, PAGE_EN, PAGE_SHEET, PAGE_PEM, PAGE_DER, PAGE_PROFILE, PAGES };

struct ca_pages {
    struct ca_page at[PAGES];
};

static void add_device(struct buf *to, const struct device *d)
{
    buf_printf(to, "<section><h2>%s</h2><p><a class=\"get\" href=\"%s\" download>%s</a></p><ol>", d->name,
               d->get, d->get_text);
    for (size_t i = 0; i < COUNT_OF(d->steps) && d->steps[i]; i++)
        buf_printf(to, "<li>%s</li>", d->steps[i]);
    buf_add_text(to, "</ol></section>\n");
}

static void write_html(struct buf *to, const struct words *w, const struct x509_facts *f, const char *site)
{
    char until[INSTANT_TEXT_BYTES];
    instant_text(f->until, until);
    buf_printf(
        to,
        "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>%s</title>"
        "<link rel=\"stylesheet\" href=\"/ca.css\"></head><body><main>\n<h1>%s</h1>\n<p class=\"why\">",
        w->lang, w->title, w->title);
    buf_add_escaped(to, site);
    buf_printf(to, "</p><p>%s</p>\n<section><h2>%s</h2><dl><dt>%s</dt><dd>", w->why, w->check, w->subject);
    buf_add_escaped(to, f->subject);
    buf_printf(to,
               "</dd><dt>%s</dt><dd><code>%s</code></dd><dt>%s</dt><dd>%.10s</dd></dl><p>%s</p></section>\n",
               w->fingerprint, f->sha256, w->until, until, w->check_how);
    for (size_t i = 0; i < COUNT_OF(w->devices); i++)
        add_device(to, &w->devices[i]);
    buf_printf(to, "<p><a href=\"/\">%s</a></p></main></body></html>\n", w->home);
}

static void add_base64(struct buf *to, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;
        if (i + 1 < n) three |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < n) three |= bytes[i + 2];
        buf_add_char(to, digits[three >> 18]);
        buf_add_char(to, digits[three >> 12 & 63]);
        buf_add_char(to, i + 1 < n ? digits[three >> 6 & 63] : '=');
        buf_add_char(to, i + 2 < n ? digits[three & 63] : '=');
        if (i % 57 == 54) buf_add_char(to, '\n');
    }
}

/* A profile's UUIDs follow from the certificate, so that installing it again replaces it. */
static void uuid_of(const struct x509_facts *f, const char *mark, char ret[37])
{
    char hex[65];
    struct digest_value d = digest_hmac(mark, strlen(mark), f->sha256, strlen(f->sha256));
    str_hex(d.at, 32, hex);
    snprintf(ret, 37, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17, hex + 20);
}

/* Apple's configuration profile with one payload, the root certificate. */
static void write_profile(struct buf *to, const struct x509_facts *f, const char *site, const uint8_t *der,
                          size_t n)
{
    char inner[37], outer[37];
    uuid_of(f, "payload", inner);
    uuid_of(f, "profile", outer);
    buf_add_text(
        to,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
        "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict>\n"
        "<key>PayloadContent</key><array><dict>\n<key>PayloadCertificateFileName</key><string>ca.crt</"
        "string>\n"
        "<key>PayloadContent</key><data>\n");
    add_base64(to, der, n);
    buf_add_text(to, "\n</data>\n<key>PayloadDisplayName</key><string>");
    buf_add_escaped(to, f->subject);
    buf_printf(to,
               "</string>\n<key>PayloadIdentifier</key><string>yunqiao.ca.%.12s</string>\n"
               "<key>PayloadType</key><string>com.apple.security.root</string>\n"
               "<key>PayloadUUID</key><string>%s</string>\n<key>PayloadVersion</key><integer>1</integer>\n</"
               "dict></array>\n"
               "<key>PayloadDisplayName</key><string>云桥 Yunqiao: ",
               f->key_id, inner);
    buf_add_escaped(to, site);
    buf_printf(
        to,
        "</string>\n<key>PayloadIdentifier</key><string>yunqiao.profile.%.12s</string>\n"
        "<key>PayloadRemovalDisallowed</key><false/>\n<key>PayloadType</key><string>Configuration</string>\n"
        "<key>PayloadUUID</key><string>%s</string>\n<key>PayloadVersion</key><integer>1</integer>\n</dict></"
        "plist>\n",
        f->key_id, outer);
}

static enum err keep(struct ca_page *page, const char *type, const char *disposition, const void *bytes,
                     size_t n)
{
    char *copy = mem_copy(bytes, n);
    if (!copy) return ERR_NOMEM;
    *page = (struct ca_page){type, disposition, {copy, n}};
    return OK;
}

static enum err keep_buf(struct ca_page *page, const char *type, const char *disposition, struct buf *b)
{
    enum err err = b->err ? b->err : keep(page, type, disposition, b->at, b->bytes);
    buf_done(b);
    buf_init(b, PAGE_BYTES_MAX);
    return err;
}

enum err ca_pages_new(const char *authority, const char *site, struct ca_pages **ret_pages)
{
    struct x509_facts facts;
    uint8_t *der = NULL;
    size_t der_n = 0;
    struct buf b;
    struct ca_pages *p = mem_zalloc(sizeof *p);
    if (!p) return ERR_NOMEM;
    buf_init(&b, PAGE_BYTES_MAX);
    enum err err = x509_read(authority, &facts);
    if (!err) err = x509_der(authority, &der, &der_n);
    if (err) goto out;
    write_html(&b, &chinese, &facts, site);
    err = keep_buf(&p->at[PAGE_ZH], "text/html; charset=utf-8", NULL, &b);
    write_html(&b, &english, &facts, site);
    if (!err) err = keep_buf(&p->at[PAGE_EN], "text/html; charset=utf-8", NULL, &b);
    buf_clear(&b);
    write_profile(&b, &facts, site, der, der_n);
    if (!err)
        err = keep_buf(&p->at[PAGE_PROFILE], "application/x-apple-aspen-config",
                       "attachment; filename=\"ca.mobileconfig\"", &b);
    if (!err) err = keep(&p->at[PAGE_SHEET], "text/css; charset=utf-8", NULL, sheet, sizeof sheet - 1);
    if (!err)
        err = keep(&p->at[PAGE_PEM], "application/x-x509-ca-cert", "attachment; filename=\"ca.crt\"",
                   authority, strlen(authority));
    if (!err)
        err = keep(&p->at[PAGE_DER], "application/pkix-cert", "attachment; filename=\"ca.der\"", der, der_n);
out:
    buf_done(&b);
    mem_free(der);
    if (err) {
        ca_pages_free(p);
        return err;
    }
    *ret_pages = p;
    return OK;
}

void ca_pages_free(struct ca_pages *p)
{
    if (!p) return;
    for (int i = 0; i < PAGES; i++)
        mem_free((void *)(uintptr_t)p->at[i].body.at);
    mem_free(p);
}

const struct ca_page *ca_page_find(const struct ca_pages *p, struct str path, bool is_english)
{
    static const struct {
        const char *path;
        int page;
    } paths[] = {{"/ca.css", PAGE_SHEET},
                 {"/ca.crt", PAGE_PEM},
                 {"/ca.der", PAGE_DER},
                 {"/ca.mobileconfig", PAGE_PROFILE}};
    if (str_is_text(path, "/ca") || str_is_text(path, "/ca/")) return &p->at[is_english ? PAGE_EN : PAGE_ZH];
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        if (str_is_text(path, paths[i].path)) return &p->at[paths[i].page];
    return NULL;
}
