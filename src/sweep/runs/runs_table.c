/* A list of runs for people: aligned columns, and CSV. */
#include <string.h>

#include "base/text/escape.h"
#include "sweep/runs/runs.h"

enum { MOST_COLUMNS = 80 };

typedef struct columns {
    const char *names[MOST_COLUMNS];  /* params, then values */
    const char *groups[MOST_COLUMNS]; /* "params" or "values" */
    size_t count;
} columns;

static void add_column(columns *c, const char *group, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->names[i], name) == 0 && strcmp(c->groups[i], group) == 0) return;
    if (c->count < MOST_COLUMNS) c->names[c->count] = name, c->groups[c->count++] = group;
}

static void add_columns(columns *c, const json_t *trials, const char *group)
{
    size_t i;
    const json_t *trial, *value;
    const char *name;
    json_array_foreach(trials, i, trial)
    {
        json_object_foreach((json_t *)json_object_get(trial, group), name, value) add_column(c, group, name);
    }
}

/* The fewest digits that read back as the same number. */
static void print_exactly(double v, cn__text *out)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        cn__format(text, sizeof text, "%.*g", digits, v);
        if (cn__strtod(text, NULL) == v) break;
    }
    cn__text_add(out, text);
}

/* Numbers to six digits for people, all of them in a file. */
static void print_value(const json_t *v, bool whole, cn__text *out)
{
    if (json_is_integer(v)) cn__text_printf(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v) && whole) print_exactly(json_real_value(v), out);
    else if (json_is_real(v)) cn__text_printf(out, "%.6g", json_real_value(v));
    else if (json_is_string(v)) cn__text_add(out, json_string_value(v));
}

/* ---- aligned ------------------------------------------------------------------------------------------------------- */

static char *cell(const json_t *trial, const columns *c, size_t column)
{
    cn__text text = {0};
    static const char *const first[] = {"number", "state", "epochs"};
    const json_t *v =
        column < 3 ? json_object_get(trial, first[column])
                   : json_object_get(json_object_get(trial, c->groups[column - 3]), c->names[column - 3]);
    cn__text_add(&text, "");
    print_value(v, false, &text);
    return text.data;
}

static bool is_number(const json_t *trials, const columns *c, size_t column)
{
    if (column != 1 && column < 3) return true;
    size_t i;
    const json_t *trial;
    json_array_foreach(trials, i, trial)
    {
        if (column < 3) return false;
        const json_t *v =
            json_object_get(json_object_get(trial, c->groups[column - 3]), c->names[column - 3]);
        if (v && !json_is_null(v) && !json_is_number(v)) return false;
    }
    return true;
}

static void pad(cn__text *out, const char *text, size_t width, bool right, bool last)
{
    const size_t own = cn__text_width(text);
    if (right) cn__text_printf(out, "%*s%s", (int)(width > own ? width - own : 0), "", text);
    else cn__text_printf(out, "%s%*s", text, last ? 0 : (int)(width > own ? width - own : 0), "");
    cn__text_add(out, last ? "\n" : "  ");
}

static const char *head_of(const columns *c, size_t column)
{
    static const char *const first[] = {"trial", "state", "epochs"};
    return column < 3 ? first[column] : c->names[column - 3];
}

