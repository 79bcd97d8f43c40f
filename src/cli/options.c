/* Reads a command line by a table of options. A value stands after '=' or is the next word. */
#include "cli/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_OPTIONS 64

/* The value of one option, from its text to its place in the struct. */
static cn_status store_flag(const cn__option *option, const char *text, bool *out)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return cn__fail(CN_ERROR_ARGUMENT, "--%s takes no value (it is --%s or --no-%s), and got '%s'",
                        option->name, option->name, option->name, text);
    *out = strcmp(text, "true") == 0;
    return CN_OK;
}

static bool has_bounds(const cn__option *option) { return option->low != 0 || option->high != 0; }

static cn_status fail_number(const cn__option *option, const char *text, const char *what)
{
    char bounds[80] = "";
    if (has_bounds(option) && isfinite(option->high))
        snprintf(bounds, sizeof bounds, " from %g to %g", option->low, option->high);
    else if (has_bounds(option)) snprintf(bounds, sizeof bounds, " from %g on", option->low);
    return cn__fail(CN_ERROR_ARGUMENT, "--%s must be %s%s, not '%s'", option->name, what, bounds, text);
}

static cn_status store_count(const cn__option *option, const char *text, uint64_t *out)
{
    static const char what[] = "a whole number";
    size_t digits = strspn(text, "0123456789");
    errno = 0;
    unsigned long long value = strtoull(text, NULL, 10);
    if (digits == 0 || text[digits] != '\0' || errno != 0) return fail_number(option, text, what);
    if (has_bounds(option) && ((double)value < option->low || (double)value > option->high))
        return fail_number(option, text, what);
    *out = value;
    return CN_OK;
}

static cn_status store_number(const cn__option *option, const char *text, double *out)
{
    char *end = NULL;
    double value = cn__strtod(text, &end);
    if (end == text || *end != '\0' || isnan(value)) return fail_number(option, text, "a number");
    if (has_bounds(option) && (value < option->low || value > option->high))
        return fail_number(option, text, "a number");
    *out = value;
    return CN_OK;
}

static cn_status store_text(const cn__option *option, const char *text, void *out)
{
    cn__texts *all = (cn__texts *)((char *)out + option->all);
    *(const char **)((char *)out + option->offset) = text;
    if (!option->all) return CN_OK;
    if (all->count == sizeof all->items / sizeof *all->items)
        return cn__fail(CN_ERROR_ARGUMENT, "--%s was given more than %zu times", option->name, all->count);
    all->items[all->count++] = text;
    return CN_OK;
}

static cn_status store(const cn__option *option, const char *text, void *out)
{
    void *place = (char *)out + option->offset;
    switch (option->kind) {
    case CN_OPTION_FLAG: return store_flag(option, text, place);
    case CN_OPTION_COUNT: return store_count(option, text, place);
    case CN_OPTION_NUMBER: return store_number(option, text, place);
    case CN_OPTION_TEXT: return store_text(option, text, out);
    case CN_OPTION_HEADING: break;
    }
    return CN_OK;
}

static bool is_called(const cn__option *option, const char *name, size_t length)
{
    return option->kind != CN_OPTION_HEADING && strlen(option->name) == length &&
           strncmp(option->name, name, length) == 0;
}

static const cn__option *find(const cn__command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (is_called(&command->options[i], name, length)) return &command->options[i];
    return NULL;
}

static cn_status fail_unknown(const cn__command *command, const char *word, size_t length)
{
    const char *names[MAX_OPTIONS];
    size_t count = 0;
    for (size_t i = 0; i < command->option_count && count < MAX_OPTIONS; i++)
        if (command->options[i].kind != CN_OPTION_HEADING) names[count++] = command->options[i].name;
    while (*word == '-') {
        word++;
        length--;
    }
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    const char *nearest = cn__nearest_word(name, names, count);
    if (nearest == NULL && strncmp(name, "no-", 3) == 0) nearest = cn__nearest_word(name + 3, names, count);
    if (nearest == NULL)
        return cn__fail(CN_ERROR_ARGUMENT, "unknown option --%s; see cornu %s --help", name, command->name);
    return cn__fail(CN_ERROR_ARGUMENT, "unknown option --%s; did you mean --%s? See cornu %s --help", name,
                    nearest, command->name);
}

