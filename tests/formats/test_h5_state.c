/* The optimizer's state in .h5 files, under the names and in the numbers that the versions of Keras 2 and 3 have written: each array goes to
 * its slot, and a list that is none of theirs is refused by what is wrong with it. */
#include "formats/keras_support.h"

enum { UNITS = 2, MOST = 6 };

/* A model of one kernel, so that a slot is one array of 2 x 2. */
static cn_model *model_of(const char *optimizer)
{
    return compiled("input 2; dense 2 use_bias=false", optimizer);
}

/* `names` with commas between them; array i is full of i + 1, and one number alone where its name has a '#' in front. */
static void write_state(const char *path, const char *names)
{
    char text[400], *list[MOST];
    size_t count = 0;
    snprintf(text, sizeof text, "%s", names);
    for (char *name = strtok(text, ","); name; name = strtok(NULL, ",")) {
        assert_true(count < MOST);
        list[count++] = name;
    }
    const hid_t f = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(f >= 0);
    if (H5Lexists(f, "optimizer_weights", H5P_DEFAULT) > 0) H5Ldelete(f, "optimizer_weights", H5P_DEFAULT);
    const hid_t group = H5Gcreate2(f, "optimizer_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                links = H5Pcreate(H5P_LINK_CREATE), text_type = H5Tcopy(H5T_C_S1);
    H5Pset_create_intermediate_group(links, 1);
    for (size_t i = 0; i < count; i++) {
        const bool scalar = *list[i] == '#';
        const float v = (float)i + 1, values[UNITS * UNITS] = {v, v, v, v};
        list[i] += scalar;
        const hid_t space =
                        scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(2, (hsize_t[]){UNITS, UNITS}, NULL),
                    set = H5Dcreate2(group, list[i], H5T_IEEE_F32LE, space, links, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(set >= 0);
        assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
        H5Dclose(set), H5Sclose(space);
    }
    H5Tset_size(text_type, H5T_VARIABLE);
    const hid_t space = H5Screate_simple(1, (hsize_t[]){count}, NULL),
                attribute = H5Acreate2(group, "weight_names", text_type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0);
    if (count) assert_true(H5Awrite(attribute, text_type, list) >= 0);
    H5Aclose(attribute), H5Sclose(space), H5Tclose(text_type), H5Pclose(links), H5Gclose(group), H5Fclose(f);
}

static const struct row {
    const char *optimizer, *names;
    const char *result; /* the first number of each slot, "m v"; with a '!' in front, a part of the message */
    int64_t iterations;
} rows[] = {
    /* Keras 3 */
    {"adam", "#adam/iteration:0,#adam/learning_rate:0,adam/k_momentum,adam/k_velocity", "3 4", 1},
    {"adam", "#adam/iteration:0,adam/k_momentum,adam/k_velocity", "2 3", 1},
    {"adam", "#adam/iteration:0", "0 0", 1},
    {"adam", "#adam/iteration:0,#adam/learning_rate:0", "0 0", 1},
    {"adam", "", "0 0", 0},
    {"adam", "#adam/iteration:0,adam/k_momentum", "!has 1 arrays, expected 2 for adam", 0},
    {"adam", "#adam/iteration:0,a,b,c,d", "!has 4 arrays, expected 2 for adam", 0},
    {"adam", "#adam/beta:0,a,b", "!the state of the optimizer begins with adam/beta:0, expected iteration",
     0},
    {"adam", "#adam/iterational:0,a,b", "!begins with adam/iterational:0, expected iteration", 0},
    {"nadam", "#nadam/iteration:0,#nadam/learning_rate:0,m,v,#u_product", "3 4", 1},
    {"nadam", "#nadam/iteration:0,#nadam/learning_rate:0,#u_product,m,v", "4 5", 1},
    {"nadam", "#nadam/iteration:0", "0 0", 1},
    {"sgd", "#sgd/iteration:0,#sgd/learning_rate:0", "", 1},
    {"sgd", "#sgd/iteration:0,#sgd/learning_rate:0,a,b,c", "!has 3 arrays, expected 0 for SGD", 0},
    /* Keras 2.4 to 2.10 */
    {"adam", "#Adam/iter:0,Adam/k/m:0,Adam/k/v:0", "2 3", 1},
    {"rmsprop", "#RMSprop/iter:0,RMSprop/k/rms:0", "2", 1},
    {"adam", "#Adam/iter:0,Adam/k/m:0", "!has 1 arrays, expected 2 for adam", 0},
    /* Keras 2.0 to 2.3 */
    {"adam", "#Adam/iterations:0,training/Adam/Variable:0,training/Adam/Variable_1:0", "2 3", 1},
    {"adam",
     "#Adam/iterations:0,training/Adam/Variable:0,training/Adam/Variable_1:0,#training/Adam/Variable_2:0",
     "2 3", 1},
    {"adam", "#Adam/iterations:0", "0 0", 1},
    {"adam", "#Adam/iterations:0,training/Adam/Variable:0", "!has 1 arrays, expected 2 for adam", 0},
    {"rmsprop", "training/RMSprop/Variable:0", "1", 0},
    {"rmsprop", "RMSprop/Variable:0", "1", 0},
    {"rmsprop", "Variable:0", "!begins with Variable:0, expected iteration", 0},
    {"nadam", "#Nadam/iterations:0,#Nadam/m_schedule:0,Nadam/Variable:0,Nadam/Variable_1:0", "3 4", 1},
    {"nadam", "#Nadam/iterations:0,Nadam/Variable:0,Nadam/Variable_1:0", "2 3", 1},
    {"nadam", "#Nadam/iterations:0,#Nadam/m_schedule:0", "0 0", 1},
    {"nadam", "#Nadam/iterations:0,#Nadam/m_schedule:0,Nadam/Variable:0",
     "!has 1 arrays, expected 2 for nadam", 0},
    {"nadam", "#Nadam/iterations:0", "0 0", 1},
};

/* The first number of each slot. */
static void describe(const cn_model *model, char *out, size_t size)
{
    *out = '\0';
    for (size_t i = 0; i < cn_model_state_count(model); i++) {
        cn_array a;
        assert_ok(cn_model_get_state(model, i, &a));
        const float *v = a.data;
        for (size_t k = 1; k < cn_array_size(&a); k++) assert_true(v[k] == v[0]);
        snprintf(out + strlen(out), size - strlen(out), "%s%g", i ? " " : "", (double)v[0]);
        cn_array_free(&a);
    }
}

static void each_list_of_names_is_sorted_or_refused(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        char got[200];
        cn_model *model = model_of(r->optimizer);
        assert_ok(cn_model_save(model, file("state.h5"), false));
        cn_model_free(model);
        write_state(file("state.h5"), r->names);
        model = cn_model_load(file("state.h5"));
        if (model) describe(model, got, sizeof got);
        const bool right = *r->result == '!' ? !model && strstr(cn_error(), r->result + 1)
                                             : model && strcmp(got, r->result) == 0 &&
                                                   cn_model_iterations(model) == r->iterations;
        if (!right) {
            print_error("%s, %s: %s\n", r->optimizer, r->names, model ? got : cn_error());
            if (model) print_error("  %lld iterations\n", (long long)cn_model_iterations(model));
            wrong++;
        }
        cn_model_free(model);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_list_of_names_is_sorted_or_refused)};
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
