#include "lab/show/names.h"

#include <ctype.h>
#include <string.h>

#include "base/text/text.h"

const char *cn__figure_names(cn__verb verb)
{
    static const char *const names[CN_VERBS] = {
        [CN_VERB_DATASET_SHOW] = "sample-*",
        [CN_VERB_DATASET_GRID] = "samples",
        [CN_VERB_DATASET_HISTOGRAM] = "classes|target|column",
        [CN_VERB_DATASET_SCATTER] = "scatter",
        [CN_VERB_DATASET_CORRELATION] = "correlation",
        [CN_VERB_DATASET_PAIRS] = "pairs",
        [CN_VERB_DATASET_BOXPLOT] = "boxplot",
        [CN_VERB_DATASET_MISSING] = "missing",
        [CN_VERB_PLOT_HISTORY] = "history-%",
        [CN_VERB_PLOT_DIFFERENCE] = "difference-%",
        [CN_VERB_PLOT_CONVERGENCE] = "convergence",
        [CN_VERB_PLOT_PREDICTION] = "prediction-%",
        [CN_VERB_PLOT_ROC] = "roc",
        [CN_VERB_PLOT_PRECISION_RECALL] = "precision-recall",
        [CN_VERB_PLOT_CALIBRATION] = "calibration",
        [CN_VERB_PLOT_RESIDUALS] = "residuals-%",
        [CN_VERB_PLOT_MODEL] = "network-*", /* models within, too */
        [CN_VERB_PLOT_KERNELS] = "kernels-%",
        [CN_VERB_PLOT_ACTIVATIONS] = "activations-%",
        [CN_VERB_PLOT_GRADCAM] = "gradcam-%",
        [CN_VERB_PLOT_BOUNDARY] = "boundary-%",
        [CN_VERB_PLOT_RECONSTRUCTION] = "reconstruction-%",
        [CN_VERB_COMPARE] = "compare",
        [CN_VERB_COSTS] = "costs",
        [CN_VERB_CONFUSION] = "confusion-%",
        [CN_VERB_MISCLASSIFIED] = "mistakes-%",
        [CN_VERB_WEIGHTS] = "weights-%",
        [CN_VERB_REPEAT] = "repeat|repeat-%",
        [CN_VERB_CROSSVALIDATE] = "folds-%",
        [CN_VERB_IMPORTANCE] = "importance-%",
        [CN_VERB_SWEEP] = "sweep-%|sweep-importance-%",
    };
    return names[verb];
}

