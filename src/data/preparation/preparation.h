/* The inside of a preparation. */
#ifndef CN_DATA_PREPARATION_H
#define CN_DATA_PREPARATION_H

#include "cornu/data.h"
#include "data/data.h"
#include "data/table/steps.h"

typedef enum cn__fill {
    CN_FILL_ERROR,
    CN_FILL_DROP,
    CN_FILL_MEAN,
    CN_FILL_MEDIAN,
    CN_FILL_MOST_FREQUENT,
    CN_FILL_NUMBER
} cn__fill;

/* What a column becomes: one number, or a column of 0 and 1 for each word. */
typedef enum cn__form {
    CN_FORM_NUMBER,  /* of a column of numbers; the others are of columns of words */
    CN_FORM_ONE_HOT, /* the cell is one word */
    CN_FORM_TEXT,    /* the cell is a text of several words */
    CN_FORM_ORDINAL, /* the word's place in its order, from 0; -1: unknown */
    CN_FORM_DATE,    /* one part of a date; a column makes an input for each part */
    CN_FORM_BINS /* of a column of numbers: 1 in the bin where the number lies, as Keras's Discretization */
} cn__form;

typedef enum cn__date_part {
    CN_DATE_YEAR,
    CN_DATE_MONTH,   /* 1 to 12 */
    CN_DATE_DAY,     /* 1 to 31 */
    CN_DATE_WEEKDAY, /* 0, Monday, to 6 */
    CN_DATE_HOUR     /* 0 to 24, with minutes and seconds as its fraction */
} cn__date_part;

typedef struct cn__input {
    const char *name; /* of the column */
    cn__form form;
    size_t at;                /* its first feature */
    double missing;           /* a number for what is missing; NaN: none */
    double shift, scale;      /* (value - shift) / scale, */
    bool log;                 /* of log(1 + value) */
    bool indicator;           /* its last feature is 1 where the cell is missing, else 0 */
    const char *const *words; /* of ONE_HOT, TEXT and ORDINAL */
    size_t count;
    size_t frequent; /* the most frequent word's index, with CN_FILL_MOST_FREQUENT */
    cn__date_part part;
    bool day_first;   /* 31/1/2024 */
    double *cuts;     /* of BINS, `count` - 1, ascending, as float32 holds them: a bin has its lower bound */
    bool by_quantile; /* they are learned: as many rows in each bin */
} cn__input;

typedef struct cn__target {
    const char *name;
    const char *const *classes; /* NULL: numbers */
    size_t count;
    bool numeric; /* the classes are a column of numbers in the table */
    /* of numbers: what the loss is computed of, (value - shift) / scale of value or log(1 + value) */
    double shift, scale;
    bool log;
} cn__target;

struct cn_preparation {
    cn__arena arena;
    cn__fill fill;
    double fill_number; /* with CN_FILL_NUMBER */
    cn__input *inputs;
    cn__target *targets;
    size_t input_count, target_count, features;
    const char **feature_names;
    bool scaled;
    const char *target_scale; /* "standard", "minmax", "robust"; NULL: none */
    /* of pictures: what they are brought to; 0: a table */
    size_t height, width;
    bool grey;
    cn__text notes;
};

/* Of a folder of images: their size, and the names of the classes. NULL on failure. */
cn_preparation *cn__preparation_of_images(const cn_dataset *dataset);

/* Names the features; after inputs are set. */
CN_CHECK cn_status cn__preparation_finish(cn_preparation *preparation);
/* Says which words of the table are none of the preparation's: they count as none of the words. */
void cn__preparation_note_unknown(const cn_preparation *preparation, const cn_table *table, cn__text *notes);

/* ---- forms.c: what an input is ---------------------------------------------------------------------------------------- */

/* Is a cell of it one number, which may be missing and be filled? */
static inline bool cn__input_has_number(const cn__input *in)
{
    return in->form != CN_FORM_ONE_HOT && in->form != CN_FORM_TEXT;
}
/* Does it become one number, too, which may be scaled? */
static inline bool cn__input_is_number(const cn__input *in)
{
    return cn__input_has_number(in) && in->form != CN_FORM_BINS;
}
static inline cn_column_kind cn__input_column(const cn__input *in)
{
    return in->form == CN_FORM_NUMBER || in->form == CN_FORM_BINS ? CN_COLUMN_NUMBER : CN_COLUMN_CATEGORY;
}
/* Which bin a number lies in, from 0. */
size_t cn__input_bin(const cn__input *in, double value);
/* How many features it makes, the indicator among them. */
static inline size_t cn__input_width(const cn__input *in)
{
    return (cn__input_is_number(in) ? 1 : in->count) + in->indicator;
}
/* The number in a row of its column, before it is filled and scaled; NaN: missing. `places`: of an ordinal, from
 * cn__preparation_words. */
