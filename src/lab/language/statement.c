/* A line of the language to its statement: "fit a, b epochs=5" is read as the call fit([a, b], epochs=5). */
#include "lab/language/statement_make.h"

#include <ctype.h>
#include <string.h>

#include "base/text/text.h"

/* ---- lines ------------------------------------------------------------------------------------------------------ */

static const char *line_end(const char *p) { return p + strcspn(p, "\n"); }

static bool is_blank(const char *begin, const char *end)
{
    while (begin < end && isspace((unsigned char)*begin)) begin++;
    return begin == end || *begin == '#';
}

/* Where a comment begins outside quotes, or `end`; white space before it is cut off. */
static const char *code_end(const char *begin, const char *end)
{
    const char *p = begin;
    while (p < end && *p != '#') p = (*p == '"' || *p == '\'') ? cn__quoted_end(p) : p + 1;
    while (p > begin && isspace((unsigned char)p[-1])) p--;
    return p;
}

/* The statement's own line, comments gone, lines that end in '\' joined. Moves *text and *line. */
static char *take_line(cn__arena *arena, const char **text, size_t *line)
{
    cn__text joined = {0};
    bool more = true;
    while (more && **text) {
        const char *end = line_end(*text), *stop = code_end(*text, end);
        more = stop > *text && stop[-1] == '\\';
        cn__text_add_bytes(&joined, *text, (size_t)(stop - *text) - more);
        if (more) cn__text_add(&joined, " ");
        *text = *end ? end + 1 : end;
        ++*line;
    }
    char *copy = joined.failed ? NULL : cn__arena_strdup(arena, joined.data ? joined.data : "");
    cn__text_free(&joined);
    return copy;
}

/* The indented lines that follow; NULL when there are none. */
static const char *take_indented(cn__arena *arena, const char **text, size_t *line)
{
    const char *begin = *text, *end = begin, *p = begin;
    size_t lines = 0, last = 0;
    while (*p) {
        const char *stop = line_end(p);
        bool blank = is_blank(p, stop);
        if (!blank && *p != ' ' && *p != '\t') break;
        lines++;
        p = *stop ? stop + 1 : stop;
        if (!blank) end = p, last = lines;
    }
    if (end == begin) return NULL;
    *text = end;
    *line += last;
    return cn__arena_format(arena, "%.*s", (int)(end - begin), begin);
}

/* ---- a line -------------------------------------------------------------------------------------------------------- */

static cn_status set_names(cn__arena *arena, const cn__value *models, cn__statement *s)
{
    const cn__statement_kind *kind = s->tried;
    if (kind->takes == CN_TAKES_NONE) return CN_OK;
    if (!models->count)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: no model is named; expected for example: %s m512", kind->name,
                        kind->name);
    s->names = cn__arena_array(arena, models->count, sizeof *s->names);
    if (!s->names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < models->count; i++) {
        const char *name = cn__value_name(&models->items[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(name, s->names[j]) == 0)
                return cn__fail(CN_ERROR_ARGUMENT, "%s: '%s' is named twice", kind->name, name);
        s->names[s->name_count++] = name;
    }
    return CN_OK;
}

/* What other programs call a data set's arguments, and a caption without its name. */
static cn_status check_dataset_habits(const cn__statement_kind *kind, const cn__statement_call *b)
{
    static const char *const others[][2] = {
        {"drop", "ignore=[…]"},
        {"exclude", "ignore=[…]"},
        {"categorical", "category=[…]"},
        {"sep", "separator=\";\""},
        {"delimiter", "separator=\";\""},
        {"na_values", "missing_values=[…]"},
        {"usecols", "columns=[…]"},
        {"features", "columns=[…]"},
        {"index_col", "ignore=[…]"},
        {"test_size", "test_split=…"},
        {"parse_dates", "date=[…]"},
        {"normalise_target", "target_scale=standard"},
        {"normalize_target", "target_scale=standard"},
        {"scale_target", "target_scale=standard"},
        {"log_target", "log=[…], with the target's name"},
        {"shuffle", "time=true, which keeps the order (else rows are mixed)"}};
    for (size_t i = 0; kind->verb == CN_VERB_DATASET_LOAD && i < b->call.count; i++)
        for (size_t k = 0; b->call.names[i] && k < sizeof others / sizeof *others; k++)
            if (strcmp(b->call.names[i], others[k][0]) == 0)
                return cn__fail(CN_ERROR_ARGUMENT, "dataset: unknown argument '%s'; expected %s",
                                others[k][0], others[k][1]);
    for (size_t i = 0; kind->verb == CN_VERB_DATASET_INFO && i < b->call.count; i++)
        if (!b->call.names[i])
            return cn__fail(CN_ERROR_ARGUMENT,
                            "dataset info takes no column, it shows all of them; a caption is caption=\"…\"");
    return CN_OK;
}

