/* Tables of your own: read by what the file holds, described, and made into what a network takes. In the second library
 * (link with cornu).
 *
 *     cn_table *t = cn_table_read("houses.csv", NULL);
 *     if (!t) fprintf(stderr, "%s\n", cn_error());
 *     const char *const price[] = {"price"};
 *     cn_preparation *p = cn_preparation_new(t, &(cn_preparation_options){.target = {price, 1}});
 *     cn_array x, y;
 *     cn_preparation_apply(p, t, NULL, 0, &x, &y);     // numbers, words one-hot; features named by p
 *     …                                                // train a model, save it as m.keras
 *     cn_preparation_save(p, "m.keras");               // new rows are prepared likewise: cn_preparation_load */
#ifndef CORNU_TABLE_H
#define CORNU_TABLE_H

#include "array.h"
#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reading ----------------------------------------------------------------------------------------------------- */

typedef struct cn_table cn_table;

/* A list of words: {.items = (const char *const[]){"id", "name"}, .count = 2}. */
typedef struct cn_names {
    const char *const *items;
    size_t count;
} cn_names;

/* What is not given is recognised by what the file holds. */
typedef struct cn_table_options {
    const char *header;      /* "true", "false": are the first row's cells the names? */
    cn_names names;          /* the columns' names, in place of those of the file */
    const char *separator;   /* ",", ";", "|", ":", "tab", "space" (any number of blanks) */
    const char *decimal;     /* ".", "," */
    const char *encoding;    /* "utf-8", "utf-16", "latin-1" */
    bool plain_quotes;       /* a quote " is a letter like any other */
    cn_names missing_values; /* words for a missing value, beside the usual ones */
    cn_names number;         /* columns that are numbers: a cell that is none is a mistake */
    cn_names category;       /* columns whose cells are words, also where they look like numbers */
    bool skip_bad_rows;      /* rows with more cells than there are columns are left out */
    int threads;             /* 0: every processor; the table does not depend on it */
} cn_table_options;

/* Reads a table: comma-, semicolon-, tab-, bar- or blank-separated text (RFC 4180 quotes), UTF-8, UTF-16 or Latin-1, plain
 * or gzipped, by what it holds; ARFF and JSON Lines too. NULL on failure: the message of cn_error() names file, line and
 * column, and the option that helps. Free with cn_table_free. */
CN_API cn_table *cn_table_read(const char *path, const cn_table_options *options);
CN_API void cn_table_free(cn_table *table);

typedef enum cn_column_kind {
    CN_COLUMN_NUMBER,
    CN_COLUMN_CATEGORY /* words */
} cn_column_kind;

CN_API size_t cn_table_rows(const cn_table *table);
CN_API size_t cn_table_columns(const cn_table *table);
CN_API const char *cn_table_name(const cn_table *table, size_t column);
CN_API cn_column_kind cn_table_kind(const cn_table *table, size_t column);
/* The column of that name; fails with the nearest one. */
CN_API CN_CHECK cn_status cn_table_find(const cn_table *table, const char *name, size_t *column);
/* Rows without a value. */
CN_API size_t cn_table_missing(const cn_table *table, size_t column);
/* Does it only number the rows (as pandas and R write it)? */
CN_API bool cn_table_is_index(const cn_table *table, size_t column);
/* A cell of a column of numbers; NaN where it is missing, and of a column of words. */
CN_API double cn_table_number(const cn_table *table, size_t row, size_t column);
/* A cell of a column of words; NULL where it is missing, and of a column of numbers. */
CN_API const char *cn_table_word(const cn_table *table, size_t row, size_t column);
/* The different words of a column, in their order (by number where all are numbers, else by bytes). */
CN_API size_t cn_table_category_count(const cn_table *table, size_t column);
CN_API const char *cn_table_category(const cn_table *table, size_t column, size_t category);
/* The line of the file on which a row stands. */
CN_API size_t cn_table_line(const cn_table *table, size_t row);
/* What was understood, in sentences, a line each: separators, names, what was missing and what was made of it. */
CN_API const char *cn_table_notes(const cn_table *table);

/* ---- preparing --------------------------------------------------------------------------------------------------- */

/* How the columns of a table become what a network takes: learned from one table, the same for the next. */
typedef struct cn_preparation cn_preparation;

