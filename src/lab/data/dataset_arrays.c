/* Data that lies in files as arrays: x and y, or several of each with names. */
#include <string.h>

#include "base/arena.h"
#include "data/data.h"
#include "lab/data/dataset_make.h"

/* Options of tables that would be passed over in silence; `test` is for an .npz too. */
static cn_status check_options(const cn__arguments *a, const char *name, bool test)
{
    cn__arguments others = *a;
    others.stratify = NULL;
    if (test) others.test = NULL;
    const char *given = cn__table_argument(&others);
    if (!given) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "dataset %s: %s is for tables, FILE.csv", name, given);
}

/* ---- one input, one target ------------------------------------------------------------------------------------ */

static cn_status read_part(const char *x_path, const char *y_path, cn_array *x, cn_array *y)
{
    CN_TRY(cn_data_read(x_path, x));
    CN_TRY(cn_data_read(y_path, y));
    if (x->ndim < 1 || y->ndim < 1 || x->shape[0] != y->shape[0])
        return cn__fail(CN_ERROR_SHAPE, "dataset: %s has %zu sample%s, %s has %zu; expected the same number",
                        x_path, x->ndim ? x->shape[0] : 0, x->ndim && x->shape[0] == 1 ? "" : "s", y_path,
                        y->ndim ? y->shape[0] : 0);
    return CN_OK;
}

static cn_status find_arrays(cn__arena *arena, const cn__stages *stages, cn__arguments *a)
{
    const char **all[] = {&a->x, &a->y, &a->test_x, &a->test_y};
    for (int i = 0; i < 4; i++)
        if (*all[i]) CN_TRY(cn__find_file(arena, stages, *all[i], all[i]));
    return CN_OK;
}

static cn_status draw_test(const cn__arguments *a, const cn_array *x, const cn_array *y, uint64_t seed,
                           cn__stage *s)
{
    bool labels = false;
    CN_TRY(cn__read_flag("stratify", a->stratify, &labels));
    const cn_split_options options = {
        .test_split = a->test_split, .seed = seed, .stratify = labels ? y : NULL};
    cn_status status = cn_data_split_with(x, y, &options, &s->x, &s->y, &s->test_x, &s->test_y);
    return status == CN_OK || status == CN_ERROR_MEMORY ? status : cn__fail_in("dataset: test_split");
}

static cn_status load_pair(const cn__arguments *a, uint64_t seed, cn__stage *s)
{
    if (!a->y) return cn__fail(CN_ERROR_ARGUMENT, "dataset x=%s: y=FILE is missing", a->x);
    if (!a->test_x != !a->test_y)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: test_x and test_y go together");
    if (a->test_x) {
        CN_TRY(read_part(a->test_x, a->test_y, &s->test_x, &s->test_y));
        return read_part(a->x, a->y, &s->x, &s->y);
    }
    cn_array x = {0}, y = {0};
    cn_status status = read_part(a->x, a->y, &x, &y);
    if (status == CN_OK) status = draw_test(a, &x, &y, seed, s);
    cn_array_free(&x);
    cn_array_free(&y);
    return status;
}

static cn_status load_pair_files(cn__arena *arena, const cn__stages *stages, const cn__arguments *a,
                                 uint64_t seed, cn__stage *s)
{
    cn__arguments found = *a;
    CN_TRY(find_arrays(arena, stages, &found));
    s->name = a->x;
    s->source = found.x;
    return load_pair(&found, seed, s);
}

/* ---- several, with names --------------------------------------------------------------------------------------- */

/* Where an array lies. */
typedef struct place {
    const char *name, *path, *test_path; /* test_path: NULL: none */
    bool input, target;
} place;

typedef struct places {
    place *items;
    size_t count;
} places;

enum { MOST_ARRAYS = 256 };

static place *find_place(const places *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->items[i].name, name) == 0) return &p->items[i];
    return NULL;
}

static cn_status add_place(places *p, const place *one)
{
    if (find_place(p, one->name))
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: two arrays are called '%s'", one->name);
    if (p->count == MOST_ARRAYS)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: more than %d arrays", MOST_ARRAYS);
    p->items[p->count++] = *one;
    return CN_OK;
}

/* The test file of an array that is there already. */
static cn_status add_test(places *p, const char *option, const char *name, const char *path)
{
    const char *names[MOST_ARRAYS];
    place *of = find_place(p, name);
    if (of) {
        of->test_path = path;
        return CN_OK;
    }
    for (size_t i = 0; i < p->count; i++) names[i] = p->items[i].name;
    (void)!cn__fail_word(CN_ERROR_ARGUMENT, "array", name, names, p->count);
    return cn__fail_in("dataset %s", option);
}

