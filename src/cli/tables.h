/* Tables on the command line: the options that say how one is read and what of it is used. */
#ifndef CN_CLI_TABLES_H
#define CN_CLI_TABLES_H

#include "base/arena.h"
#include "cli/options.h"
#include "cornu/table.h"

/* As typed; NULL: not given. Lists have commas between. */
typedef struct cn__table_words {
    const char *header, *names, *separator, *decimal, *encoding, *missing_values, *number, *category;
    bool skip_bad_rows, plain_quotes;
} cn__table_words;

/* Rows of a table of options for the field `words_` of the struct `type_`. */
#define TABLE_OPTIONS(type_, words_)                                                                         \
    TEXT_OPTION(type_, "header", words_.header, "true|false", NULL,                                          \
                "does a table's first row have the names? Without it that is recognised"),                   \
        TEXT_OPTION(type_, "names", words_.names, "A,B", NULL, "the columns' names"),                        \
        TEXT_OPTION(type_, "separator", words_.separator, "C", NULL,                                         \
                    "what parts the cells: , ; | : tab or space"),                                           \
        TEXT_OPTION(type_, "decimal", words_.decimal, "C", NULL, "the decimal mark, . or ,"),                \
        TEXT_OPTION(type_, "encoding", words_.encoding, "NAME", NULL, "utf-8, utf-16 or latin-1"),           \
        TEXT_OPTION(type_, "missing-values", words_.missing_values, "A,B", NULL,                             \
                    "words for a missing value, as in -200"),                                                \
        TEXT_OPTION(type_, "number", words_.number, "A,B", NULL, "columns that are numbers"),                \
        TEXT_OPTION(type_, "category", words_.category, "A,B", NULL,                                         \
                    "columns that are words, also where they look like numbers"),                            \
        FLAG_OPTION(type_, "skip-bad-rows", words_.skip_bad_rows, "false",                                   \
                    "leave out rows with more cells than there are columns"),                                \
        FLAG_OPTION(type_, "plain-quotes", words_.plain_quotes, "false",                                     \
                    "a quote \" is a letter like others")

/* "a,b" to names in the arena. */
CN_CHECK cn_status cn__split_names(cn__arena *arena, const char *text, cn_names *out);
CN_CHECK cn_status cn__table_options(cn__arena *arena, const cn__table_words *words, cn_table_options *out);
/* The option that was given although `what` is no table; NULL: none. */
const char *cn__table_option_given(const cn__table_words *words);

/* cornu data info and show of a table: the exit code. */
int cn__table_info(const char *path, const cn__table_words *words);
int cn__table_show(const char *path, const cn__table_words *words, size_t first, size_t count);

#endif
