/* A value of an expression in {{…}}. */
#ifndef CN_LAB_EXPRESSION_VALUE_H
#define CN_LAB_EXPRESSION_VALUE_H

#include "base/text/text.h"
#include "lab/language/catalogue.h"

typedef enum cn__lab_value_kind { CN_LAB_NUMBER, CN_LAB_TEXT, CN_LAB_MISSING } cn__lab_value_kind;

typedef struct cn__lab_value {
    cn__lab_value_kind kind;
    double number;
    const char *text;
} cn__lab_value;

/* Set *out; CN_OK. NaN is a missing number, NULL the empty text. */
cn_status cn__lab_number(cn__lab_value *out, double number);
cn_status cn__lab_text(cn__lab_value *out, const char *text);
cn_status cn__lab_missing(cn__lab_value *out);

/* Fails for a text, which the operator or function `of` does not take. */
CN_CHECK cn_status cn__lab_want_number(const cn__lab_value *value, const char *of);
/* Sets the number of a value that is one; what is missing stays missing, and 0 / 0 is missing. */
void cn__lab_set_number(cn__lab_value *value, double number);
/* a (op) b into a, for + - * / < <= > >= and or; missing if one of them is. */
CN_CHECK cn_status cn__lab_combine(cn__lab_value *a, const cn__lab_value *b, const char *op);
/* a == b into a, or a != b. */
CN_CHECK cn_status cn__lab_compare(cn__lab_value *a, const cn__lab_value *b, bool wanted);

/* Adds the number in the format of `size` characters: ".4f", ".1%", "d", ",". */
CN_CHECK cn_status cn__lab_print_number(cn__language language, double v, const char *format, size_t size,
                                        cn__text *out);

#endif