/* One option, at argv[*i]; *i moves on when the value is the next word. */
static cn_status read_option(const cn__command *command, int argc, char **argv, int *i, void *out)
{
    const char *word = argv[*i];
    size_t length = strcspn(word, "=");
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    if (strncmp(word, "--", 2) != 0) return fail_unknown(command, word, length);
    const cn__option *option = find(command, word + 2, length - 2);
    if (option == NULL && strncmp(word, "--no-", 5) == 0 && value == NULL) {
        option = find(command, word + 5, length - 5);
        if (option != NULL && option->kind == CN_OPTION_FLAG) return store(option, "false", out);
        option = NULL;
    }
    if (option == NULL) return fail_unknown(command, word, length);
    if (option->kind == CN_OPTION_FLAG) return store(option, value == NULL ? "true" : value, out);
    if (value == NULL) {
        if (*i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0)
            return cn__fail(CN_ERROR_ARGUMENT, "--%s needs a value: --%s %s", option->name, option->name,
                            option->argument);
        value = argv[++*i];
    }
    return store(option, value, out);
}

static cn_status check_words(const cn__command *command, int count, char **words)
{
    if (count > command->words_high)
        return cn__fail(CN_ERROR_ARGUMENT, "unexpected word '%s'; usage: cornu %s %s",
                        words[command->words_high], command->name, command->usage);
    if (count < command->words_low)
        return cn__fail(CN_ERROR_ARGUMENT, "something is missing; usage: cornu %s %s", command->name,
                        command->usage);
    return CN_OK;
}

cn_status cn__options_read(const cn__command *command, int argc, char **argv, void *out, int *words,
                           bool *help)
{
    *help = false;
    *words = 0;
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) *help = true;
    if (*help) return CN_OK;
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].fallback != NULL)
            CN_TRY(store(&command->options[i], command->options[i].fallback, out));
    bool all_words = false; /* what follows "--" are words, also those that begin with a dash */
    for (int i = 0; i < argc; i++) {
        if (!all_words && strcmp(argv[i], "--") == 0) all_words = true;
        else if (!all_words && argv[i][0] == '-' && argv[i][1] != '\0')
            CN_TRY(read_option(command, argc, argv, &i, out));
        else argv[(*words)++] = argv[i];
    }
    return check_words(command, *words, argv);
}

/* ---- help --------------------------------------------------------------------------------------------- */

#define HELP_COLUMN 30
#define HELP_WIDTH 100

/* Prints `text` from column `at` on, its words wrapped and indented by HELP_COLUMN. */
static void print_wrapped(FILE *out, const char *text, int at)
{
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (at > HELP_COLUMN && at + 1 + length > HELP_WIDTH) {
            fprintf(out, "\n");
            at = 0;
        }
        if (at < HELP_COLUMN) {
            fprintf(out, "%*s", HELP_COLUMN - at, "");
            at = HELP_COLUMN;
        } else if (at > HELP_COLUMN) {
            fprintf(out, " ");
            at++;
        }
        fprintf(out, "%.*s", length, text);
        at += length;
        text += length;
        text += strspn(text, " ");
    }
    fprintf(out, "\n");
}

static void print_option(FILE *out, const cn__option *option)
{
    if (option->kind == CN_OPTION_HEADING) {
        fprintf(out, "\n%s\n", option->help);
        return;
    }
    bool flag = option->kind == CN_OPTION_FLAG;
    bool on = flag && option->fallback != NULL && strcmp(option->fallback, "true") == 0;
    int at = fprintf(out, "  --%s%s%s%s", on ? "no-" : "", option->name, flag ? "" : " ",
                     flag ? "" : option->argument);
    if (at >= HELP_COLUMN) {
        fprintf(out, "\n");
        at = 0;
    }
    char text[512];
    int length = snprintf(text, sizeof text, "%s", option->help);
    if (!flag && option->fallback != NULL && length >= 0 && (size_t)length < sizeof text)
        snprintf(text + length, sizeof text - (size_t)length, " (default %s)", option->fallback);
    print_wrapped(out, text, at);
}

void cn__options_help(const cn__command *command, FILE *out)
{
    fprintf(out, "usage: cornu %s %s\n\n%s.\n", command->name, command->usage, command->summary);
    if (command->about != NULL) fprintf(out, "\n%s\n", command->about);
    if (command->option_count > 0 && command->options[0].kind != CN_OPTION_HEADING)
        fprintf(out, "\nOptions\n");
    for (size_t i = 0; i < command->option_count; i++) print_option(out, &command->options[i]);
    fprintf(out, "\nExample\n%s\n", command->example);
}
