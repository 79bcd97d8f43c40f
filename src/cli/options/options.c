/* Reads a command line by a table of options. A value stands after '=' or is the next word. */
#include "cli/options/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "base/system/terminal.h"
#include "base/text/text.h"
#include "cli/standard.h"

#define MAX_OPTIONS 80

const cn__option cn__common_options[CN_COMMON_OPTIONS] = {
    TEXT_OPTION(cn__common, "color", color, "auto|always|never", NULL,
                "when to use colours; auto: on a terminal, unless NO_COLOR is set or TERM is dumb"),
    FLAG_OPTION(cn__common, "help", help, NULL, "print this text"),
};

/* What is being read. */
typedef struct reader {
    const cn__command *command;
    char **argv;
    int argc;
    void *out; /* the command's struct */
    cn__common *common;
} reader;

/* ---- kinds ---------------------------------------------------------------------------------------------- */

cn__argument_kind cn__argument_kind_of(const cn__option *option)
{
    const char *a = option->argument;
    if (option->kind == CN_OPTION_OUTPUT) return CN_ARGUMENT_OUTPUT;
    if (option->kind != CN_OPTION_TEXT) return CN_ARGUMENT_WORD;
    if (strcmp(a, "FILE") == 0 || strcmp(a, "NAME|FILE") == 0) return CN_ARGUMENT_INPUT;
    if (strncmp(a, "OUT", 3) == 0 && strchr(a, '=') == NULL) return CN_ARGUMENT_OUTPUT;
    if (strncmp(a, "DIR", 3) == 0) return CN_ARGUMENT_FOLDER;
    return strchr(a, '|') && a[0] >= 'a' ? CN_ARGUMENT_CHOICES : CN_ARGUMENT_WORD;
}

static const struct {
    char letter;
    const char *name;
} letters[] = {{'h', "help"},    {'m', "model"}, {'l', "layers"},  {'w', "weights"}, {'d', "data"},
               {'x', "x"},       {'y', "y"},     {'e', "epochs"},  {'v', "verbose"}, {'b', "batch-size"},
               {'t', "threads"}, {'s', "seed"},  {'o', "out"},     {'j', "jobs"},    {'q', "quiet"},
               {'i', "input"},   {'n', "count"}, {'k', "metrics"}, {'f', "format"},  {'p', "optimizer"}};

char cn__option_letter(const cn__option *option)
{
    for (size_t i = 0; option->name && i < sizeof letters / sizeof *letters; i++)
        if (strcmp(letters[i].name, option->name) == 0) return letters[i].letter;
    return '\0';
}

/* ---- values --------------------------------------------------------------------------------------------- */

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

static cn_status check_choice(const cn__option *option, const char *text)
{
    const char *words[8];
    char copy[80];
    size_t count = 0;
    cn__format(copy, sizeof copy, "%s", option->argument);
    for (char *p = copy, *end; p && count < 8; p = end) {
        end = strchr(p, '|');
        if (end) *end++ = '\0';
        words[count++] = p;
        if (strcmp(p, text) == 0) return CN_OK;
    }
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "word", text, words, count);
    return cn__fail_in("--%s", option->name);
}

static cn_status store_text(const cn__option *option, const char *text, void *out)
{
    switch (cn__argument_kind_of(option)) {
    case CN_ARGUMENT_INPUT: CN_TRY(cn__standard_input(option->name, &text)); break;
    case CN_ARGUMENT_OUTPUT: CN_TRY(cn__standard_output(option->name, &text)); break;
    case CN_ARGUMENT_CHOICES: CN_TRY(check_choice(option, text)); break;
    case CN_ARGUMENT_FOLDER:
    case CN_ARGUMENT_WORD: break;
    }
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
    case CN_OPTION_OUTPUT:
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

/* ---- finding -------------------------------------------------------------------------------------------- */

/* The option of that name, and the struct that it is stored in. */
static const cn__option *find(const reader *r, const char *name, size_t length, void **out)
{
    *out = r->out;
    for (size_t i = 0; i < r->command->option_count; i++)
        if (is_called(&r->command->options[i], name, length)) return &r->command->options[i];
    *out = r->common;
    for (size_t i = 0; i < CN_COMMON_OPTIONS; i++)
        if (is_called(&cn__common_options[i], name, length)) return &cn__common_options[i];
    return NULL;
}

static const cn__option *find_letter(const reader *r, char letter, void **out)
{
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].letter == letter) return find(r, letters[i].name, strlen(letters[i].name), out);
    return NULL;
}

static cn_status fail_unknown(const reader *r, const char *word, size_t length)
{
    const char *names[MAX_OPTIONS], *command = r->command->name;
    size_t count = 0;
    for (size_t i = 0; i < r->command->option_count && count < MAX_OPTIONS - CN_COMMON_OPTIONS; i++)
        if (r->command->options[i].kind != CN_OPTION_HEADING) names[count++] = r->command->options[i].name;
    for (size_t i = 0; i < CN_COMMON_OPTIONS; i++) names[count++] = cn__common_options[i].name;
    const size_t dashes = strspn(word, "-");
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(length - dashes), word + dashes);
    if (dashes == 1 && length == 2)
        return cn__fail(CN_ERROR_ARGUMENT, "unknown option -%s; see cornu %s --help", name, command);
    const char *nearest = cn__nearest_word(name, names, count);
    if (nearest == NULL && strncmp(name, "no-", 3) == 0) nearest = cn__nearest_word(name + 3, names, count);
    if (nearest == NULL)
        return cn__fail(CN_ERROR_ARGUMENT, "unknown option --%s; see cornu %s --help", name, command);
    return cn__fail(CN_ERROR_ARGUMENT, "unknown option --%s; did you mean --%s? See cornu %s --help", name,
                    nearest, command);
}

