/* Every layer of the registry has a case that real Keras computed, a gradient that is checked against differences, and a training
 * whose bits are the same on any number of threads and any instruction set; and a line in the docs. */
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
#include "nn/layer.h"

static void add_file(cn__text *to, const char *path)
{
    char *data;
    size_t size;
    assert_int_equal(cn__file_read(path, &data, &size, 1 << 24), CN_OK);
    cn__text_add_bytes(to, data, size);
    cn__free(data);
}

/* A file of each folder of `folder`, or without `inside` its own that end in .md. */
static void add_folder(cn__text *to, const char *folder, const char *inside)
{
    char path[1000];
    DIR *d = opendir(folder);
    if (!d) fail_msg("no folder %s", folder);
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, inside ? "%s/%s/%s" : "%s/%s", folder, e->d_name, inside);
        if (inside ? cn__file_exists(path) : cn__has_suffix(path, ".md")) add_file(to, path);
    }
    closedir(d);
}

/* Does `word` stand there, with no letter, digit or underscore beside it? */
static bool stands_in(const cn__text *text, const char *word)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const size_t n = strlen(word);
    for (const char *at = text->data; (at = strstr(at, word)); at++)
        if ((at == text->data || !strchr(letters, at[-1])) && (!at[n] || !strchr(letters, at[n])))
            return true;
    return false;
}

/* Input computes nothing. */
static bool computes(const cn__layer_kind *kind) { return strcmp(kind->class_name, "Input") != 0; }

/* Layers in which chance decides where something is, so that no number of Keras's can be met; test_augment.c looks at what they make.
 * Of RandomElasticTransform, MixUp and the like Keras 3.6 has none. */
static const char *const drawn[] = {
    "RandomFlip", "RandomShear", "RandomElasticTransform", "RandomErasing", "RandomCrop", "MixUp", "CutMix"};

static bool is_drawn(const cn__layer_kind *kind)
{
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
        if (strcmp(kind->class_name, drawn[i]) == 0) return true;
    return false;
}

static void look_for_all(const cn__text *text, bool by_class, bool drawn_too, const char *what)
{
    const char *const *names = cn__layer_names();
    size_t missing = 0;
    for (size_t i = 0; cn__layer_kinds()[i]; i++) {
        const cn__layer_kind *kind = cn__layer_kinds()[i];
        if (!computes(kind) || (is_drawn(kind) && !drawn_too)) continue;
        if (stands_in(text, by_class ? kind->class_name : names[i])) continue;
        print_error("%s lacks %s\n", what, by_class ? kind->class_name : names[i]);
        missing++;
    }
    assert_int_equal(missing, 0);
}

static void every_layer_has_a_case_of_keras(void **state)
{
    (void)state;
    cn__text text = {0};
    add_folder(&text, CORNU_TESTS_DIR "/parity/cases", "case.json");
    add_folder(&text, CORNU_TESTS_DIR "/parity/cases", "model.json");
    add_file(&text, CORNU_TESTS_DIR "/nn/keras_augment.py");
    look_for_all(&text, true, false, "tests/parity/cases");
    cn__text_free(&text);
}

static void every_layer_has_a_gradient_check(void **state)
{
    (void)state;
    cn__text text = {0};
    add_file(&text, CORNU_TESTS_DIR "/gradient/test_gradients.c");
    look_for_all(&text, false, true, "tests/gradient/test_gradients.c");
    cn__text_free(&text);
}

static void every_layer_has_a_training_of_equal_bits(void **state)
{
    (void)state;
    cn__text text = {0};
    add_file(&text, CORNU_TESTS_DIR "/train/test_determinism.c");
    look_for_all(&text, false, true, "tests/train/test_determinism.c");
    cn__text_free(&text);
}

static void every_layer_has_a_line_in_the_docs(void **state)
{
    (void)state;
    cn__text text = {0};
    add_folder(&text, CORNU_TESTS_DIR "/../docs", NULL);
    look_for_all(&text, false, true, "docs/");
    cn__text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_has_a_case_of_keras),
        cmocka_unit_test(every_layer_has_a_gradient_check),
        cmocka_unit_test(every_layer_has_a_training_of_equal_bits),
        cmocka_unit_test(every_layer_has_a_line_in_the_docs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
