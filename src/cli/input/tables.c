/* Tables on the command line: options to what the reader takes, and what data info and show print. */
#include "cli/input/tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands/data_json.h"
#include "cli/options/option_words.h"
#include "data/data.h"
#include "data/preparation/preparation.h"

cn_status cn__split_names(cn__arena *arena, const char *text, cn_names *out)
{
    size_t count = text != NULL;
    *out = (cn_names){0};
    for (const char *p = text; p && *p; p++) count += *p == ',';
    const char **items = cn__arena_array(arena, count + 1, sizeof *items);
    if (!items) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        size_t n = strcspn(text, ",");
        const char *begin = text, *end = text + n;
        while (begin < end && *begin == ' ') begin++;
        while (end > begin && end[-1] == ' ') end--;
        if (!(items[i] = cn__arena_format(arena, "%.*s", (int)(end - begin), begin))) return CN_ERROR_MEMORY;
        text += n + (text[n] == ',');
    }
    *out = (cn_names){items, count};
    return CN_OK;
}

cn_status cn__table_options(cn__arena *arena, const cn__table_words *w, cn_table_options *out)
{
    *out = (cn_table_options){.header = w->header,
                              .separator = w->separator,
                              .decimal = w->decimal,
                              .encoding = w->encoding,
                              .skip_bad_rows = w->skip_bad_rows,
                              .plain_quotes = w->plain_quotes};
    CN_TRY(cn__split_names(arena, w->names, &out->names));
    CN_TRY(cn__split_names(arena, w->missing_values, &out->missing_values));
    CN_TRY(cn__split_names(arena, w->number, &out->number));
    return cn__split_names(arena, w->category, &out->category);
}

const char *cn__table_option_given(const cn__table_words *w)
{
    return w->header           ? "header"
           : w->names          ? "names"
           : w->separator      ? "separator"
           : w->decimal        ? "decimal"
           : w->encoding       ? "encoding"
           : w->missing_values ? "missing-values"
           : w->number         ? "number"
           : w->category       ? "category"
           : w->skip_bad_rows  ? "skip-bad-rows"
           : w->plain_quotes   ? "plain-quotes"
                               : NULL;
}

/* ---- samples -------------------------------------------------------------------------------------------------------- */

typedef struct reading {
    cn__arena arena;
    cn_table_options read;
    cn_preparation_options prepare;
    cn_table *table;
    uint32_t *rows;
    size_t count, test;
} reading;

/* The option that says how the test part is drawn. */
static cn_status read_split(reading *r, const cn__columns_words *c, cn__row_split *split)
{
    if ((c->stratify != NULL) + (c->group != NULL) + (c->time != NULL) > 1)
        return cn__fail(CN_ERROR_ARGUMENT, "expected one of --stratify, --group and --time");
    split->groups = c->group != NULL;
    split->ordered = c->time != NULL;
    if (c->stratify && cn__table_codes(&r->arena, r->table, c->stratify, split) != CN_OK)
        return cn__fail_in("--stratify");
    if (c->group && cn__table_codes(&r->arena, r->table, c->group, split) != CN_OK)
        return cn__fail_in("--group");
    if (c->time && cn__table_order(r->table, c->time, r->rows, r->count) != CN_OK)
        return cn__fail_in("--time");
    return CN_OK;
}

static cn_status draw(reading *r, const cn_preparation *p, const cn__columns_words *c, bool target,
                      double share, cn__table_part part)
{
    cn__row_split split = {.share = share, .row_count = r->table->rows};
    r->rows = cn__malloc((r->table->rows + 1) * sizeof *r->rows);
    if (!r->rows) return CN_ERROR_MEMORY;
    CN_TRY(cn_preparation_rows(p, r->table, target, r->rows, &r->count));
    if (part == CN_PART_ALL || !(share > 0)) return CN_OK;
    CN_TRY(read_split(r, c, &split));
    return cn__split_rows(&split, r->rows, r->count, &r->test) == CN_OK ? CN_OK : cn__fail_in("--test-split");
}

static cn_status read_words(reading *r, const cn__table_words *words, const cn__columns_words *c)
{
    CN_TRY(cn__table_options(&r->arena, words, &r->read));
    CN_TRY(cn__split_names(&r->arena, c->target, &r->prepare.target));
    CN_TRY(cn__split_names(&r->arena, c->columns, &r->prepare.columns));
    CN_TRY(cn__split_names(&r->arena, c->ignore, &r->prepare.ignore));
    CN_TRY(cn__split_names(&r->arena, c->date, &r->prepare.date));
    CN_TRY(cn__split_names(&r->arena, c->text, &r->prepare.text));
    CN_TRY(cn__split_names(&r->arena, c->ordinal, &r->prepare.ordinal));
    CN_TRY(cn__split_names(&r->arena, c->log, &r->prepare.log));
    CN_TRY(cn__split_names(&r->arena, c->bins, &r->prepare.bins));
    r->prepare.missing = c->missing;
    r->prepare.classes = c->classes;
    r->prepare.words = (size_t)c->words;
    r->prepare.target_scale = c->target_scale;
    r->prepare.missing_indicator = c->missing_indicator;
    return cn__preparation_categories(&r->arena, &r->prepare, &r->read);
}