/* x={left: L.npy, right: R.npy}; a file alone is called as the option. */
static cn_status add_files(cn__arena *arena, const cn__stages *stages, const char *option, bool test,
                           const cn__value *given, places *p)
{
    const bool map = given && given->kind == CN_VALUE_MAP;
    for (size_t i = 0; given && i < (map ? given->count : 1); i++) {
        const char *name = map ? given->names[i] : option + 5 * test,
                   *file = cn__value_name(map ? &given->items[i] : given), *path;
        if (!file || (!map && given->kind != CN_VALUE_WORD))
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "dataset: %s=%s; expected a file, or files by name as in %s={left: L.npy, right: R.npy}",
                option, cn__value_text(arena, given), option);
        CN_TRY(cn__find_file(arena, stages, file, &path));
        const place one = {.name = name, .path = path, .input = *option == 'x', .target = *option == 'y'};
        if (test) CN_TRY(add_test(p, option, name, path));
        else CN_TRY(add_place(p, &one));
    }
    return CN_OK;
}

/* x=[left, right] of an .npz. */
static cn_status set_roles(const cn__value *names, bool target, const char *file, places *p)
{
    const size_t count = !names ? 0 : names->kind == CN_VALUE_LIST ? names->count : 1;
    for (size_t i = 0; i < count; i++) {
        const char *name = cn__value_name(names->kind == CN_VALUE_LIST ? &names->items[i] : names);
        place *one = name ? find_place(p, name) : NULL;
        if (!name || names->kind == CN_VALUE_MAP)
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "dataset %s: expected the names of its arrays, as in x=[left, right] y=[kind, size]", file);
        if (!one) {
            const char *known[MOST_ARRAYS];
            for (size_t k = 0; k < p->count; k++) known[k] = p->items[k].name;
            (void)!cn__fail_word(CN_ERROR_ARGUMENT, "array", name, known, p->count);
            return cn__fail_in("dataset %s", file);
        }
        if (target) one->target = true;
        else one->input = true;
    }
    return CN_OK;
}

/* Arrays that neither x nor y names are left out, once one of them is given. */
static cn_status keep_named(const cn__arguments *a, const char *file, places *p)
{
    size_t kept = 0;
    if (!a->x_given && !a->y_given) {
        for (size_t i = 0; i < p->count; i++) p->items[i].input = p->items[i].target = true;
        return CN_OK;
    }
    CN_TRY(set_roles(a->x_given, false, file, p));
    CN_TRY(set_roles(a->y_given, true, file, p));
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].input || p->items[i].target) p->items[kept++] = p->items[i];
    p->count = kept;
    return CN_OK;
}

/* The array that `name` is the test part of: "left_test" and "test_left" of left; "": of none. */
static size_t tested_part(const char *name, const char **begin)
{
    const size_t size = strlen(name);
    *begin = name;
    if (strncmp(name, "test_", 5) == 0) {
        *begin = name + 5;
        return size - 5;
    }
    return size > 5 && strcmp(name + size - 5, "_test") == 0 ? size - 5 : 0;
}

static const char *find_name(const char *const *names, size_t count, const char *begin, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == size && strncmp(names[i], begin, size) == 0) return names[i];
    return NULL;
}

static cn_status add_members(cn__arena *arena, const char *path, bool tests, places *p)
{
    const char **names, *begin;
    size_t count;
    CN_TRY(cn__npz_names(arena, path, &names, &count));
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++) {
            const size_t size = tests ? tested_part(names[i], &begin) : 0;
            const char *of = size ? find_name(names, count, begin, size) : NULL,
                       *member = cn__arena_format(arena, "%s:%s", path, names[i]);
            if (!member) return CN_ERROR_MEMORY;
            const place one = {.name = names[i], .path = member};
            if (!of && pass == 0) CN_TRY(add_place(p, &one));
            if (of && pass == 1) CN_TRY(add_test(p, path, of, member));
        }
    return CN_OK;
}

