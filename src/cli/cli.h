/* What the subcommands share: exit codes, and getting models and data ready. */
#ifndef CN_CLI_CLI_H
#define CN_CLI_CLI_H

#include "cli/options/options.h"
#include "cornu/cornu.h"

enum {
    CN_EXIT_OK = 0,
    CN_EXIT_FAILURE = 1, /* training diverged, a file that cannot be read or written, out of memory */
    CN_EXIT_USAGE = 2,   /* an unknown option, name or notation */
    CN_EXIT_DATA = 3,    /* shapes that do not fit, NaN, labels out of range */
    CN_EXIT_DATASET = 4, /* a named dataset is nowhere to be found */
    /* 128 + n: ended by signal n; what was done so far is written */
    CN_EXIT_INTERRUPTED = 129
};

int cn__exit_code(cn_status status);

/* One for each file of its name. */
extern const cn__command cn__train_command, cn__evaluate_command, cn__predict_command, cn__summary_command,
    cn__convert_command, cn__export_command, cn__data_command, cn__lab_command, cn__cache_command,
    cn__doctor_command, cn__completion_command, cn__version_command, cn__sweep_command, cn__runs_command,
    cn__ensemble_command;

/* All of them, in the order of the help. */
enum { CN_COMMANDS = 15 };
extern const cn__command *const *cn__commands; /* CN_COMMANDS; main sets it */
/* What they do and their exit codes, for the help and for cornu(1). */
extern const char cn__about_program[];
typedef struct cn__exit_meaning {
    const char *codes, *meaning;
} cn__exit_meaning;
enum { CN_EXIT_MEANINGS = 6 };
extern const cn__exit_meaning cn__exit_meanings[CN_EXIT_MEANINGS];
/* commands/help.c: cornu --help. */
void cn__program_help(FILE *out);
/* commands/man.c: cornu(1). */
void cn__program_man(FILE *out);

#endif