/* A preparation of one's own: learned from the training part. */
static cn_status learn(reading *r, const char *path, const cn__columns_words *c, double share,
                       cn__table_part part, cn_preparation **out)
{
    if (!(r->table = cn_table_read(path, &r->read))) return cn_error_status();
    if (!(*out = cn_preparation_new(r->table, &r->prepare))) return cn_error_status();
    CN_TRY(draw(r, *out, c, r->prepare.target.count > 0, share, part));
    if (part != CN_PART_TEST) {
        cn__print_option_words(stderr, cn_table_notes(r->table));
        cn__print_option_words(stderr, cn_preparation_notes(*out));
    }
    CN_TRY(cn_preparation_learn(*out, r->table, r->rows, r->count - r->test));
    return c->scale ? cn_preparation_scale(*out, c->scale, r->table, r->rows, r->count - r->test) : CN_OK;
}

/* The model's. */
static cn_status copy(reading *r, const char *path, const cn__columns_words *c, const cn_preparation *p,
                      double share, cn__table_part part, bool *target, cn_preparation **out)
{
    char *json = cn_preparation_to_json(p);
    size_t k;
    *out = json ? cn_preparation_from_json(json) : NULL;
    cn__free(json);
    if (!*out) return cn_error_status();
    if (c->target || c->columns || c->ignore || c->missing || c->scale || c->classes || c->date || c->text ||
        c->ordinal || c->log || c->bins || c->target_scale || c->missing_indicator)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "the model's file says which columns it takes and how; expected none of --target, "
            "--columns, --ignore, --missing, --missing-indicator, --scale, --classes, --date, --text, "
            "--ordinal, --log, --bins and --target-scale");
    if (!(r->table = cn_preparation_read(*out, path, &r->read))) return cn_error_status();
    cn__text notes = {0};
    cn__preparation_note_unknown(*out, r->table, &notes);
    if (notes.data) fputs(notes.data, stderr);
    cn__text_free(&notes);
    *target = part != CN_PART_ALL; /* what is to be predicted may be missing */
    for (size_t i = 0; *target && i < cn_preparation_targets(*out); i++)
        *target = cn_table_find(r->table, cn_preparation_target(*out, i), &k) == CN_OK;
    return draw(r, *out, c, *target, share, part);
}

static cn_status make(reading *r, cn__table_part part, bool target, cn__table_samples *out)
{
    size_t first = part == CN_PART_TEST ? r->count - r->test : 0;
    if (part == CN_PART_TEST && !r->test) first = 0; /* all of them */
    size_t last = part == CN_PART_TRAINING ? r->count - r->test : r->count;
    CN_TRY(cn_preparation_apply(out->preparation, r->table, r->rows + first, last - first, &out->x,
                                target ? &out->y : NULL));
    out->lines = cn__malloc((last - first + 1) * sizeof *out->lines);
    if (!out->lines) return CN_ERROR_MEMORY;
    for (size_t i = first; i < last; i++) out->lines[i - first] = r->table->lines[r->rows[i]];
    return CN_OK;
}

cn_status cn__table_samples_read(const char *path, const cn__table_words *words,
                                 const cn__columns_words *columns, const cn_preparation *preparation,
                                 double test_split, cn__table_part part, cn__table_samples *out)
{
    reading r = {.table = NULL};
    bool target = true;
    *out = (cn__table_samples){0};
    cn_status status = read_words(&r, words, columns);
    if (status == CN_OK && !preparation && !columns->target && part != CN_PART_ALL)
        status =
            cn__fail(CN_ERROR_ARGUMENT,
                     "--data %s is a table: which column is to be predicted? Expected --target COLUMN", path);
    if (status == CN_OK && preparation)
        status = copy(&r, path, columns, preparation, test_split, part, &target, &out->preparation);
    else if (status == CN_OK) status = learn(&r, path, columns, test_split, part, &out->preparation);
    if (status == CN_OK) status = make(&r, part, target && cn_preparation_targets(out->preparation), out);
    cn__free(r.rows);
    cn_table_free(r.table);
    cn__arena_free(&r.arena);
    return status;
}

void cn__table_samples_free(cn__table_samples *s)
{
    cn_array_free(&s->x);
    cn_array_free(&s->y);
    cn_preparation_free(s->preparation);
    cn__free(s->lines);
    *s = (cn__table_samples){0};
}

/* ---- data info ------------------------------------------------------------------------------------------------------ */

static void print_numbers(const cn_table *t, size_t k)
{
    const cn__column *c = &t->column[k];
    double sum = 0, lowest = HUGE_VAL, highest = -HUGE_VAL;
    size_t n = t->rows - c->missing;
    for (size_t i = 0; i < t->rows; i++) {
        double v = cn__column_number(c, i);
        if (isnan(v)) continue;
        sum += v;
        lowest = fmin(lowest, v);
        highest = fmax(highest, v);
    }
    if (n) printf("numbers  min %g, max %g, mean %.6g", lowest, highest, sum / (double)n);
    else printf("empty");
}