/* `test=TEST.npz`: arrays of the same names. */
static cn_status add_test_members(cn__arena *arena, const cn__stages *stages, const char *file, places *p)
{
    const char *path, **names;
    size_t count;
    CN_TRY(cn__find_file(arena, stages, file, &path));
    CN_TRY(cn__npz_names(arena, path, &names, &count));
    for (size_t i = 0; i < p->count; i++) {
        if (!find_name(names, count, p->items[i].name, strlen(p->items[i].name)))
            return cn__fail(CN_ERROR_DATA, "dataset test=%s: it has no array '%s'", file, p->items[i].name);
        if (!(p->items[i].test_path = cn__arena_format(arena, "%s:%s", path, p->items[i].name)))
            return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_status read_array(const char *path, size_t *samples, const char *first, cn_array *out)
{
    CN_TRY(cn_data_read(path, out));
    if (out->ndim < 1) return cn__fail(CN_ERROR_SHAPE, "dataset: %s has no samples", path);
    if (!*samples) *samples = out->shape[0];
    if (out->shape[0] == *samples) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "dataset: %s has %zu sample%s, %s has %zu; expected the same number",
                    path, out->shape[0], out->shape[0] == 1 ? "" : "s", first, *samples);
}

static cn_status read_all(const places *p, const cn__named *named)
{
    size_t samples = 0, tests = 0;
    for (size_t i = 0; i < p->count; i++) {
        cn__stage *s = named[i].stage;
        CN_TRY(read_array(p->items[i].path, &samples, p->items[0].path, &s->x));
        if (!p->items[0].test_path != !p->items[i].test_path)
            return cn__fail(CN_ERROR_ARGUMENT, "dataset: %s has a test part, %s has none; expected it of all",
                            p->items[p->items[0].test_path ? 0 : i].name,
                            p->items[p->items[0].test_path ? i : 0].name);
        if (p->items[i].test_path)
            CN_TRY(read_array(p->items[i].test_path, &tests, p->items[0].test_path, &s->test_x));
    }
    return CN_OK;
}

/* An array that may hold labels, for a message. */
static const char *whole_numbers(const cn__stage *s)
{
    for (size_t i = 0; i < s->named_count; i++) {
        const cn_array *x = &s->named[i].stage->x;
        if (x->dtype != CN_FLOAT32 && x->dtype != CN_FLOAT64 && x->ndim == 1) return s->named[i].name;
    }
    return "NAME";
}

/* The labels of the array that stratify names. */
static cn_status set_codes(cn__arena *arena, const cn__arguments *a, const cn__stage *s, cn__row_split *split)
{
    enum { MOST_CODES = 1000 };
    const char *name = a->stratify ? cn__value_name(a->stratify) : NULL;
    if (!a->stratify) return CN_OK;
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: stratify: by which array? Expected stratify=%s",
                        whole_numbers(s));
    const cn__named *by = cn__find_named(s, name);
    if (!by) return cn__fail_named(s, "array", name) == CN_OK ? CN_OK : cn__fail_in("dataset: stratify");
    const cn_array *labels = &by->stage->x;
    uint32_t *codes = cn__arena_array(arena, split->row_count + 1, sizeof *codes);
    if (!codes) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < split->row_count; i++) {
        const double v = cn_array_at(labels, i);
        if (cn_array_sample_size(labels) != 1 || !(v >= 0 && v < MOST_CODES) || v != (double)(uint32_t)v)
            return cn__fail(CN_ERROR_DATA, "dataset: stratify=%s: expected labels from 0 to %d, one a sample",
                            name, MOST_CODES - 1);
        codes[i] = (uint32_t)v;
    }
    split->codes = codes;
    split->code_count = MOST_CODES;
    return CN_OK;
}

static cn_status part_array(cn__stage *s, const uint32_t *rows, size_t train, size_t test)
{
    cn_array whole = s->x;
    s->x = (cn_array){0};
    cn_status status = cn__pick_samples(&whole, rows, train, &s->x);
    if (status == CN_OK) status = cn__pick_samples(&whole, rows + train, test, &s->test_x);
    cn_array_free(&whole);
    return status;
}

/* The same samples of every array. */
static cn_status draw_tests(cn__arena *arena, const cn__arguments *a, uint64_t seed, const cn__stage *s)
{
    const size_t n = s->named[0].stage->x.shape[0];
    cn__row_split split = {.share = a->test_split, .seed = seed, .row_count = n};
    size_t test;
    uint32_t *rows = cn__arena_array(arena, n + 1, sizeof *rows);
    if (!rows) return CN_ERROR_MEMORY;
    if (n > UINT32_MAX)
        return cn__fail(CN_ERROR_DATA, "%zu samples, at most %u can be drawn from", n, UINT32_MAX);
    CN_TRY(set_codes(arena, a, s, &split));
    for (size_t i = 0; i < n; i++) rows[i] = (uint32_t)i;
    cn_status status = cn__split_rows(&split, rows, n, &test);
    if (status != CN_OK) return status == CN_ERROR_MEMORY ? status : cn__fail_in("dataset: test_split");
    for (size_t i = 0; i < s->named_count; i++) CN_TRY(part_array(s->named[i].stage, rows, n - test, test));
    return CN_OK;
}

