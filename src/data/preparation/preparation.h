/* The inside of a preparation. */
#ifndef CN_DATA_PREPARATION_H
#define CN_DATA_PREPARATION_H

#include "cornu/data.h"
#include "data/table/steps.h"

typedef enum cn__fill {
    CN_FILL_ERROR,
    CN_FILL_DROP,
    CN_FILL_MEAN,
    CN_FILL_MEDIAN,
    CN_FILL_MOST_FREQUENT,
    CN_FILL_NUMBER
} cn__fill;

typedef struct cn__input {
    const char *name;
    cn_column_kind kind;
    size_t at;                /* its first feature */
    double missing;           /* a number for what is missing; NaN: none */
    double shift, scale;      /* (value - shift) / scale */
    const char *const *words; /* sorted as the table has them */
    size_t count;
    size_t frequent; /* the most frequent word's index, with CN_FILL_MOST_FREQUENT */
} cn__input;

typedef struct cn__target {
    const char *name;
    const char *const *classes; /* NULL: numbers */
    size_t count;
    bool numeric; /* the classes are a column of numbers in the table */
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

/* Index of each of the column's categories among the input's words, or CN_TABLE_MISSING; of cn__malloc. NULL when out of
 * memory. */
uint32_t *cn__preparation_words(const cn__column *column, const char *const *words, size_t count);

#endif
