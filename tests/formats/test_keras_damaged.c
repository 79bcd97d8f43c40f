/* Damaged files of Keras's formats: cut, changed, and with claims that are not true. */
#include "formats/keras_support.h"

/* A changed file is read from memory: thousands of them would take their time on a disk. */
static cn__infile in_memory(const char *name, const char *bytes, size_t size)
{
    return (cn__infile){name, bytes, size};
}

static cn_status load_weights_of(cn_model *model, const cn__infile *in)
{
    return in->size > 1 && memcmp(in->bytes, "PK", 2) == 0 ? cn__keras_load_weights(model, in)
                                                           : cn__h5_load_weights(model, in);
}

static void files_cut_at_any_length_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"cut.keras", "cut.h5", "cut.weights.h5"};
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "adam");
    fit(model, 1);
    for (size_t k = 0; k < 3; k++) {
        size_t size;
        assert_ok(cn_model_save(model, file(names[k]), k == 2));
        char *bytes = read_file(file(names[k]), &size);
        for (size_t cut = 0; cut < size; cut += cut < 128 || size - cut < 128 ? 1 : 61) {
            const cn__infile in = in_memory(names[k], bytes, cut);
            cn_model *loaded = k == 2 ? NULL : cn__model_load(&in, true);
            if (loaded) fail_msg("%s is loaded when cut to %zu of %zu bytes", names[k], cut, size);
            assert_int_not_equal(load_weights_of(model, &in), CN_OK);
        }
        cn__free(bytes);
    }
    cn_model_free(model);
}

/* Whatever bytes are changed: no crash, no endless loop, and no weights that half belong to another file. */
static void changed_bytes_of_an_hdf5_file_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"flip.h5", "flip.weights.h5"};
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "adam");
    fit(model, 1);
    for (size_t k = 0; k < 2; k++) {
        size_t size;
        uint32_t random = 7;
        assert_ok(cn_model_save(model, file(names[k]), k == 1));
        char *bytes = read_file(file(names[k]), &size), *changed = malloc(size);
        for (int i = 0; i < 3000; i++) {
            memcpy(changed, bytes, size);
            for (int j = 0; j < 1 + i % 5; j++) {
                random = random * 1664525u + 1013904223u;
                changed[(random >> 8) % size] = (char)(i % 3 == 0 ? 0xff : random >> 24);
            }
            const cn__infile in = in_memory(names[k], changed, size);
            cn_model *loaded = cn__model_load(&in, true);
            if (!loaded) assert_message(names[k]);
            cn_model_free(loaded);
            loaded = make("input 6; dense 4; dense 3 softmax");
            if (load_weights_of(loaded, &in) != CN_OK) assert_message(names[k]);
            cn_model_free(loaded);
        }
        cn__free(bytes);
        free(changed);
    }
    cn_model_free(model);
}

/* The zip's checksums find every changed byte of the members. */
static void changed_bytes_of_a_keras_file_are_found(void **state)
{
    (void)state;
    size_t size;
    cn_model *model = compiled("input 6; dense 4; dense 3 softmax", "sgd");
    fit(model, 1);
    assert_ok(cn_model_save(model, file("changed.keras"), false));
    char *bytes = read_file(file("changed.keras"), &size);
    for (size_t i = 0; i < size; i += 37) {
        bytes[i] ^= 0x41;
        cn_model *loaded = cn__model_load(&(cn__infile){"changed.keras", bytes, size}, true);
        if (loaded)
            assert_same_weights(loaded, model); /* something that says nothing: a time, an attribute */
        cn_model_free(loaded);
        bytes[i] ^= 0x41;
    }
    cn__free(bytes);
    cn_model_free(model);
}

/* Found by fuzzing: Nadam's product was computed for as many steps as a file without it claims. */
static void a_claim_of_endless_steps_takes_no_time(void **state)
{
    (void)state;
    const int64_t steps[] = {4189037547230229794, INT64_MAX, -1};
    cn_model *model = compiled("input 6; dense 3 softmax", "nadam");
    fit(model, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(cn_model_save(model, file("steps.weights.h5"), true));
        hid_t f = H5Fopen(file("steps.weights.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
        hid_t set = H5Dopen2(f, "optimizer/vars/0", H5P_DEFAULT);
        assert_true(H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &steps[i]) >= 0);
        H5Dclose(set), H5Fclose(f);
        assert_int_equal(cn_model_load_weights(model, file("steps.weights.h5")),
                         steps[i] < 0 ? CN_ERROR_FORMAT : CN_OK);
    }
    cn_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_cut_at_any_length_are_refused),
        cmocka_unit_test(changed_bytes_of_an_hdf5_file_do_no_harm),
        cmocka_unit_test(changed_bytes_of_a_keras_file_are_found),
        cmocka_unit_test(a_claim_of_endless_steps_takes_no_time),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