static cn_status print_trials(const json_t *trials, cn__text *out)
{
    columns c = {.count = 0};
    add_columns(&c, trials, "values");
    add_columns(&c, trials, "params");
    const size_t n = c.count + 3, rows = json_array_size(trials);
    char **cells = cn__calloc(n * (rows + 1), sizeof *cells);
    if (!cells) return CN_ERROR_MEMORY;
    bool failed = false;
    for (size_t i = 0; i < rows * n; i++) {
        cells[i] = cell(json_array_get(trials, i / n), &c, i % n);
        failed = failed || !cells[i];
    }
    size_t widths[MOST_COLUMNS + 3];
    bool right[MOST_COLUMNS + 3];
    for (size_t k = 0; k < n && !failed; k++) {
        widths[k] = cn__text_width(head_of(&c, k));
        right[k] = is_number(trials, &c, k);
        for (size_t i = 0; i < rows; i++)
            if (cn__text_width(cells[i * n + k]) > widths[k]) widths[k] = cn__text_width(cells[i * n + k]);
    }
    for (size_t k = 0; k < n && !failed && rows; k++)
        pad(out, head_of(&c, k), widths[k], right[k], k + 1 == n);
    for (size_t i = 0; i < rows * n && !failed; i++)
        pad(out, cells[i], widths[i % n], right[i % n], i % n + 1 == n);
    for (size_t i = 0; i < rows * n; i++) cn__free(cells[i]);
    cn__free(cells);
    return failed ? cn__fail_memory(0, "a table") : CN_OK;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

cn_status cn__runs_table(const json_t *list, cn__text *out)
{
    size_t i, k;
    const json_t *study, *objective;
    json_array_foreach(json_object_get(list, "studies"), i, study)
    {
        const json_t *trials = json_object_get(study, "trials");
        cn__text_printf(out, "%sstudy %lld: %s, seed %s, sampler %s, pruner %s, objective", i ? "\n" : "",
                        (long long)json_integer_value(json_object_get(study, "id")), text_of(study, "name"),
                        text_of(study, "seed"), text_of(study, "sampler"), text_of(study, "pruner"));
        json_array_foreach(json_object_get(study, "objectives"), k, objective) cn__text_printf(
            out, "%s %s(%s)", k ? "," : "", text_of(objective, "direction"), text_of(objective, "name"));
        cn__text_printf(out, "; %zu of %lld trials\n", json_array_size(trials),
                        (long long)json_integer_value(json_object_get(study, "planned")));
        CN_TRY(print_trials(trials, out));
    }
    if (!json_array_size(json_object_get(list, "studies"))) cn__text_add(out, "no studies\n");
    return out->failed ? cn__fail_memory(out->size, "a table") : CN_OK;
}

/* ---- CSV -------------------------------------------------------------------------------------------------------------- */

static void print_cell(const char *text, cn__text *out)
{
    const bool quoted = strpbrk(text, ",\"\n\r") != NULL;
    if (!quoted) {
        cn__text_add(out, text);
        return;
    }
    cn__text_add(out, "\"");
    for (; *text; text++) cn__text_add_bytes(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    cn__text_add(out, "\"");
}

static void print_csv_value(const json_t *v, cn__text *out)
{
    cn__text text = {0};
    cn__text_add(&text, "");
    print_value(v, true, &text);
    if (text.failed) out->failed = true;
    else print_cell(text.data, out);
    cn__text_free(&text);
}

static const char *const own_columns[] = {"number", "state",   "epochs",  "parameters",
                                          "flops",  "started", "seconds", "note"};

/* No two columns have one name: epochs that were searched are params.epochs. */
static void print_head(const columns *c, size_t k, cn__text *out)
{
    bool taken = false;
    for (size_t i = 0; i < sizeof own_columns / sizeof *own_columns; i++)
        taken = taken || strcmp(own_columns[i], c->names[k]) == 0;
    for (size_t i = 0; i < c->count; i++) taken = taken || (i != k && strcmp(c->names[i], c->names[k]) == 0);
    if (taken) cn__text_printf(out, "%s.", c->groups[k]);
    print_cell(c->names[k], out);
}

cn_status cn__runs_csv(const json_t *list, cn__text *out)
{
    const char *const *own = own_columns;
    const size_t n = sizeof own_columns / sizeof *own_columns;
    columns c = {.count = 0};
    size_t i, k;
    const json_t *study, *trial;
    json_array_foreach(json_object_get(list, "studies"), i, study)
        add_columns(&c, json_object_get(study, "trials"), "params");
    json_array_foreach(json_object_get(list, "studies"), i, study)
        add_columns(&c, json_object_get(study, "trials"), "values");
    cn__text_add(out, "study,name");
    for (k = 0; k < n; k++) cn__text_printf(out, ",%s", strcmp(own[k], "number") == 0 ? "trial" : own[k]);
    for (k = 0; k < c.count; k++) {
        cn__text_add(out, ",");
        print_head(&c, k, out);
    }
    cn__text_add(out, "\n");
    json_array_foreach(json_object_get(list, "studies"), i, study)
    {
        size_t t;
        json_array_foreach(json_object_get(study, "trials"), t, trial)
        {
            print_csv_value(json_object_get(study, "id"), out);
            cn__text_add(out, ",");
            print_csv_value(json_object_get(study, "name"), out);
            for (k = 0; k < n; k++)
                cn__text_add(out, ","), print_csv_value(json_object_get(trial, own[k]), out);
            for (k = 0; k < c.count; k++)
                cn__text_add(out, ","),
                    print_csv_value(json_object_get(json_object_get(trial, c.groups[k]), c.names[k]), out);
            cn__text_add(out, "\n");
        }
    }
    return out->failed ? cn__fail_memory(out->size, "CSV") : CN_OK;
}
