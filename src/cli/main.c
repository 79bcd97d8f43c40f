/* The program `cornu`: finds the subcommand, reads its options, prints the message of a failure. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files/file.h"
#include "base/system/child.h"
#include "base/system/terminal.h"
#include "cli/cli.h"
#include "cli/options/option_words.h"

static const cn__command *const commands[CN_COMMANDS] = {
    &cn__train_command,   &cn__evaluate_command,   &cn__predict_command, &cn__ensemble_command,
    &cn__summary_command, &cn__convert_command,    &cn__export_command,  &cn__data_command,
    &cn__lab_command,     &cn__sweep_command,      &cn__runs_command,    &cn__doctor_command,
    &cn__cache_command,   &cn__completion_command, &cn__version_command};

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
    cn__program_help(out);
    return check_stdout("", CN_EXIT_OK);
}

static const cn__command *find_command(const char *name)
{
    const char *names[CN_COMMANDS];
    for (int i = 0; i < CN_COMMANDS; i++) {
        names[i] = cn__commands[i]->name;
        if (strcmp(name, names[i]) == 0) return cn__commands[i];
    }
    if (cn__has_suffix(name, ".md"))
        (void)cn__fail(CN_ERROR_ARGUMENT, "unknown command '%s'; a document is run by cornu lab run %s", name,
                       name);
    else (void)cn__fail_word(CN_ERROR_ARGUMENT, "command", name, names, CN_COMMANDS);
    return NULL;
}

/* "cornu train: " before a message. */
static void print_error(const char *name)
{
    const bool color = cn__terminal_has_color(stderr);
    const bool document =
        strcmp(name, "lab") == 0 || strcmp(name, "sweep") == 0; /* which has words of its own */
    fprintf(stderr, "%scornu%s%s:%s ", color ? "\033[1;31m" : "", *name ? " " : "", name,
            color ? "\033[0m" : "");
    if (document) fputs(cn_error(), stderr);
    else cn__print_option_words(stderr, cn_error());
    fputc('\n', stderr);
}

static int finish(const cn__command *command, int code)
{
    if (code != CN_EXIT_OK && code < CN_EXIT_INTERRUPTED) print_error(command->name);
    return check_stdout(command->name, code);
}

static int run_command(const cn__command *command, int argc, char **argv)
{
    cn__common common = {.color = NULL};
    int words;
    void *options = calloc(1, command->options_size ? command->options_size : 1);
    if (!options) return finish(command, cn__exit_code(cn__fail_memory(command->options_size, "options")));
    int code = cn__exit_code(cn__options_read(command, argc, argv, options, &words, &common));
    if (code == CN_EXIT_OK) code = cn__exit_code(cn__set_color(common.color));
    if (code == CN_EXIT_OK && common.help) cn__options_help(command, stdout);
    else if (code == CN_EXIT_OK) code = command->run(options, words, argv);
    free(options);
    return finish(command, code);
}

static int fail_usage(void)
{
    print_error("");
    return CN_EXIT_USAGE;
}

/* cornu help train -> cornu train --help; cornu help --man train: the page that `man cornu-train` shows. */
static int run_help(int argc, char **argv)
{
    const bool man = argc > 2 && strcmp(argv[2], "--man") == 0;
    const char *name = argc > 2 + man ? argv[2 + man] : NULL;
    if (!name && !man) return print_help(stdout);
    const cn__command *command = name ? find_command(name) : NULL;
    if (name && !command) return fail_usage();
    if (!command) cn__program_man(stdout);
    else if (man) cn__options_man(command, stdout);
    else cn__options_help(command, stdout);
    return check_stdout(name ? name : "help", CN_EXIT_OK);
}

/* A standard stream that is closed would give its number to the next file that is opened, and what is printed would go
 * into that file. Its place is taken by one that cannot be read or written, so that the failure is noticed. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* --color=WHEN or --color WHEN before the subcommand; the words that it takes, 0: none, -1: a mistake. */
static int read_color(int argc, char **argv)
{
    if (argc < 2 || strncmp(argv[1], "--color", 7) != 0) return 0;
    const char *when = argv[1][7] == '=' ? argv[1] + 8 : argv[1][7] == '\0' && argc > 2 ? argv[2] : NULL;
    if (!when) (void)!cn__fail(CN_ERROR_ARGUMENT, "--color needs a value: --color=auto|always|never");
    if (!when || cn__set_color(when) != CN_OK) return -1;
    return argv[1][7] == '=' ? 1 : 2;
}

static bool is_any(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    cn__child_allow(!cn_mpi_is_launched()); /* ranks' libraries may not live through a fork */
    cn__commands = commands;
    const int used = read_color(argc, argv);
    if (used < 0) return fail_usage();
    argc -= used, argv += used;
    if (argc < 2) {
        print_help(stderr);
        return CN_EXIT_USAGE;
    }
    if (is_any(argv[1], "--help", "-h")) return print_help(stdout);
    if (strcmp(argv[1], "help") == 0) return run_help(argc, argv);
    if (is_any(argv[1], "--version", "-V")) return run_command(&cn__version_command, argc - 2, argv + 2);
    const cn__command *command = find_command(argv[1]);
    if (!command) return fail_usage();
    return run_command(command, argc - 2, argv + 2);
}