double cn__input_value(const cn__input *in, const cn__column *column, const uint32_t *places, size_t row);
/* What becomes of that number. */
double cn__input_prepared(const cn__input *in, double value);
/* "area", "when.month" */
const char *cn__input_label(cn__arena *arena, const cn__input *in);

/* ---- dates.c ------------------------------------------------------------------------------------------------------------ */

typedef struct cn__date {
    int year, month, day;
    double hour;
    bool timed; /* it has a time of day */
} cn__date;

/* "2024-01-31", "31.1.2024", "1/31/2024 10:30", "Jan 31, 2024", "20240131". */
bool cn__date_read(const char *text, bool day_first, cn__date *out);
/* Are all words of the column dates, and how are they written? Fails with the first that is none, unless it can be said which. */
CN_CHECK cn_status cn__date_survey(const cn_table *table, const cn__column *column, bool *day_first,
                                   bool *timed);
double cn__date_value(const cn__date *date, cn__date_part part);
const char *cn__date_part_name(cn__date_part part);

/* ---- texts.c ------------------------------------------------------------------------------------------------------------ */

/* The words of a text: lower case, without punctuation, as Keras's TextVectorization has them. Visits each. */
void cn__text_words(const char *text, void (*visit)(void *, const char *word, size_t size), void *user);
/* The most frequent words of a column, at most `most`, as TextVectorization.adapt orders them. */
CN_CHECK cn_status cn__text_vocabulary(cn__arena *arena, const cn__column *column, size_t rows, size_t most,
                                       const char *const **words, size_t *count);
/* 1 for each word of the text in `out` (count), which is zero. `found`: from cn__text_lookup_new. */
typedef struct cn__text_lookup cn__text_lookup;
cn__text_lookup *cn__text_lookup_new(const char *const *words, size_t count);
void cn__text_lookup_free(cn__text_lookup *lookup);
void cn__text_mark(const cn__text_lookup *lookup, const char *text, float *out);

/* ---- columns.c, learn.c ------------------------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__preparation_columns(cn_preparation *preparation, const cn_table *table,
                                           const cn_preparation_options *options);
CN_CHECK cn_status cn__preparation_targets(cn_preparation *preparation, const cn_table *table,
                                           const cn_preparation_options *options);
/* "mean", "0", …; NULL: an error. */
CN_CHECK cn_status cn__fill_read(const char *word, cn__fill *out, double *number);
int cn__by_value(const void *a, const void *b); /* of double, for qsort */
/* A value that has no log(1 + x). */
CN_CHECK cn_status cn__fail_log(const cn_table *table, const char *name, double value);
/* Fails unless it is one of the ways to scale a target, or NULL. */
CN_CHECK cn_status cn__scaling_check(const char *how);

/* Names the columns that the options ask to be read as words: dates, texts, orders, and a target of classes. */
CN_CHECK cn_status cn__preparation_categories(cn__arena *arena, const cn_preparation_options *options,
                                              cn_table_options *table);
/* x of a preparation that was not scaled, scaled by this one; arrays of another shape are copied. */
CN_CHECK cn_status cn__copy_scaled(const cn_preparation *preparation, const cn_array *x, cn_array *out);

/* ---- table/parts.c ------------------------------------------------------------------------------------------------------ */

/* Of each row the number of its value in a column, for groups and strata. */
CN_CHECK cn_status cn__table_codes(cn__arena *arena, const cn_table *table, const char *column,
                                   cn__row_split *out);
/* Rows by a column of numbers, dates or other words, ascending; those without a value first. */
CN_CHECK cn_status cn__table_order(const cn_table *table, const char *column, uint32_t *rows, size_t count);

/* Is the cell missing? */
bool cn__column_lacks(const cn__column *column, size_t row);

/* Index of each of the column's categories among the input's words, or CN_TABLE_MISSING; of cn__malloc. NULL when out of
 * memory. */
uint32_t *cn__preparation_words(const cn__column *column, const char *const *words, size_t count);

#endif
