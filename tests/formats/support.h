/* What the tests of the formats share: a folder for files, models made and loaded, weights compared. */
#ifndef CN_TESTS_FORMATS_SUPPORT_H
#define CN_TESTS_FORMATS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "cornu/cornu.h"

static char scratch[] = "./formats-XXXXXX";

static inline int make_scratch(void **state)
{
    (void)state;
    return mkdtemp(scratch) ? 0 : -1;
}

static inline int remove_scratch(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", scratch);
    return system(command);
}

/* A path in the folder; one of four at a time. */
static inline const char *file(const char *name)
{
    static char paths[4][160];
    static int next;
    next = (next + 1) % 4;
    snprintf(paths[next], sizeof paths[next], "%s/%s", scratch, name);
    return paths[next];
}

static inline void assert_ok(cn_status status)
{
    if (status != CN_OK) fail_msg("%s", cn_error());
}

static inline void assert_message(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

/* A file's bytes, to be freed by cn__free. */
static inline char *read_file(const char *path, size_t *size)
{
    char *bytes;
    assert_ok(cn__file_read(path, &bytes, size, (size_t)1 << 26));
    return bytes;
}

static inline void assert_same_files(const char *a, const char *b)
{
    size_t size_a, size_b;
    char *bytes_a = read_file(a, &size_a), *bytes_b = read_file(b, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(bytes_a, bytes_b, size_a);
    cn__free(bytes_a);
    cn__free(bytes_b);
}

/* "net", built where the layers say its input. */
static inline cn_model *make_seeded(const char *layers, uint64_t seed)
{
    cn_model *model = cn_model_new("net");
    assert_non_null(model);
    cn_model_set_seed(model, seed);
    assert_ok(cn_model_add_notation(model, layers));
    cn_text_free(cn_model_summary(model));
    return model;
}

static inline cn_model *make(const char *layers) { return make_seeded(layers, 0); }

static inline cn_model *load(const char *path)
{
    cn_model *model = cn_model_load(path);
    if (!model) fail_msg("%s", cn_error());
    return model;
}

static inline void assert_same_weights(const cn_model *a, const cn_model *b)
{
    assert_int_equal(cn_model_weight_count(a), cn_model_weight_count(b));
    for (size_t i = 0; i < cn_model_weight_count(a); i++) {
        cn_array v, w;
        assert_ok(cn_model_get_weight(a, i, &v));
        assert_ok(cn_model_get_weight(b, i, &w));
        assert_int_equal(cn_array_size(&v), cn_array_size(&w));
        assert_memory_equal(v.data, w.data, cn_array_size(&v) * sizeof(float));
        cn_array_free(&v);
        cn_array_free(&w);
    }
}

#endif