static cn_status load_places(cn__arena *arena, cn__stages *stages, const places *p, const cn__arguments *a,
                             uint64_t seed, cn__stage *s)
{
    cn__named *named = cn__arena_array(arena, p->count + 1, sizeof *named);
    if (!named) return CN_ERROR_MEMORY;
    if (!p->count) return cn__fail(CN_ERROR_DATA, "dataset %s: there is no array", s->name);
    if (a->task)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "dataset: task is for one target; whole-number arrays are classes, others numbers");
    for (size_t i = 0; i < p->count; i++) {
        cn__stage *one = cn__stage_add(arena, stages);
        if (!one) return CN_ERROR_MEMORY;
        one->name = p->items[i].name;
        one->source = p->items[i].path;
        named[i] = (cn__named){
            .name = one->name, .input = p->items[i].input, .target = p->items[i].target, .stage = one};
    }
    s->named = named;
    s->named_count = p->count;
    CN_TRY(read_all(p, named));
    if (!p->items[0].test_path) CN_TRY(draw_tests(arena, a, seed, s));
    for (size_t i = 0; i < p->count; i++)
        named[i].stage->y = cn__borrow(&named[i].stage->x),
        named[i].stage->test_y = cn__borrow(&named[i].stage->test_x);
    return CN_OK;
}

/* ---- what a statement says --------------------------------------------------------------------------------------- */

static cn_status new_places(cn__arena *arena, places *p)
{
    *p = (places){.items = cn__arena_array(arena, MOST_ARRAYS, sizeof *p->items)};
    return p->items ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__load_arrays(cn__arena *arena, cn__stages *stages, const cn__arguments *a, uint64_t seed,
                          cn__stage *s)
{
    const struct {
        const char *option;
        bool test;
        const cn__value *given;
    } all[] = {{"x", false, a->x_given},
               {"y", false, a->y_given},
               {"test_x", true, a->test_x_given},
               {"test_y", true, a->test_y_given}};
    places p;
    bool named = false;
    for (size_t i = 0; i < 4; i++) named = named || (all[i].given && all[i].given->kind != CN_VALUE_WORD);
    CN_TRY(check_options(a, "x=…", false));
    if (!named) return load_pair_files(arena, stages, a, seed, s);
    if (!a->x_given || !a->y_given)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: %s={NAME: FILE, …} is missing", a->x_given ? "y" : "x");
    if (!a->test_x_given != !a->test_y_given)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: test_x and test_y go together");
    CN_TRY(new_places(arena, &p));
    for (size_t i = 0; i < 4; i++)
        CN_TRY(add_files(arena, stages, all[i].option, all[i].test, all[i].given, &p));
    s->name = p.count ? p.items[0].name : "x";
    s->source = p.count ? p.items[0].path : "";
    return load_places(arena, stages, &p, a, seed, s);
}

/* Arrays x and y (or as they are called elsewhere) are the data; else all arrays by their names. */
cn_status cn__load_npz(cn__arena *arena, cn__stages *stages, const char *name, const cn__stages *from,
                       const cn__arguments *a, uint64_t seed, cn__stage *s)
{
    const char *path, *members[4];
    cn__arguments found = *a;
    places p;
    CN_TRY(cn__find_file(arena, from, name, &path));
    s->name = name;
    s->source = path;
    CN_TRY(check_options(a, name, true));
    if (a->test_x_given || a->test_y_given)
        return cn__fail(CN_ERROR_ARGUMENT, "dataset %s: expected test=TEST.npz for its test part", name);
    if (!a->x_given && !a->y_given && !a->test && cn__npz_pairs(arena, path, members) == CN_OK) {
        found.x = members[0], found.y = members[1], found.test_x = members[2], found.test_y = members[3];
        return load_pair(&found, seed, s);
    }
    CN_TRY(new_places(arena, &p));
    CN_TRY(add_members(arena, path, !a->test, &p));
    if (p.count == 1 && !a->x_given && !a->y_given) {
        (void)!cn__npz_pairs(arena, path, members); /* one array is no input and target */
        return cn__fail_in("dataset");
    }
    CN_TRY(keep_named(a, name, &p));
    if (a->test) CN_TRY(add_test_members(arena, from, a->test, &p));
    return load_places(arena, stages, &p, a, seed, s);
}
