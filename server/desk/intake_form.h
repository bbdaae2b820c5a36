/* intake_form: what is asked when somebody comes into custody (workflow, step 2; 公监管〔2010〕214号), as three parts that are read, checked
 * and written alike: the form, the injuries (what is said, what is found, whether the two agree, and where on the body), and the assessment
 * of the first fortnight, which is asked again each year.
 *
 *   from a screen      {"consent": "given", "vital.systolic": "132", "allergies": [{"substance": …}]}
 *   in the record      QuestionnaireResponse.item: linkId and answer (valueCoding of INTAKE_ANSWER, valueString, valueDecimal); a list is one
 *                      item a line, with items of its own
 *
 * What is asked stands in a table (intake_form_texts), from which the Questionnaire is written too. Pure, but for the arena; any thread. */
#ifndef DESK_INTAKE_FORM_H
#define DESK_INTAKE_FORM_H
#include "desk/chart.h"

#define INTAKE_ANSWER "urn:yunqiao:intake-answer"
#define INTAKE_WORDS_BYTES_MAX 4000
#define INTAKE_LINES_MAX 40
#define INTAKE_FIELDS_MAX 6

enum intake_part { INTAKE_FORM, INTAKE_INJURIES, INTAKE_ASSESSMENT, INTAKE_PARTS };
enum intake_kind { INTAKE_CHOICE, INTAKE_WORDS, INTAKE_NUMBER, INTAKE_LIST };
enum intake_need {
    INTAKE_FREE,
    INTAKE_NEEDED,       /* before it is signed, unless care was refused */
    INTAKE_NEEDED_ALWAYS /* also where it was */
};
struct intake_question {
    const char *link, *words; /* words: as it is asked, zh-CN */
    enum intake_kind kind;
    enum intake_need need;
    const char *codes;                    /* CHOICE: with blanks between */
    int32_t least, most;                  /* NUMBER: in tenths */
    const struct intake_question *fields; /* LIST: of a line; ends with link NULL */
};
/* Ends with link NULL. */
const struct intake_question *intake_questions(enum intake_part part);
const char *intake_part_title(enum intake_part part); /* zh-CN */
const char *intake_part_name(enum intake_part part);  /* "form" */
bool intake_part_from(struct str name, enum intake_part *ret);

/* The answers into an open object, as "item". False: ret_where is what cannot be meant; what was written is then of no use. */
bool intake_form_put(enum intake_part part, const struct json *answers, struct json_out *o,
                     const char **ret_where);
/* The answers that stand there, as the screen sent them, into an open object. */
enum err intake_form_say(enum intake_part part, struct record_reader *server, const struct chart_item *item,
                         struct json_out *o) MUST_USE;
/* One answer's text; empty: none. */
struct str intake_form_answer(struct record_reader *server, const struct chart_item *item, const char *link);
/* A line of a list, and of that one field; TAPE_NONE, empty. */
uint32_t intake_form_line(const struct chart_item *item, const char *link, uint32_t nth);
struct str intake_form_field(struct record_reader *server, const struct chart_item *item, uint32_t line,
                             const char *field);
/* The first answer that a signature still needs; NULL: none. */
const char *intake_form_missing(enum intake_part part, struct record_reader *server,
                                const struct chart_item *item);
/* "item" of the Questionnaire, into an open object. */
void intake_form_put_questions(enum intake_part part, struct json_out *o);

#endif
