/* What the subcommands know of the program: the others, exit codes, what it does. */
#include "cli/cli.h"

const cn__command *const *cn__commands;

const char cn__about_program[] = "Train neural networks, with Keras's words and numbers";

const cn__exit_meaning cn__exit_meanings[CN_EXIT_MEANINGS] = {
    {"0", "success"},
    {"1", "failure: training diverged, a file cannot be read or written, out of memory"},
    {"2", "wrong usage: an unknown option, name or notation"},
    {"3", "bad data: shapes that do not fit, NaN, labels out of range"},
    {"4", "a named data set was not found"},
    {"129, 130, 143", "ended by SIGHUP, SIGINT (Ctrl-C) or SIGTERM; results so far are written"},
};

static const int codes[] = {
    [CN_OK] = CN_EXIT_OK,
    [CN_ERROR_ARGUMENT] = CN_EXIT_USAGE,
    [CN_ERROR_SHAPE] = CN_EXIT_DATA,
    [CN_ERROR_DATA] = CN_EXIT_DATA,
    [CN_ERROR_STATE] = CN_EXIT_USAGE,
    [CN_ERROR_FILE] = CN_EXIT_FAILURE,
    [CN_ERROR_FORMAT] = CN_EXIT_FAILURE,
    [CN_ERROR_NETWORK] = CN_EXIT_FAILURE,
    [CN_ERROR_MEMORY] = CN_EXIT_FAILURE,
    [CN_ERROR_NUMERIC] = CN_EXIT_FAILURE,
};

int cn__exit_code(cn_status status)
{
    return (size_t)status < sizeof codes / sizeof *codes ? codes[status] : CN_EXIT_FAILURE;
}
