/* The program `cornu`: finds the subcommand, reads its options, prints the message of a failure. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cornu/version.h"
#include "base/file.h"
#include "cli/cli.h"

static const cn__command *const commands[] = {
    &cn__train_command,   &cn__evaluate_command, &cn__predict_command, &cn__summary_command,
    &cn__convert_command, &cn__export_command,   &cn__data_command,    &cn__lab_command};
enum { COMMANDS = sizeof commands / sizeof *commands };

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

/* Output that could not be written is a failure, even when all else went well. */
static int check_stdout(const char *name, int code)
{
    errno = 0;
    if ((fflush(stdout) == 0 && !ferror(stdout)) || code != CN_EXIT_OK) return code;
    fprintf(stderr, "cornu%s%s: cannot write to the standard output%s%s\n", *name ? " " : "", name,
            errno ? ": " : "", errno ? strerror(errno) : "");
    return CN_EXIT_FAILURE;
}

static int print_help(FILE *out)
{
    fprintf(out, "usage: cornu COMMAND [options]\n\n"
                 "Trains neural networks, with Keras's words and numbers.\n\nCommands\n");
    for (int i = 0; i < COMMANDS; i++) fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(
        out,
        "\ncornu COMMAND --help says more. cornu --version prints the version.\n\n"
        "Exit codes\n"
        "    0  all went well\n"
        "    1  failure: training diverged, a file cannot be read or written, out of memory\n"
        "    2  wrong usage: an unknown option, name or notation\n"
        "    3  bad data: shapes that do not fit, NaN, labels out of range\n"
        "    4  a named dataset was not found\n"
        "  129, 130, 143  ended by SIGHUP, SIGINT (Ctrl-C) or SIGTERM; what was done so far is written\n\n"
        "Example\n"
        "  cornu train --data mnist --layers \"dense 512 relu; dense 10 softmax\" --metrics accuracy "
        "--epochs 5\n");
    return check_stdout("", CN_EXIT_OK);
}

static const cn__command *find_command(const char *name)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++) {
        names[i] = commands[i]->name;
        if (strcmp(name, names[i]) == 0) return commands[i];
    }
    if (cn__has_suffix(name, ".md"))
        (void)cn__fail(CN_ERROR_ARGUMENT, "unknown command '%s'; a document is run by cornu lab run %s", name,
                       name);
    else (void)cn__fail_word(CN_ERROR_ARGUMENT, "command", name, names, COMMANDS);
    return NULL;
}

static int finish(const cn__command *command, int code)
{
    if (code != CN_EXIT_OK && code < CN_EXIT_INTERRUPTED)
        fprintf(stderr, "cornu %s: %s\n", command->name, cn_error());
    return check_stdout(command->name, code);
}

static int run_command(const cn__command *command, int argc, char **argv)
{
    bool help;
    int words;
    void *options = calloc(1, command->options_size ? command->options_size : 1);
    if (!options) return finish(command, cn__exit_code(cn__fail_memory(command->options_size, "options")));
    int code = cn__exit_code(cn__options_read(command, argc, argv, options, &words, &help));
    if (code == CN_EXIT_OK && help) cn__options_help(command, stdout);
    else if (code == CN_EXIT_OK) code = command->run(options, words, argv);
    free(options);
    return finish(command, code);
}

/* cornu help train -> cornu train --help */
static int run_help(int argc, char **argv)
{
    if (argc < 3) return print_help(stdout);
    const cn__command *command = find_command(argv[2]);
    if (command) {
        cn__options_help(command, stdout);
        return check_stdout(command->name, CN_EXIT_OK);
    }
    fprintf(stderr, "cornu: %s\n", cn_error());
    return CN_EXIT_USAGE;
}

/* A standard stream that is closed would give its number to the next file that is opened, and what is printed would go
 * into that file. Its place is taken by one that cannot be read or written, so that the failure is noticed. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    if (argc < 2) {
        print_help(stderr);
        return CN_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return print_help(stdout);
    if (strcmp(argv[1], "help") == 0) return run_help(argc, argv);
    if (strcmp(argv[1], "--version") == 0) {
        printf("cornu " CN_VERSION "\n");
        return check_stdout("", CN_EXIT_OK);
    }
    const cn__command *command = find_command(argv[1]);
    if (!command) {
        fprintf(stderr, "cornu: %s\n", cn_error());
        return CN_EXIT_USAGE;
    }
    return run_command(command, argc - 2, argv + 2);
}