static void print_words(const cn__column *c)
{
    enum { SHOWN = 8 };
    printf("words    %zu:", c->category_count);
    for (size_t k = 0; k < c->category_count && k < SHOWN; k++)
        printf("%s %.*s", k ? "," : "", cn__table_shown(c->categories[k]), c->categories[k]);
    if (c->category_count > SHOWN) printf(", …");
}

static const char *separator_name(const cn_table *t)
{
    switch (t->separator) {
    case ',': return "commas";
    case ';': return "semicolons";
    case '\t': return "tabs";
    case '|': return "bars";
    case ' ': return "blanks";
    default: return "colons";
    }
}

static int name_width(const cn_table *t)
{
    int width = 0;
    for (size_t k = 0; k < t->columns; k++) {
        int wide = (int)cn__text_width(t->column[k].name);
        width = wide > width ? wide : width;
    }
    return width < 40 ? width : 40;
}

static void print_table(const cn_table *t)
{
    int width = name_width(t);
    printf("%s: %zu row%s, %zu column%s, %s%s\n", t->path, t->rows, t->rows == 1 ? "" : "s", t->columns,
           t->columns == 1 ? "" : "s", t->form ? "" : "separated by ", t->form ? t->form : separator_name(t));
    cn__print_option_words(stdout, cn_table_notes(t));
    for (size_t k = 0; k < t->columns; k++) {
        const cn__column *c = &t->column[k];
        int blanks = width - (int)cn__text_width(c->name) + 2;
        printf("%s%*s", c->name, blanks > 2 ? blanks : 2, "");
        if (c->kind == CN_COLUMN_NUMBER) print_numbers(t, k);
        else print_words(c);
        if (c->missing) printf("; missing in %zu row%s", c->missing, c->missing == 1 ? "" : "s");
        putchar('\n');
    }
}

static cn_table *open_table(const char *path, const cn__table_words *words)
{
    cn__arena arena = {0};
    cn_table_options options;
    cn_table *t = cn__table_options(&arena, words, &options) == CN_OK ? cn_table_read(path, &options) : NULL;
    cn__arena_free(&arena);
    return t;
}

int cn__table_info(const char *path, const cn__table_words *words, const char *json)
{
    cn_table *t = open_table(path, words);
    if (!t) return cn__exit_code(cn_error_status());
    cn_status status = json ? cn__data_json_table(json, path, t) : CN_OK;
    if (!json) print_table(t);
    cn_table_free(t);
    return cn__exit_code(status);
}

/* ---- data show ------------------------------------------------------------------------------------------------------ */

static void cell_text(const cn_table *t, size_t row, size_t k, char *out, size_t size)
{
    const cn__column *c = &t->column[k];
    double v = cn_table_number(t, row, k);
    const char *word = cn_table_word(t, row, k);
    if (c->kind == CN_COLUMN_NUMBER && !isnan(v)) cn__format(out, size, "%.10g", v);
    else if (word) cn__format(out, size, "%.*s", cn__table_shown(word), word);
    else cn__format(out, size, "%s", "—");
}

/* Rows under their names, each column as wide as its widest cell. */
static void print_rows(const cn_table *t, size_t first, size_t count)
{
    enum { SHOWN = 20 };
    int width[SHOWN];
    char text[64];
    size_t columns = t->columns < SHOWN ? t->columns : SHOWN;
    for (size_t k = 0; k < columns; k++) {
        width[k] = (int)cn__text_width(t->column[k].name);
        for (size_t i = first; i < first + count; i++) {
            cell_text(t, i, k, text, sizeof text);
            int wide = (int)cn__text_width(text);
            width[k] = wide > width[k] ? wide : width[k];
        }
    }
    for (size_t i = first; i <= first + count; i++) {
        for (size_t k = 0; k < columns; k++) {
            if (i == first) cn__format(text, sizeof text, "%s", t->column[k].name);
            else cell_text(t, i - 1, k, text, sizeof text);
            printf("%s%*s%s", k ? "  " : "", width[k] - (int)cn__text_width(text), "", text);
        }
        putchar('\n');
    }
    if (columns < t->columns) printf("%zu more columns are not shown\n", t->columns - columns);
}

int cn__table_show(const char *path, const cn__table_words *words, size_t first, size_t count)
{
    cn_table *t = open_table(path, words);
    if (!t) return cn__exit_code(cn_error_status());
    int code = CN_EXIT_OK;
    if (first >= t->rows)
        code = cn__exit_code(cn__fail(CN_ERROR_ARGUMENT, "--index is %zu; %s has the rows 0 to %zu", first,
                                      path, t->rows - 1));
    else print_rows(t, first, count < t->rows - first ? count : t->rows - first);
    cn_table_free(t);
    return code;
}
