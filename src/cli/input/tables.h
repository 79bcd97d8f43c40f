/* Tables on the command line: the options that say how one is read and what of it is used. */
#ifndef CN_CLI_INPUT_TABLES_H
#define CN_CLI_INPUT_TABLES_H

#include "base/arena.h"
#include "cli/options/options.h"
#include "cornu/table.h"

/* As typed; NULL: not given. Lists have commas between. */
typedef struct cn__table_words {
    const char *header, *names, *separator, *decimal, *encoding, *missing_values, *number, *category;
    bool skip_bad_rows, plain_quotes;
} cn__table_words;

/* What is made of its columns. */
typedef struct cn__columns_words {
    const char *target, *columns, *ignore, *missing, *scale, *stratify, *group, *time, *date, *text, *ordinal,
        *log, *bins, *target_scale;
    uint64_t words;
    bool classes, missing_indicator;
} cn__columns_words;

#define COLUMNS_OPTIONS(type_, columns_)                                                                                                     \
    TEXT_OPTION(type_, "target", columns_.target, "A,B", NULL, "the column to predict"),                                                     \
        TEXT_OPTION(type_, "columns", columns_.columns, "A,B", NULL,                                                                         \
                    "the columns to use as inputs (default: all others)"),                                                                   \
        TEXT_OPTION(type_, "ignore", columns_.ignore, "A,B", NULL, "columns to leave out"),                                                  \
        TEXT_OPTION(type_, "missing", columns_.missing, "WORD", NULL,                                                                        \
                    "how to fill missing values: mean, median, most_frequent or a number; or drop the row"),                                 \
        TEXT_OPTION(                                                                                                                         \
            type_, "scale", columns_.scale, "WORD", NULL,                                                                                    \
            "scale numbers to mean 0 and deviation 1 (standard), to 0 ... 1 (minmax), by their quartiles (robust), or to log(1 + x) (log)"), \
        TEXT_OPTION(type_, "stratify", columns_.stratify, "COLUMN", NULL,                                                                    \
                    "keep the proportions of this column's values in the test part"),                                                        \
        TEXT_OPTION(type_, "group", columns_.group, "COLUMN", NULL,                                                                          \
                    "put rows with the same value of this column into the same part"),                                                       \
        TEXT_OPTION(type_, "time", columns_.time, "COLUMN", NULL,                                                                            \
                    "use the last rows by this column, such as a date, as test part"),                                                       \
        FLAG_OPTION(type_, "classes", columns_.classes, "false", "treat a target of numbers as classes"),                                    \
        TEXT_OPTION(type_, "date", columns_.date, "A,B", NULL,                                                                               \
                    "columns of dates, split into year, month, day, weekday and hour"),                                                      \
        TEXT_OPTION(type_, "text", columns_.text, "A,B", NULL, "columns of texts, as 0 or 1 for each word"),                                 \
        COUNT_OPTION(type_, "words", columns_.words, "1000", 1, 100000,                                                                      \
                     "how many of the most frequent words to use"),                                                                          \
        TEXT_OPTION(type_, "ordinal", columns_.ordinal, "A=S<M<L,B", NULL,                                                                   \
                    "ordered words, as numbers from 0"),                                                                                     \
        TEXT_OPTION(type_, "log", columns_.log, "A,B", NULL,                                                                                 \
                    "columns to replace by log(1 + x); for the target, in the loss only"),                                                   \
        TEXT_OPTION(                                                                                                                         \
            type_, "bins", columns_.bins, "A=5,B=18<65", NULL,                                                                               \
            "numbers to replace by bins: this many with equally many rows, or between these bounds"),                                        \
        TEXT_OPTION(                                                                                                                         \
            type_, "target-scale", columns_.target_scale, "WORD", NULL,                                                                      \
            "scale the target in the loss (standard, minmax, robust); metrics and predictions keep its units"),                              \
        FLAG_OPTION(type_, "missing-indicator", columns_.missing_indicator, "false",                                                         \
                    "add a feature that is 1 where a value is missing")

/* Rows of a table of options for the field `words_` of the struct `type_`. */
#define TABLE_OPTIONS(type_, words_)                                                                         \
    TEXT_OPTION(type_, "header", words_.header, "true|false", NULL,                                          \
                "whether the first row has the names (default: detected)"),                                  \
        TEXT_OPTION(type_, "names", words_.names, "A,B", NULL, "the columns' names"),                        \
        TEXT_OPTION(type_, "separator", words_.separator, "C", NULL,                                         \
                    "the character between cells: , ; | : tab or space"),                                    \
        TEXT_OPTION(type_, "decimal", words_.decimal, "C", NULL, "the decimal mark, . or ,"),                \
        TEXT_OPTION(type_, "encoding", words_.encoding, "NAME", NULL, "utf-8, utf-16 or latin-1"),           \
        TEXT_OPTION(type_, "missing-values", words_.missing_values, "A,B", NULL,                             \
                    "words that mean a missing value, as in -200"),                                          \
        TEXT_OPTION(type_, "number", words_.number, "A,B", NULL, "columns that are numbers"),                \
        TEXT_OPTION(type_, "category", words_.category, "A,B", NULL,                                         \
                    "columns to read as words even if they look like numbers"),                              \
        FLAG_OPTION(type_, "skip-bad-rows", words_.skip_bad_rows, "false",                                   \
                    "leave out rows with too many cells"),                                                   \
        FLAG_OPTION(type_, "plain-quotes", words_.plain_quotes, "false",                                     \
                    "treat a quote \" as an ordinary character")

/* A table's rows as samples. */
typedef struct cn__table_samples {
    cn_array x, y;
    cn_preparation *preparation;
    uint32_t *lines; /* of each sample, in the file */
} cn__table_samples;

typedef enum cn__table_part { CN_PART_TRAINING, CN_PART_TEST, CN_PART_ALL } cn__table_part;

/* Reads them as `preparation` says; NULL: makes one from the columns and the training part, for which a target is needed.
 * The draw of the test part has the seed 0. `y` only where the table has the target. Notes go to stderr. */
CN_CHECK cn_status cn__table_samples_read(const char *path, const cn__table_words *words,
                                          const cn__columns_words *columns, const cn_preparation *preparation,
                                          double test_split, cn__table_part part, cn__table_samples *out);
void cn__table_samples_free(cn__table_samples *samples);

/* "a,b" to names in the arena. */
CN_CHECK cn_status cn__split_names(cn__arena *arena, const char *text, cn_names *out);
CN_CHECK cn_status cn__table_options(cn__arena *arena, const cn__table_words *words, cn_table_options *out);
/* The option that was given although `what` is no table; NULL: none. */
const char *cn__table_option_given(const cn__table_words *words);

/* cornu data info and show of a table: the exit code. */
int cn__table_info(const char *path, const cn__table_words *words, const char *json);
int cn__table_show(const char *path, const cn__table_words *words, size_t first, size_t count);

#endif
