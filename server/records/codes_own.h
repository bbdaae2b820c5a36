/* codes_own: the text of the starter lists, for the files of codes alone. */
#ifndef RECORDS_CODES_OWN_H
#define RECORDS_CODES_OWN_H

extern const char codes_starter_sql[], codes_three_sql[], codes_drug_gone_sql[];

#endif