/* Mistakes that habits of Python lead to, with a better message than the number of arguments. */
static cn_status check_habits(const cn__statement_kind *kind, const cn__statement_call *b,
                              const cn__statement *s)
{
    CN_TRY(check_dataset_habits(kind, b));
    static const char *const optimizers[] = {"learning_rate", "weight_decay", "clipnorm", "lr"};
    size_t plain = 0;
    bool loss = false;
    for (size_t i = 1; i < b->call.count; i++) {
        plain += !b->call.names[i];
        loss = loss || (b->call.names[i] && strcmp(b->call.names[i], "loss") == 0);
    }
    if (kind->verb == CN_VERB_MODEL && (plain > 2 || (plain && b->call.items[1].kind == CN_VALUE_INT)))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "model %s: only a \"Title\" stands on its line; layers stand indented below it, one a line",
            s->names[0]);
    for (size_t i = 1; kind->verb == CN_VERB_COMPILE && i < b->call.count; i++)
        for (size_t k = 0; b->call.names[i] && k < sizeof optimizers / sizeof *optimizers; k++)
            if (cn__same_name(b->call.names[i], optimizers[k]))
                return cn__fail(CN_ERROR_ARGUMENT,
                                "compile: %s is the optimizer's; expected for example: optimizer=adam(%s=%s)",
                                b->call.names[i],
                                strcmp(optimizers[k], "lr") == 0 ? optimizers[0] : optimizers[k],
                                cn__value_text(b->arena, &b->call.items[i]));
    if (kind->verb == CN_VERB_COMPILE && plain < 2 && !loss)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "compile: loss is missing; expected for example: compile %s optimizer=adam loss=mse",
                        s->names[0]);
    return CN_OK;
}

/* Of a line whose arguments are wrong: the models that it speaks of are not what follows expects. */
static void note_names(cn__arena *arena, const cn__value *models, cn__statement *s)
{
    s->names = models->count ? cn__arena_array(arena, models->count, sizeof *s->names) : NULL;
    for (size_t i = 0; s->names && i < models->count; i++) {
        const char *name = cn__value_name(&models->items[i]); /* NULL: a number, say */
        if (name) s->names[s->name_count++] = name;
    }
}

/* Names of arrays: a word, or a list of words. */
static cn_status check_names_of(const cn__statement_kind *kind, const cn__value *of)
{
    bool words = !of || of->kind == CN_VALUE_WORD || (of->kind == CN_VALUE_LIST && of->count);
    for (size_t i = 0; words && of && of->kind == CN_VALUE_LIST && i < of->count; i++)
        words = of->items[i].kind == CN_VALUE_WORD;
    return words ? CN_OK
                 : cn__fail(CN_ERROR_ARGUMENT, "%s: of: expected the name of an array, or names as in [a, b]",
                            kind->name);
}

/* One file for all that an option of a data set names. */
static const char *file_of(const cn__value *given)
{
    return given && given->kind == CN_VALUE_WORD ? given->word : NULL;
}

static void set_files(cn__arguments *a)
{
    a->x = file_of(a->x_given), a->y = file_of(a->y_given);
    a->test_x = file_of(a->test_x_given), a->test_y = file_of(a->test_y_given);
}

static cn_status parse(cn__arena *arena, const char *line, cn__statement *out)
{
    const cn__statement_kind *kind;
    size_t used = 0;
    cn__statement_call b = {.arena = arena, .call = {.kind = CN_VALUE_CALL}};
    CN_TRY(cn__find_statement(line, &kind, &used));
    out->tried = kind;
    if (kind->verb == CN_VERB_DATASET_LOAD) CN_TRY(cn__check_second(line + used));
    b.call.word = kind->name;
    const char *rest = line + used, *space = NULL;
    if (kind->verb == CN_VERB_SWEEP) CN_TRY(cn__take_space(arena, kind, line + used, &rest, &space));
    cn_status status = cn__read_arguments(&b, kind, rest);
    if (status != CN_OK) note_names(arena, &b.models, out);
    CN_TRY(status);
    CN_TRY(set_names(arena, &b.models, out));
    CN_TRY(check_habits(kind, &b, out));
    CN_TRY(cn__params_read(arena, kind->name, kind->params, kind->param_count, &b.call, &out->arguments));
    if (kind->verb == CN_VERB_DATASET_LOAD) set_files(&out->arguments);
    CN_TRY(check_names_of(kind, out->arguments.of));
    out->arguments.space = space;
    if (out->layers && kind->verb != CN_VERB_MODEL)
        return cn__fail(CN_ERROR_ARGUMENT, "the lines under '%s' are indented; only a model's layers are",
                        kind->name);
    out->kind = kind;
    return CN_OK;
}

bool cn__statement_next(cn__arena *arena, const char **text, size_t *line, cn__statement *out)
{
    while (**text && is_blank(*text, line_end(*text))) {
        const char *end = line_end(*text);
        *text = *end ? end + 1 : end;
        ++*line;
    }
    if (!**text) return false;
    const char *begin = *text;
    *out = (cn__statement){.line = *line};
    char *own = take_line(arena, text, line);
    out->layers_line = *line;
    out->layers = take_indented(arena, text, line);
    out->text = cn__arena_format(arena, "%.*s", (int)(*text - begin), begin);
    if (!own || !out->text) return true;
    size_t size = strlen(own);
    if (size > CN_MOST_STATEMENT)
        (void)!cn__fail(CN_ERROR_ARGUMENT, "a statement of %zu bytes, expected at most %d", size,
                        CN_MOST_STATEMENT);
    else if (isspace((unsigned char)*own))
        (void)!cn__fail(CN_ERROR_ARGUMENT, "'%.60s' is indented, and there is no model above it",
                        own + strspn(own, " \t"));
    else if (parse(arena, own, out) != CN_OK) out->kind = NULL;
    return true;
}
