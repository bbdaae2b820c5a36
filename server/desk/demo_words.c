/* Invented names for the demo. Rare characters on purpose: nobody should find a neighbour here. */
#include "desk/demo_gen.h"
#include <stdio.h>

static const struct {
    const char *word, *pinyin;
} families[] = {
    {"柏", "Bai"},      {"岑", "Cen"},      {"楚", "Chu"},      {"邓", "Deng"},        {"樊", "Fan"},
    {"封", "Feng"},     {"顾", "Gu"},       {"郝", "Hao"},      {"贺", "He"},          {"霍", "Huo"},
    {"纪", "Ji"},       {"江", "Jiang"},    {"蒋", "Jiang"},    {"康", "Kang"},        {"柯", "Ke"},
    {"雷", "Lei"},      {"黎", "Li"},       {"廖", "Liao"},     {"凌", "Ling"},        {"柳", "Liu"},
    {"龙", "Long"},     {"陆", "Lu"},       {"罗", "Luo"},      {"孟", "Meng"},        {"苗", "Miao"},
    {"莫", "Mo"},       {"倪", "Ni"},       {"聂", "Nie"},      {"潘", "Pan"},         {"庞", "Pang"},
    {"裴", "Pei"},      {"祁", "Qi"},       {"乔", "Qiao"},     {"秦", "Qin"},         {"屈", "Qu"},
    {"阮", "Ruan"},     {"邵", "Shao"},     {"沈", "Shen"},     {"石", "Shi"},         {"舒", "Shu"},
    {"司", "Si"},       {"苏", "Su"},       {"谭", "Tan"},      {"汤", "Tang"},        {"陶", "Tao"},
    {"童", "Tong"},     {"万", "Wan"},      {"韦", "Wei"},      {"温", "Wen"},         {"翁", "Weng"},
    {"邬", "Wu"},       {"奚", "Xi"},       {"夏", "Xia"},      {"萧", "Xiao"},        {"薛", "Xue"},
    {"严", "Yan"},      {"姚", "Yao"},      {"叶", "Ye"},       {"殷", "Yin"},         {"尤", "You"},
    {"喻", "Yu"},       {"袁", "Yuan"},     {"岳", "Yue"},      {"臧", "Zang"},        {"詹", "Zhan"},
    {"郑", "Zheng"},    {"祝", "Zhu"},      {"庄", "Zhuang"},   {"卓", "Zhuo"},        {"宗", "Zong"},
    {"邹", "Zou"},      {"左", "Zuo"},      {"欧阳", "Ouyang"}, {"上官", "Shangguan"}, {"司徒", "Situ"},
    {"慕容", "Murong"}, {"令狐", "Linghu"}, {"申屠", "Shentu"},
};
struct part {
    const char *word, *pinyin;
};
static const struct part first[] = {
    {"柏", "bai"},  {"承", "cheng"}, {"川", "chuan"}, {"定", "ding"},  {"峰", "feng"}, {"海", "hai"},
    {"鹤", "he"},   {"衡", "heng"},  {"怀", "huai"},  {"景", "jing"},  {"开", "kai"},  {"立", "li"},
    {"牧", "mu"},   {"启", "qi"},    {"清", "qing"},  {"如", "ru"},    {"绍", "shao"}, {"守", "shou"},
    {"松", "song"}, {"望", "wang"},  {"闻", "wen"},   {"向", "xiang"}, {"延", "yan"},  {"远", "yuan"},
    {"泽", "ze"},   {"知", "zhi"},
};
static const struct part men[] = {
    {"安", "an"},   {"昌", "chang"}, {"达", "da"},   {"东", "dong"}, {"帆", "fan"},  {"刚", "gang"},
    {"恒", "heng"}, {"洲", "zhou"},  {"坤", "kun"},  {"林", "lin"},  {"明", "ming"}, {"宁", "ning"},
    {"平", "ping"}, {"庆", "qing"},  {"山", "shan"}, {"涛", "tao"},  {"威", "wei"},  {"旭", "xu"},
    {"岩", "yan"},  {"毅", "yi"},    {"舟", "zhou"}, {"柱", "zhu"},
};
static const struct part women[] = {
    {"卉", "hui"}, {"洁", "jie"},  {"兰", "lan"},  {"岚", "lan"},  {"莲", "lian"}, {"萍", "ping"},
    {"琪", "qi"},  {"蓉", "rong"}, {"珊", "shan"}, {"婷", "ting"}, {"薇", "wei"},  {"霞", "xia"},
    {"雁", "yan"}, {"瑶", "yao"},  {"吟", "yin"},  {"筠", "yun"},  {"芝", "zhi"},  {"珠", "zhu"},
};

void demo_name(struct demo_gen *g, bool is_woman, struct demo_name *ret)
{
    size_t f = demo_below(g, COUNT_OF(families));
    const struct part *a = &first[demo_below(g, COUNT_OF(first))];
    const struct part *b =
        is_woman ? &women[demo_below(g, COUNT_OF(women))] : &men[demo_below(g, COUNT_OF(men))];
    bool is_short = demo_chance(g, 15);
    ret->is_woman = is_woman;
    snprintf(ret->family, sizeof ret->family, "%s", families[f].word);
    snprintf(ret->given, sizeof ret->given, "%s%s", is_short ? "" : a->word, b->word);
    snprintf(ret->whole, sizeof ret->whole, "%s%s", ret->family, ret->given);
    snprintf(ret->pinyin, sizeof ret->pinyin, "%s %s%s", families[f].pinyin, is_short ? "" : a->pinyin,
             b->pinyin);
}
