/* What is printed is read back by another program: pdftotext, pdfinfo and pdffonts (poppler). */
#include "paper/paper.h"
#include "paper/paper_attach.h"
#include "paper/paper_order.h"
#include "tests/unit/check.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOON ((struct instant){1795665600000}) /* 2026-11-26T04:00:00Z */

struct printed {
    struct arena *arena;
    struct paper paper;
    struct buf pdf;
    uint32_t pages;
    char file[300], text[200000];
};

/* The press beside this program. */
static const char *press(void)
{
    static char path[1024];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
    CHECK(n > 0);
    path[n] = 0;
    char *name = strrchr(path, '/') + 1;
    snprintf(name, sizeof path - (size_t)(name - path), "yunqiao-press");
    return path;
}

static void add(struct printed *p, enum paper_kind kind, const char *a, const char *b, const char *c,
                const char *d)
{
    struct paper_block *block = paper_add(&p->paper, p->arena, kind, str_of(a));
    CHECK(block != NULL);
    block->cells[1] = str_of(b), block->cells[2] = str_of(c), block->cells[3] = str_of(d);
}

static void begin(struct printed *p)
{
    p->arena = arena_new(8 << 20);
    p->paper = (struct paper){.site = STR("岚桥看守所卫生所"),
                              .title = STR("病历摘要"),
                              .subject = STR("卓远山　男　41岁　编号3120417　B区312"),
                              .foot = STR("顾清和 医生 打印于 11月26日 12:00"),
                              .made = NOON};
    buf_init(&p->pdf, 16 << 20);
}

/* What the program says of the file. */
static void run(const char *program, const char *option, const char *file, const char *to, char *ret,
                size_t bytes)
{
    int ends[2], status;
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        close(ends[0]), close(ends[1]);
        if (option)
            execlp(program, program, option, file, to, (char *)NULL);
        else
            execlp(program, program, file, to, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; n < bytes - 1 && (got = read(ends[0], ret + n, bytes - 1 - n)) > 0; n += (size_t)got)
        ;
    ret[n] = 0;
    close(ends[0]);
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    if (status != 0) check_fail(__FILE__, __LINE__, "%s ended with %d", program, status);
}

static void keep(const struct printed *p, const char *file)
{
    FILE *f = fopen(file, "wb");
    CHECK(f && fwrite(p->pdf.at, 1, p->pdf.bytes, f) == p->pdf.bytes && fclose(f) == 0);
}

static void print(struct printed *p)
{
    CHECK_OK(paper_pdf(press(), &p->paper, &p->pdf, &p->pages));
    snprintf(p->file, sizeof p->file, "%s/paper.pdf", check_tmp_dir());
    keep(p, p->file);
    run("pdftotext", "-layout", p->file, "-", p->text, sizeof p->text);
}

static void end(struct printed *p)
{
    buf_done(&p->pdf);
    arena_free(p->arena);
}

