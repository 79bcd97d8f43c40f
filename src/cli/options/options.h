/* Subcommands and their options, as tables: one entry makes the parsing, the checks, the nearest valid
 * word of a mistake, the help, the manual page and the completion of shells. */
#ifndef CN_CLI_OPTIONS_OPTIONS_H
#define CN_CLI_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

typedef enum cn__option_kind {
    CN_OPTION_HEADING, /* no option: a line of the help over those that follow */
    CN_OPTION_FLAG,    /* bool: --shuffle and --no-shuffle */
    CN_OPTION_TEXT,    /* const char *: NULL when not given */
    CN_OPTION_OUTPUT,  /* const char *: --json or --json=FILE; without FILE it goes to the standard output */
    CN_OPTION_COUNT,   /* uint64_t: a whole number within bounds */
    CN_OPTION_NUMBER   /* double within bounds */
} cn__option_kind;

/* What was given for an option that may be given several times. */
typedef struct cn__texts {
    const char *items[64];
    size_t count;
} cn__texts;

typedef struct cn__option {
    cn__option_kind kind;
    const char *name;     /* "batch-size", without dashes */
    const char *argument; /* how the help calls the value; cn__argument_kind says what else it decides */
    size_t offset;        /* into the struct that is filled */
    const char *fallback; /* the default as it would be typed ("true" for a flag); NULL: none */
    double low, high;     /* of numbers, both allowed; low == high == 0: any (a COUNT from 0) */
    const char *help;
    size_t
        all; /* of a TEXT that may be given several times: the offset of the cn__texts for all of them; else 0 */
} cn__option;

/* What the name of an argument says of its values. */
typedef enum cn__argument_kind {
    CN_ARGUMENT_WORD,
    CN_ARGUMENT_INPUT,   /* "FILE", "NAME|FILE": '-' is the standard input */
    CN_ARGUMENT_OUTPUT,  /* "OUT.json": '-' is the standard output */
    CN_ARGUMENT_FOLDER,  /* "DIR" */
    CN_ARGUMENT_CHOICES, /* "auto|always|never" */
} cn__argument_kind;
cn__argument_kind cn__argument_kind_of(const cn__option *option);

/* The letter that may stand for an option, the same in every subcommand: -m for --model; '\0': none. */
char cn__option_letter(const cn__option *option);

/* Rows of a table for the struct `type_`. */
#define OPTION_HEADING(text_)                                                                                \
    {                                                                                                        \
        .kind = CN_OPTION_HEADING, .help = text_                                                             \
    }
#define TEXT_OPTION(type_, name_, field_, argument_, fallback_, help_)                                       \
    {                                                                                                        \
        .kind = CN_OPTION_TEXT, .name = name_, .argument = argument_, .offset = offsetof(type_, field_),     \
        .fallback = fallback_, .help = help_                                                                 \
    }
/* It may be given several times: `field_` is the last one, `all_` has all of them, and is not the struct's first member. */
#define TEXTS_OPTION(type_, name_, field_, all_, argument_, help_)                                           \
    {                                                                                                        \
        .kind = CN_OPTION_TEXT, .name = name_, .argument = argument_, .offset = offsetof(type_, field_),     \
        .all = offsetof(type_, all_), .help = help_                                                          \
    }
#define COUNT_OPTION(type_, name_, field_, fallback_, low_, high_, help_)                                    \
    {                                                                                                        \
        .kind = CN_OPTION_COUNT, .name = name_, .argument = "N", .offset = offsetof(type_, field_),          \
        .fallback = fallback_, .low = low_, .high = high_, .help = help_                                     \
    }
#define FLAG_OPTION(type_, name_, field_, fallback_, help_)                                                  \
    {                                                                                                        \
        .kind = CN_OPTION_FLAG, .name = name_, .offset = offsetof(type_, field_), .fallback = fallback_,     \
        .help = help_                                                                                        \
    }

/* --json, and --json=FILE. */
#define JSON_OPTION(type_, field_, help_)                                                                    \
    {                                                                                                        \
        .kind = CN_OPTION_OUTPUT, .name = "json", .argument = "OUT.json", .offset = offsetof(type_, field_), \
        .help = help_                                                                                        \
    }

/* The first word of a subcommand that does several things. */
typedef struct cn__action {
    const char *name, *summary; /* "list", "names of the data sets" */
} cn__action;

/* A subcommand. `run` returns the exit code (cli.h); for one over 0 the message of cn_error() is printed. */
typedef struct cn__command {
    const char *name;    /* "train" */
    const char *summary; /* one line for `cornu --help`: "Train a network and report progress" */
    const char *usage;   /* what follows "cornu train" */
    const char *about;   /* paragraphs under the usage; may be NULL */
    const char *example; /* lines, each a command */
    const cn__option *options;
    size_t option_count, options_size; /* options_size: of the struct that is filled */
    const cn__action *actions;
    size_t action_count;
    int words_low, words_high; /* how many words besides the options, the action among them */
    /* Names of TEXT options that further words give, in this order: `cornu predict FILE` is `cornu predict --model FILE`. */
    const char *operands[2];
    int (*run)(const void *options, int count, char *const *words);
} cn__command;

/* What every subcommand takes. */
typedef struct cn__common {
    const char *color;
    bool help;
} cn__common;
enum { CN_COMMON_OPTIONS = 2 };
extern const cn__option cn__common_options[CN_COMMON_OPTIONS];

/* Fills the struct at `out` with the defaults and then from argv[0 … argc-1]; the words that are no options and no operands
 * go to the front of argv and their number to *words. common->help is set by --help, and nothing is checked then.
 * A '-' in the place of a file to read puts all of the standard input where it can be read by the name that stands in
 * `out` then (/dev/stdin); in the place of a file to write it becomes /dev/stdout. */
CN_CHECK cn_status cn__options_read(const cn__command *command, int argc, char **argv, void *out, int *words,
                                    cn__common *common);
/* --color=WHEN, before or after the subcommand. */
CN_CHECK cn_status cn__set_color(const char *when);

/* commands/help.c: as text for a terminal of the stream's width. */
void cn__options_help(const cn__command *command, FILE *out);
/* commands/man.c: as a manual page, cornu-train(1). */
void cn__options_man(const cn__command *command, FILE *out);

#endif
