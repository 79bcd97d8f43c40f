/* Every registry keeps its promises: names that are found and are one kind's alone, arguments whose defaults can be read, a
 * line in the docs, and a case that real Keras computed. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "nn/constraints/constraint.h"
#include "nn/initializers/initializer.h"
#include "nn/metrics/metric_class.h"
#include "nn/optimizers/optimizer.h"
#include "nn/regularizers/regularizer.h"
#include "nn/schedules/schedule.h"
#include "train/train.h"

typedef void check(const cn__registry *registry, const cn__kind *kind);

static void each(check *f)
{
    const cn__registry *const all[] = {cn__losses(),     &cn__metrics,      &cn__optimizers,
                                       &cn__schedules,   &cn__initializers, &cn__regularizers,
                                       &cn__constraints, &cn__callbacks};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_non_null(all[i]->noun && all[i]->example && all[i]->module ? all[i] : NULL);
        for (const cn__kind *const *kind = all[i]->kinds; *kind; kind++) f(all[i], *kind);
    }
}

static void check_name(const cn__registry *registry, const cn__kind *kind, const char *name)
{
    if (name && cn__registry_find(registry, name) != kind)
        fail_msg("%s '%s' is not %s", registry->noun, name, kind->class_name);
}

static void check_names(const cn__registry *registry, const cn__kind *kind)
{
    check_name(registry, kind, kind->name);
    check_name(registry, kind, kind->class_name);
    for (int i = 0; i < CN_MAX_ALIASES; i++) check_name(registry, kind, kind->aliases[i]);
}

static void every_name_is_found_and_is_one_kinds_alone(void **state)
{
    (void)state;
    each(check_names);
}

/* An argument with bounds or words of its own has a default that its own check would take. */
static void check_defaults(const cn__registry *registry, const cn__kind *kind)
{
    cn__arena arena = {0};
    for (size_t i = 0; i < kind->param_count; i++) {
        const cn__param *p = &kind->params[i];
        cn__value value;
        const char *name = p->name;
        cn__value call = {
            .kind = CN_VALUE_CALL, .word = kind->name, .count = 1, .items = &value, .names = &name};
        if (!p->fallback) continue;
        if (cn__value_parse(&arena, p->fallback, &value) != CN_OK)
            fail_msg("%s.%s: %s", kind->name, p->name, cn_error());
        void *config = calloc(1, kind->config_size);
        assert_non_null(config);
        if (cn__params_read(&arena, kind->name, p, 1, &call, config) != CN_OK)
            fail_msg("%s %s: %s", registry->noun, kind->name, cn_error());
        free(config);
    }
    cn__arena_free(&arena);
}

static void every_default_is_one_that_may_be_given(void **state)
{
    (void)state;
    each(check_defaults);
}

/* ---- files ------------------------------------------------------------------------------------------------- */

static char *docs, *cases;

static void add_file(cn__text *to, const char *path)
{
    char *data;
    size_t size;
    assert_int_equal(cn__file_read(path, &data, &size, 1 << 24), CN_OK);
    cn__text_add_bytes(to, data, size);
    cn__free(data);
}

/* All files of `folder` with that ending, and with `inside` those of its folders that are called so. */
static char *read_folder(const char *folder, const char *ending, const char *inside)
{
    char path[1000];
    cn__text text = {0};
    DIR *d = opendir(folder);
    if (!d) fail_msg("no folder %s", folder);
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, inside ? "%s/%s/%s" : "%s/%s", folder, e->d_name, inside);
        if (inside ? cn__file_exists(path) : cn__has_suffix(path, ending)) add_file(&text, path);
    }
    closedir(d);
    return text.data;
}

static int read_files(void **state)
{
    (void)state;
    cn__text all = {0};
    char *parity = read_folder(CORNU_TESTS_DIR "/parity/cases", NULL, "case.json");
    docs = read_folder(CORNU_TESTS_DIR "/../docs", ".md", NULL);
    cn__text_add(&all, parity);
    add_file(&all, CORNU_TESTS_DIR "/nn/test_metric.c");
    add_file(&all, CORNU_TESTS_DIR "/nn/test_optimizer.c");
    add_file(&all, CORNU_TESTS_DIR "/nn/test_initializer.c");
    add_file(&all, CORNU_TESTS_DIR "/train/test_callbacks.c");
    add_file(&all, CORNU_TESTS_DIR "/train/test_source.c"); /* swap_ema_weights */
    add_file(&all, CORNU_TESTS_DIR
             "/train/test_resume.c"); /* backup_and_restore: beside a training that never stopped */
    add_file(&all,
             CORNU_TESTS_DIR "/train/test_averaging.c"); /* stochastic_weight_averaging: Keras has none */
    cases = all.data;
    cn__free(parity);
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    cn__free(docs);
    cn__free(cases);
    return 0;
}

/* Does `word` stand there, with no letter, digit or underscore beside it? */
static bool stands_in(const char *text, const char *word)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || !strchr(letters, at[-1])) && (!at[n] || !strchr(letters, at[n]))) return true;
    return false;
}

static void check_docs(const cn__registry *registry, const cn__kind *kind)
{
    if (!stands_in(docs, kind->name)) fail_msg("no line of docs/ has %s %s", registry->noun, kind->name);
}

static void every_kind_has_a_line_in_the_docs(void **state)
{
    (void)state;
    each(check_docs);
}

static void check_case(const cn__registry *registry, const cn__kind *kind)
{
    if (!stands_in(cases, kind->name) && !stands_in(cases, kind->class_name))
        fail_msg("no case of Keras's has %s %s", registry->noun, kind->name);
}

static void every_kind_has_a_case_of_keras(void **state)
{
    (void)state;
    each(check_case);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_found_and_is_one_kinds_alone),
        cmocka_unit_test(every_default_is_one_that_may_be_given),
        cmocka_unit_test(every_kind_has_a_line_in_the_docs),
        cmocka_unit_test(every_kind_has_a_case_of_keras),
    };
    return cmocka_run_group_tests(tests, read_files, free_files);
}