bool cn__figure_is_named(cn__verb verb, const char *name)
{
    const char *p = cn__figure_names(verb);
    while (p && *p) {
        const size_t n = strcspn(p, "|"), fixed = strcspn(p, "|*%");
        if (strncmp(p, name, fixed) == 0 && (fixed < n ? name[fixed] != '\0' : name[fixed] == '\0'))
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

bool cn__shows_table(const cn__statement *s)
{
    switch (s->kind->verb) {
    case CN_VERB_DATASET_INFO:
    case CN_VERB_DATASET_SHOW:
    case CN_VERB_PREDICT:
    case CN_VERB_COMPARE:
    case CN_VERB_COSTS:
    case CN_VERB_REPORT:
    case CN_VERB_REPEAT:
    case CN_VERB_CROSSVALIDATE:
    case CN_VERB_IMPORTANCE:
    case CN_VERB_ENSEMBLE:
    case CN_VERB_SWEEP:
    case CN_VERB_PLOT_CONVERGENCE: return true;
    case CN_VERB_DATASET_DESCRIBE:
    case CN_VERB_DATASET_CORRELATION: return s->arguments.caption != NULL;
    default: return false;
    }
}

const char *cn__table_name(const cn__statement *s, char *out, size_t size)
{
    cn__format(out, size, "%s%s%s", s->kind->name, s->name_count ? "-" : "",
               s->name_count ? s->names[0] : "");
    for (char *p = out; *p; p++)
        if (*p == ' ') *p = '-';
    return out;
}

/* ---- all of a document ------------------------------------------------------------------------------------------------- */

typedef struct names {
    cn__arena arena;
    const char **items; /* "history-relu", as often as it may stand there; "sample-*" */
    size_t count, capacity;
    bool failed;
} names;

static void add(names *x, const char *name)
{
    if (x->count == x->capacity) {
        const size_t capacity = x->capacity ? 2 * x->capacity : 64;
        const char **more = cn__arena_array(&x->arena, capacity, sizeof *more);
        x->failed = x->failed || !more;
        if (!more) return;
        if (x->count) memcpy(more, x->items, x->count * sizeof *more);
        x->items = more, x->capacity = capacity;
    }
    x->failed = x->failed || !name;
    if (name) x->items[x->count++] = name;
}

static void add_figures(names *x, const cn__statement *s)
{
    const char *p = cn__figure_names(s->kind->verb);
    while (p && *p) {
        const size_t n = strcspn(p, "|");
        const bool each = p[n - 1] == '%';
        for (size_t i = 0; each && i < s->name_count; i++)
            add(x, cn__arena_format(&x->arena, "%.*s%s", (int)n - 1, p, s->names[i]));
        if (!each) add(x, cn__arena_format(&x->arena, "%.*s", (int)n, p));
        p += n + (p[n] == '|');
    }
}

/* "{#fig-loss width=50%}" behind pictures. */
static void add_pictures(names *x, const char *text)
{
    static const char mark[] = "#fig-";
    for (const char *p = text; (p = strstr(p, mark));) {
        const bool begins = p > text && (p[-1] == '{' || p[-1] == ' ');
        p += sizeof mark - 1;
        if (begins) add(x, cn__arena_format(&x->arena, "%.*s", (int)strcspn(p, " }\n"), p));
    }
}

static void add_tables(names *x, const cn__statement *s)
{
    char name[200];
    add(x, cn__arena_strdup(&x->arena, cn__table_name(s, name, sizeof name)));
}

static void collect(names *x, const cn__program *p, bool tables)
{
    for (size_t i = 0; i < p->document.count; i++) {
        if (!p->document.parts[i].code && !tables) add_pictures(x, p->document.parts[i].text);
        for (size_t k = 0; k < p->parts[i].count; k++) {
            const cn__statement *s = &p->parts[i].steps[k].statement;
            if (!s->kind) continue;
            if (tables && cn__shows_table(s)) add_tables(x, s);
            if (!tables) add_figures(x, s);
        }
    }
}

static size_t count_of(const names *x, const char *name, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < x->count; i++) {
        const size_t n = strlen(x->items[i]);
        const bool open = x->items[i][n - 1] == '*';
        count += open ? size >= n && strncmp(x->items[i], name, n - 1) == 0
                      : size == n && strncmp(x->items[i], name, n) == 0;
    }
    return count;
}

/* A second figure of a name has "-2" behind it. */
static bool is_there(const names *x, const char *name)
{
    const char *dash = strrchr(name, '-');
    const bool number = dash && dash[1] && !dash[1 + strspn(dash + 1, "0123456789")];
    if (count_of(x, name, strlen(name))) return true;
    const double n = number ? cn__strtod(dash + 1, NULL) : 0;
    return n >= 2 && n <= (double)count_of(x, name, (size_t)(dash - name));
}

static cn_status fail_unknown(const names *x, const char *kind, const char *name)
{
    const char *nearest = cn__nearest_word(name + 4, x->items, x->count);
    const bool table = strcmp(kind, "table") == 0;
    if (nearest && nearest[strlen(nearest) - 1] != '*')
        return cn__fail(CN_ERROR_ARGUMENT, "there is no such %s; did you mean @%.4s%s?", kind, name, nearest);
    return cn__fail(CN_ERROR_ARGUMENT, "there is no such %s; expected %s", kind,
                    table ? "@tbl-STATEMENT-MODEL of a statement that shows a table, as in @tbl-compare-m216"
                          : "the name of a picture, ![…](…){#fig-NAME}, or of a file in figures/, as in "
                            "@fig-history-m512");
}

cn_status cn__reference_check(const cn__program *p, const char *name)
{
    names x = {.failed = false};
    const bool table = strncmp(name, "tbl-", 4) == 0;
    collect(&x, p, table);
    cn_status status = x.failed                 ? CN_ERROR_MEMORY
                       : is_there(&x, name + 4) ? CN_OK
                                                : fail_unknown(&x, table ? "table" : "figure", name);
    cn__arena_free(&x.arena);
    return status;
}