/* ---- reading -------------------------------------------------------------------------------------------- */

/* The value is `value`, or the next word; *i moves on then. */
static cn_status read_value(const reader *r, const cn__option *option, const char *value, int *i, void *out)
{
    if (option->kind == CN_OPTION_FLAG) return store(option, value ? value : "true", out);
    if (option->kind == CN_OPTION_OUTPUT && !value) {
        const char *next = *i + 1 < r->argc ? r->argv[*i + 1] : "";
        if (cn__has_suffix(next, ".json"))
            return cn__fail(CN_ERROR_ARGUMENT, "--%s %s: expected --%s=%s, or --%s alone to print it",
                            option->name, next, option->name, next, option->name);
        return store(option, "-", out);
    }
    if (!value) {
        if (*i + 1 >= r->argc || strncmp(r->argv[*i + 1], "--", 2) == 0)
            return cn__fail(CN_ERROR_ARGUMENT, "--%s needs a value: --%s %s", option->name, option->name,
                            option->argument);
        value = r->argv[++*i];
    }
    return store(option, value, out);
}

static cn_status read_long(const reader *r, int *i)
{
    const char *word = r->argv[*i];
    size_t length = strcspn(word, "=");
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    void *out;
    const cn__option *option = find(r, word + 2, length - 2, &out);
    if (option) return read_value(r, option, value, i, out);
    if (strncmp(word, "--no-", 5) == 0 && !value) {
        option = find(r, word + 5, length - 5, &out);
        if (option && option->kind == CN_OPTION_FLAG) return store(option, "false", out);
    }
    return fail_unknown(r, word, length);
}

/* -m FILE, -mFILE, and flags in one word: -qh. */
static cn_status read_short(const reader *r, int *i)
{
    const char *word = r->argv[*i];
    for (const char *p = word + 1; *p; p++) {
        void *out;
        const cn__option *option = find_letter(r, *p, &out);
        if (!option)
            return p == word + 1 ? fail_unknown(r, word, strcspn(word, "="))
                                 : fail_unknown(r, (char[]){'-', *p, 0}, 2);
        if (option->kind != CN_OPTION_FLAG)
            return read_value(r, option, p[1] ? p + 1 + (p[1] == '=') : NULL, i, out);
        CN_TRY(store(option, "true", out));
    }
    return CN_OK;
}

/* ---- words ---------------------------------------------------------------------------------------------- */

/* "list, info or show" */
static void add_actions(const cn__command *command, cn__text *out)
{
    for (size_t i = 0; i < command->action_count; i++)
        cn__text_printf(out, "%s%s",
                        i == 0                          ? ""
                        : i + 1 < command->action_count ? ", "
                                                        : " or ",
                        command->actions[i].name);
}

static cn_status fail_action(const cn__command *command)
{
    cn__text names = {0};
    add_actions(command, &names);
    cn__fail(CN_ERROR_ARGUMENT, "missing subcommand: %s", names.data ? names.data : command->usage);
    cn__text_free(&names);
    return CN_ERROR_ARGUMENT;
}

/* Words beyond those that the command reads itself, as values of its operands. */
static cn_status read_operands(const reader *r, int *words)
{
    const int own = r->command->words_high;
    for (int i = own; i < *words; i++) {
        void *out;
        const int operand = i - own;
        const char *name = operand < 2 ? r->command->operands[operand] : NULL;
        const cn__option *option = name ? find(r, name, strlen(name), &out) : NULL;
        if (!option)
            return cn__fail(CN_ERROR_ARGUMENT, "unexpected word '%s'; usage: cornu %s %s", r->argv[i],
                            r->command->name, r->command->usage);
        if (*(const char *const *)((const char *)out + option->offset))
            return cn__fail(CN_ERROR_ARGUMENT, "'%s' and --%s %s were both given; expected one of them",
                            r->argv[i], name, *(const char *const *)((const char *)out + option->offset));
        CN_TRY(store(option, r->argv[i], out));
    }
    if (*words > own) *words = own;
    if (*words >= r->command->words_low) return CN_OK;
    return r->command->action_count ? fail_action(r->command)
                                    : cn__fail(CN_ERROR_ARGUMENT, "too few words; usage: cornu %s %s",
                                               r->command->name, r->command->usage);
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

cn_status cn__options_read(const cn__command *command, int argc, char **argv, void *out, int *words,
                           cn__common *common)
{
    const reader r = {command, argv, argc, out, common};
    *words = 0;
    cn__standard_reset();
    common->help = asks_help(argc, argv);
    if (common->help) return CN_OK;
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].fallback != NULL)
            CN_TRY(store(&command->options[i], command->options[i].fallback, out));
    bool all_words = false; /* what follows "--" are words, also those that begin with a dash */
    for (int i = 0; i < argc; i++) {
        const bool option = !all_words && argv[i][0] == '-' && argv[i][1] != '\0';
        if (option && strcmp(argv[i], "--") == 0) all_words = true;
        else if (option) CN_TRY(argv[i][1] == '-' ? read_long(&r, &i) : read_short(&r, &i));
        else argv[(*words)++] = argv[i];
    }
    return read_operands(&r, words);
}

cn_status cn__set_color(const char *when)
{
    if (!when) return CN_OK;
    CN_TRY(check_choice(&cn__common_options[0], when));
    cn__terminal_set_color(when[1] == 'u'   ? CN_COLOR_AUTO
                           : when[1] == 'l' ? CN_COLOR_ALWAYS
                                            : CN_COLOR_NEVER);
    return CN_OK;
}
