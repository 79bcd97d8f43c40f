/* A search space: dimensions by name, each a range or a list of values, some of them under a condition on others.
 *
 *     units=[32..512 log]  optimizer=[adam, sgd]  optimizer.momentum=[0..0.99 if optimizer=sgd]
 *
 * A point of it is a number for each dimension: of a range the value, of a list the index of the choice, and NaN where the
 * dimension's condition does not hold. */
#ifndef CN_SWEEP_SPACE_H
#define CN_SWEEP_SPACE_H

#include "base/text/value.h"

typedef enum cn__dimension_kind {
    CN_DIMENSION_INT,
    CN_DIMENSION_FLOAT,
    CN_DIMENSION_CHOICE
} cn__dimension_kind;

typedef enum cn__comparison {
    CN_EQUAL,
    CN_NOT_EQUAL,
    CN_LESS_THAN,
    CN_AT_MOST,
    CN_MORE_THAN,
    CN_AT_LEAST
} cn__comparison;

/* Holds if the other dimension is active and compares so with one of the values. */
typedef struct cn__condition {
    size_t dimension; /* one that stands before */
    cn__comparison comparison;
    const cn__value *values;
    size_t count;
} cn__condition;

typedef struct cn__dimension {
    const char *name, *text; /* text: what stands between the brackets */
    cn__dimension_kind kind;
    bool log;
    double low, high;
    double step;               /* between two values, or with `log` their quotient; 0: any value */
    size_t levels;             /* how many values: of a range with steps, of a list; 0: any number of them */
    const cn__value *choices;  /* of a list */
    cn__condition *conditions; /* all must hold */
    size_t condition_count;
} cn__dimension;

typedef struct cn__space {
    cn__dimension *dimensions;
    size_t count;
} cn__space;

enum { CN_MAX_DIMENSIONS = 64 };

/* Reads "name=[…] name=[…]". */
CN_CHECK cn_status cn__space_parse(cn__arena *arena, const char *text, cn__space *out);

/* A range whose bounds are whole numbers is of whole numbers until its target says otherwise. */
CN_CHECK cn_status cn__dimension_set_kind(cn__dimension *dimension, cn__dimension_kind kind);

/* The value that stands at u, from 0 and under 1, of the dimension cut evenly; numbers are rounded to six digits, so that a
 * value that is printed is the value that was used. */
double cn__dimension_at(const cn__dimension *dimension, double u);
/* The inverse: the middle of what gives that value. */
double cn__dimension_where(const cn__dimension *dimension, double value);
/* Level `index` of a dimension that has levels. */
double cn__dimension_level(const cn__dimension *dimension, size_t index);

/* The value as the notation has it; of NaN none. */
cn__value cn__dimension_value(const cn__dimension *dimension, double value);

/* Do the conditions of dimension i hold? Those before it must be set. */
bool cn__space_active(const cn__space *space, const double *point, size_t i);

#endif