typedef struct cn_preparation_options {
    cn_names target;     /* what is to be predicted: one column, or several of numbers; none: no y */
    cn_names columns;    /* the inputs, in this order; none: all other columns that can be */
    cn_names ignore;     /* columns that are no input */
    const char *missing; /* "error" (also NULL), "drop" such rows, or fill with the column's "mean", "median",
                            "most_frequent", or with a number ("0"). A missing word is none of the words, but with most_frequent */
    bool classes;        /* a target of numbers is one of classes */
    cn_names date;       /* columns of dates: year, month, day, weekday, and hour where they have times */
    cn_names text;    /* columns of texts: 1 for each word that the text has, of the most frequent `words` */
    size_t words;     /* 0: 1000 */
    cn_names ordinal; /* words that have an order become 0, 1, …: "size" (that of the file: by bytes), or
                            "size=small<medium<large". -1: an unknown word */
    cn_names log;     /* columns of numbers that become log(1 + x) before they are scaled; the target, too */
    cn_names
        bins; /* columns of numbers that become 1 in the bin where the number lies: "age" (ten bins with as many rows
                            in each), "age=5", or between bounds "age=18<40<65", each the first number of its bin */
    const char
        *target_scale; /* the loss is computed of the target brought to "standard", "minmax" or "robust", as
                                 cn_preparation_attach tells a model; NULL: as it is */
    bool missing_indicator; /* a further feature for each column that lacks values: 1 where one is missing */
} cn_preparation_options;

/* Chooses the columns, and learns from all rows what missing values become. NULL on failure. `options` may be NULL. Free
 * with cn_preparation_free. */
CN_API cn_preparation *cn_preparation_new(const cn_table *table, const cn_preparation_options *options);
CN_API void cn_preparation_free(cn_preparation *preparation);
/* The same from the rows given alone (those of a training part: a test part must not be known before). */
CN_API CN_CHECK cn_status cn_preparation_learn(cn_preparation *preparation, const cn_table *table,
                                               const uint32_t *rows, size_t count);
/* Brings each column of numbers to mean 0 and deviation 1 ("standard"), to 0 … 1 ("minmax"), to median 0 and a distance of 1
 * between the quartiles ("robust"), by these rows (rows NULL: all), or to log(1 + x) ("log"). */
CN_API CN_CHECK cn_status cn_preparation_scale(cn_preparation *preparation, const char *how,
                                               const cn_table *table, const uint32_t *rows, size_t count);

/* The rows that can be used, in order: `rows` has room for all of them. A value that is missing and is not filled is an
 * error that names the line, or the row is dropped. `target`: it is wanted, too. */
CN_API CN_CHECK cn_status cn_preparation_rows(const cn_preparation *preparation, const cn_table *table,
                                              bool target, uint32_t *rows, size_t *count);
/* x: float32 (count, features); y (may be NULL): float32 (count) or (count, targets), of classes int64 (count). rows NULL:
 * all that can be used. */
CN_API CN_CHECK cn_status cn_preparation_apply(const cn_preparation *preparation, const cn_table *table,
                                               const uint32_t *rows, size_t count, cn_array *x, cn_array *y);

/* Tells the model how the target is scaled and whether it has a log: from now on fit and evaluate take targets as they are,
 * the loss is that of the scaled ones, and metrics and predictions are in the target's own units. A model that was loaded
 * must be attached to again. Does nothing where the target is as it is. */
CN_API CN_CHECK cn_status cn_preparation_attach(const cn_preparation *preparation, cn_model *model);

CN_API size_t cn_preparation_features(const cn_preparation *preparation);
/* "area", "colour=red" */
CN_API const char *cn_preparation_feature(const cn_preparation *preparation, size_t feature);
CN_API size_t cn_preparation_targets(const cn_preparation *preparation);
CN_API const char *cn_preparation_target(const cn_preparation *preparation, size_t target);
/* Of a target of classes; 0: it is one of numbers. */
CN_API size_t cn_preparation_classes(const cn_preparation *preparation);
CN_API const char *cn_preparation_class(const cn_preparation *preparation, size_t class_number);
/* Columns that were left out, in sentences, a line each. */
CN_API const char *cn_preparation_notes(const cn_preparation *preparation);

/* As text, and back; free the text with cn_text_free. NULL on failure. */
CN_API char *cn_preparation_to_json(const cn_preparation *preparation);
CN_API cn_preparation *cn_preparation_from_json(const char *json);
/* Puts it into a model's .keras file (Keras passes it over), or beside a file of another kind as FILE.preparation.json. */
CN_API CN_CHECK cn_status cn_preparation_save(const cn_preparation *preparation, const char *model_path);
/* What cn_preparation_save put there; NULL in *out: nothing. */
CN_API CN_CHECK cn_status cn_preparation_load(const char *model_path, cn_preparation **out);

/* Reads a table as the preparation needs it: its columns of words as words. Fails where a column is not there. */
CN_API cn_table *cn_preparation_read(const cn_preparation *preparation, const char *path,
                                     const cn_table_options *options);

#ifdef __cplusplus
}
#endif
#endif