static int times(const char *in, const char *what)
{
    int n = 0;
    for (const char *at = in; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void whole_summary(struct printed *p)
{
    begin(p);
    add(p, PAPER_ALERT, "过敏：青霉素类（皮疹、瘙痒），高风险", NULL, NULL, NULL);
    add(p, PAPER_HEADING, "在管问题", NULL, NULL, NULL);
    add(p, PAPER_FACT, "I10.x00", "高血压病，2026年3月起", NULL, NULL);
    add(p, PAPER_HEADING, "现用药", NULL, NULL, NULL);
    add(p, PAPER_HEADS, "药品", "用法", "起", "开立");
    add(p, PAPER_ROW, "苯磺酸氨氯地平片", "一次5毫克，一日一次，晨服", "11月17日", "顾清和");
    add(p, PAPER_HEADING, "病程", NULL, NULL, NULL);
    add(p, PAPER_TEXT, "右眼胀痛伴视物模糊一天。\n结膜充血，角膜轻度水肿，瞳孔中等散大。", NULL, NULL, NULL);
    add(p, PAPER_SIGN, "签名", "日期", NULL, NULL);
}

TEST(a_summary_is_printed_and_its_chinese_reads_back)
{
    static struct printed p;
    whole_summary(&p);
    print(&p);
    static const char *const words[] = {"病历摘要", "岚桥看守所卫生所", "卓远山",      "青霉素类",
                                        "高血压病", "苯磺酸氨氯地平片", "晨服",        "结膜充血",
                                        "签名",     "打印于",           "第1页，共1页"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (!strstr(p.text, words[i])) check_fail(__FILE__, __LINE__, "%s is not read back", words[i]);
    CHECK_INT(p.pages, 1);
    printf("figure paper_summary_bytes %zu\n", p.pdf.bytes);
    const char *out = getenv("YQ_OUT");
    if (out) {
        char file[400];
        snprintf(file, sizeof file, "%s/summary.pdf", out);
        mkdir(out, 0755);
        keep(&p, file);
    }
    end(&p);
}

TEST(fonts_are_embedded_as_subsets_and_pages_are_a4)
{
    static struct printed p;
    static char said[4000];
    whole_summary(&p);
    print(&p);
    run("pdffonts", NULL, p.file, NULL, said, sizeof said);
    int fonts = 0, line_number = 0; /* two lines of heads */
    for (char *line = said, *end_of; (end_of = strchr(line, '\n')); line = end_of + 1) {
        *end_of = 0;
        if (++line_number <= 2) continue;
        fonts++;
        if (!strstr(line, "yes yes")) check_fail(__FILE__, __LINE__, "not embedded as a subset: %s", line);
    }
    CHECK(fonts > 0);
    run("pdfinfo", NULL, p.file, NULL, said, sizeof said);
    CHECK(strstr(said, "A4") != NULL);
    CHECK(p.pdf.bytes < 300000);
    end(&p);
}

TEST(a_long_record_turns_its_pages_and_each_says_who_it_is_about)
{
    static struct printed p;
    begin(&p);
    add(&p, PAPER_HEADS, "药品", "用法", "起", "开立");
    for (int i = 0; i < 120; i++)
        add(&p, PAPER_ROW, "苯磺酸氨氯地平片", "一次5毫克，一日一次", "11月17日", "顾清和");
    print(&p);
    CHECK(p.pages >= 3);
    CHECK_INT(times(p.text, "3120417"), p.pages);
    CHECK_INT(times(p.text, "用法"), p.pages); /* the heads of the table again */
    CHECK_INT(times(p.text, "苯磺酸氨氯地平片"), 120);
    char last[64];
    snprintf(last, sizeof last, "第%u页，共%u页", p.pages, p.pages);
    CHECK(strstr(p.text, last) != NULL);
    end(&p);
}

TEST(a_paragraph_longer_than_a_page_loses_no_word)
{
    static struct printed p;
    static char text[40000];
    begin(&p);
    size_t n = 0;
    for (int i = 0; i < 600; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "第%03d句：一般情况可，未诉不适。", i);
    add(&p, PAPER_TEXT, text, NULL, NULL, NULL);
    print(&p);
    CHECK(p.pages >= 3);
    CHECK_INT(times(p.text, "句"), 600);
    end(&p);
}

TEST(a_temperature_has_its_unit_in_signs_that_are_drawn)
{
    static struct printed p;
    begin(&p);
    add(&p, PAPER_FACT, "体温", "36.6 ℃", NULL, NULL);
    print(&p);
    CHECK(strstr(p.text, "36.6 °C") != NULL); /* WenQuanYi draws U+2103 as nothing */
    end(&p);
}

TEST(bytes_that_are_no_text_are_drawn_as_such)
{
    static struct printed p;
    begin(&p);
    add(&p, PAPER_TEXT, "前\xff\xfe\x01后", NULL, NULL, NULL);
    add(&p, PAPER_TEXT, "<b>不是标记</b> & 也不是", NULL, NULL, NULL);
    print(&p);
    CHECK(strstr(p.text, "前") && strstr(p.text, "后"));
    CHECK(strstr(p.text, "<b>不是标记</b>") != NULL);
    end(&p);
}

TEST(too_many_blocks_or_pages_or_bytes_are_refused)
{
    static struct printed p;
    begin(&p);
    for (uint32_t i = 0; i < PAPER_BLOCKS_MAX; i++)
        CHECK(paper_add(&p.paper, p.arena, PAPER_HEADING, STR("标题")) != NULL);
    CHECK(paper_add(&p.paper, p.arena, PAPER_HEADING, STR("标题")) == NULL);
    end(&p);
    whole_summary(&p);
    buf_done(&p.pdf);
    buf_init(&p.pdf, 1000);
    CHECK_ERR(paper_pdf(press(), &p.paper, &p.pdf, &p.pages), ERR_LIMIT);
    end(&p);
}

TEST(english_says_its_pages_in_english)
{
    static struct printed p;
    begin(&p);
    p.paper.is_english = true;
    add(&p, PAPER_HEADING, "Problems", NULL, NULL, NULL);
    print(&p);
    CHECK(strstr(p.text, "Page 1 of 1") != NULL);
    end(&p);
}

TEST(without_a_press_nothing_is_printed)
{
    static struct printed p;
    whole_summary(&p);
    CHECK_ERR(paper_pdf("/nowhere/yunqiao-press", &p.paper, &p.pdf, &p.pages), ERR_UNSUPPORTED);
    CHECK_ERR(paper_pdf("/bin/false", &p.paper, &p.pdf, &p.pages), ERR_IO);
    CHECK_ERR(paper_pdf("/bin/true", &p.paper, &p.pdf, &p.pages), ERR_CORRUPT);
    CHECK_INT(p.pdf.bytes, 0);
    end(&p);
}

TEST(an_order_is_read_as_it_was_written)
{
    static struct printed p;
    struct buf first, again;
    struct json *root;
    struct paper read;
    whole_summary(&p);
    add(&p, PAPER_ROW, "", "前\xff\x01\n后", "", "");
    buf_init(&first, 1 << 20);
    buf_init(&again, 1 << 20);
    CHECK_OK(paper_order_write(&p.paper, &first));
    CHECK_OK(paper_order_read(buf_str(&first), p.arena, &root, &read));
    CHECK_INT(read.count, p.paper.count);
    CHECK_INT(read.made.ms, p.paper.made.ms);
    CHECK_STR(read.last->cells[1], "前\xef\xbf\xbd\xef\xbf\xbd\n后");
    CHECK_OK(paper_order_write(&read, &again));
    CHECK(again.bytes == first.bytes && memcmp(again.at, first.at, first.bytes) == 0);
    json_free(root);
    buf_done(&first);
    buf_done(&again);
    end(&p);
}

#define HEAD                                                                                                 \
    "{\"site\":\"\",\"title\":\"\",\"subject\":\"\",\"mark\":\"\",\"foot\":\"\",\"english\":true,\"made\":"  \
    "1,\"blocks\":"

TEST(an_order_that_is_none_is_refused)
{
    static const char *const none[] = {
        "",
        "[]",
        "{}",
        HEAD "0}",
        HEAD "[[]]}",
        HEAD "[[9,\"a\"]]}",
        HEAD "[[-1]]}",
        HEAD "[[0,1]]}",
        HEAD "[[5,\"a\",\"b\",\"c\",\"d\",\"e\"]]}",
        HEAD "[],\"more\":1}",
    };
    struct arena *arena = arena_new(1 << 20);
    struct json *root;
    struct paper paper;
    for (size_t i = 0; i < COUNT_OF(none); i++)
        CHECK_ERR(paper_order_read(str_of(none[i]), arena, &root, &paper), ERR_BAD_INPUT);
    CHECK_OK(paper_order_read(STR(HEAD "[[6,\"a\"]]}"), arena, &root, &paper));
    json_free(root);
    arena_free(arena);
}

/* A PNG of one black dot, in base64url. */
#define DOT "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"

TEST(pictures_and_codes_are_drawn_and_what_is_none_leaves_its_words)
{
    static struct printed p;
    static char said[4000];
    begin(&p);
    add(&p, PAPER_PICTURE, DOT, "右眼\nSHA-256 abc", NULL, NULL);
    add(&p, PAPER_PICTURE, "bm8gcGljdHVyZQ", "不是图像", NULL, NULL);
    add(&p, PAPER_CODE, "101\n010\n101", "核对码 7K3M", NULL, NULL);
    add(&p, PAPER_CODE, "10\n1", "不是方码", NULL, NULL);
    print(&p);
    CHECK(strstr(p.text, "右眼") && strstr(p.text, "不是图像") && strstr(p.text, "核对码") &&
          strstr(p.text, "不是方码"));
    run("pdfimages", "-list", p.file, NULL, said, sizeof said);
    CHECK_INT(times(said, "image"), 2); /* the head says it too */
    end(&p);
}

TEST(a_file_is_attached_listed_by_others_and_taken_out_again)
{
    static struct printed p;
    static char said[4000];
    struct str pages, file, bundle = STR("{\"a\":1}\nendstream");
    whole_summary(&p);
    print(&p);
    size_t before = p.pdf.bytes;
    CHECK_OK(paper_attach(&p.pdf, "bundle.json", bundle));
    keep(&p, p.file);
    run("pdfdetach", "-list", p.file, NULL, said, sizeof said);
    CHECK(strstr(said, "1: bundle.json"));
    run("pdftotext", "-layout", p.file, "-", p.text, sizeof p.text);
    CHECK(strstr(p.text, "卓远山"));
    CHECK_OK(paper_attached(buf_str(&p.pdf), &pages, &file));
    CHECK_INT(pages.bytes, before);
    CHECK(str_is(file, bundle));
    CHECK_ERR(paper_attached(pages, &pages, &file), ERR_NOT_FOUND);
    end(&p);
}

TEST(what_is_no_pdf_of_ours_takes_no_file)
{
    static const char *const none[] = {
        "", "%PDF-1.5\n", "%PDF-1.5\nstartxref\n9\n%%EOF\n",
        "%PDF-1.5\nxref\n0 1\ntrailer\n<< /Size 1 /Root 0 0 R /Info 0 0 R >>\nstartxref\n9\n%%EOF\n"};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        struct buf pdf;
        buf_init(&pdf, 1 << 20);
        buf_add_text(&pdf, none[i]);
        CHECK_ERR(paper_attach(&pdf, "a", STR("b")), ERR_BAD_INPUT);
        buf_done(&pdf);
    }
}

SWEEP(a_file_is_attached)
{
    static const char pages[] = "%PDF-1.5\n1 0 obj\n<< /Type /Catalog\n>>\nendobj\nxref\n0 2\n0000000000 "
                                "65535 f \n0000000009 00000 n \n"
                                "trailer\n<< /Size 2 /Root 1 0 R /Info 1 0 R >>\nstartxref\n45\n%%EOF\n";
    struct buf pdf;
    struct str front, file;
    buf_init(&pdf, 1 << 20);
    buf_add_text(&pdf, pages);
    enum err err = paper_attach(&pdf, "bundle.json", STR("{}"));
    if (!err) err = paper_attached(buf_str(&pdf), &front, &file);
    if (!err) CHECK(str_is(file, STR("{}")) && front.bytes == sizeof pages - 1);
    buf_done(&pdf);
    return err;
}

SWEEP(a_paper_is_made)
{
    struct arena *arena = arena_new(1 << 20);
    if (!arena) return ERR_NOMEM;
    struct paper paper = {.title = STR("摘要"), .made = NOON};
    struct buf pdf;
    uint32_t pages;
    buf_init(&pdf, 1 << 20);
    enum err err = paper_add(&paper, arena, PAPER_TEXT, STR("一般情况可")) ? OK : ERR_NOMEM;
    if (!err) err = paper_pdf(press(), &paper, &pdf, &pages);
    buf_done(&pdf);
    arena_free(arena);
    return err;
}
