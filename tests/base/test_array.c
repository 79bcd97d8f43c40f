/* Arrays: every element type, views, shapes and one-hot labels, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/array.h"

#define VIEW(type, data, ...)                                                                                \
    cn_array_view(type, data, (int)(sizeof(size_t[]){__VA_ARGS__} / sizeof(size_t)), (size_t[]){__VA_ARGS__})

static void assert_message(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("\"%s\" is not in: %s", part, cn_error());
}

static void a_new_array_is_zeroed_and_knows_its_sizes(void **state)
{
    (void)state;
    cn_array a;
    assert_int_equal(cn_array_new(&a, CN_INT16, 3, (size_t[]){4, 2, 3}), CN_OK);
    assert_int_equal(cn_array_size(&a), 24);
    assert_int_equal(cn_array_sample_size(&a), 6);
    assert_true(a.owned);
    for (size_t i = 0; i < 24; i++) assert_true(cn_array_at(&a, i) == 0);
    cn_array_free(&a);
    assert_null(a.data);
    assert_int_equal(a.ndim, 0);
    cn_array_free(&a);
    cn_array_free(NULL);
}

static void an_array_may_have_no_samples_or_no_dimensions(void **state)
{
    (void)state;
    cn_array a;
    assert_int_equal(cn_array_new(&a, CN_FLOAT32, 2, (size_t[]){0, 784}), CN_OK);
    assert_int_equal(cn_array_size(&a), 0);
    assert_int_equal(cn_array_sample_size(&a), 784);
    cn_array_free(&a);
    assert_int_equal(cn_array_size(&a), 0);
    assert_int_equal(cn_array_new(&a, CN_FLOAT32, 0, NULL), CN_OK);
    assert_int_equal(cn_array_size(&a), 1);
    cn_array_free(&a);
    assert_int_equal(cn_array_new(&a, CN_FLOAT64, 3, (size_t[]){SIZE_MAX, SIZE_MAX, 0}), CN_OK);
    assert_int_equal(cn_array_size(&a), 0);
    cn_array_free(&a);
}

static void impossible_arrays_are_refused(void **state)
{
    (void)state;
    cn_array a;
    assert_int_equal(cn_array_new(&a, CN_FLOAT32, 2, (size_t[]){SIZE_MAX / 4, 8}), CN_ERROR_SHAPE);
    assert_message("(4611686018427387903, 8)");
    assert_int_equal(cn_array_new(&a, CN_FLOAT64, 1, (size_t[]){SIZE_MAX / 8 - 1}), CN_ERROR_SHAPE);
    assert_int_equal(cn_array_new(&a, CN_UINT8, 1, (size_t[]){PTRDIFF_MAX - 4096}), CN_ERROR_MEMORY);
    assert_message("array of shape");
    assert_int_equal(cn_array_new(&a, CN_FLOAT32, 9, (size_t[9]){1}), CN_ERROR_SHAPE);
    assert_int_equal(cn_array_new(&a, CN_FLOAT32, -1, (size_t[]){1}), CN_ERROR_SHAPE);
    assert_int_equal(cn_array_new(&a, CN_FLOAT32, 2, NULL), CN_ERROR_ARGUMENT);
    assert_int_equal(cn_array_new(&a, (cn_dtype)42, 1, (size_t[]){1}), CN_ERROR_ARGUMENT);
    assert_null(a.data);
}

static void every_type_has_numpys_name_and_size(void **state)
{
    (void)state;
    static const char *const names[] = {"float32", "float64", "uint8", "int8",
                                        "int16",   "int32",   "int64", "bool"};
    static const size_t sizes[] = {4, 8, 1, 1, 2, 4, 8, 1};
    for (int i = CN_FLOAT32; i <= CN_BOOL; i++) {
        assert_string_equal(cn_dtype_name((cn_dtype)i), names[i]);
        assert_int_equal(cn_dtype_size((cn_dtype)i), sizes[i]);
    }
    assert_int_equal(cn_dtype_size((cn_dtype)42), 0);
}

/* Two elements of every type, as doubles and as float32. */
static void check_type(cn_dtype dtype, const void *data, double first, double second)
{
    cn_array a = cn_array_view(dtype, data, 1, (size_t[]){2}), b;
    assert_true(cn_array_at(&a, 0) == first);
    assert_true(cn_array_at(&a, 1) == second);
    assert_int_equal(cn_array_to_float32(&b, &a, 4), CN_OK);
    assert_int_equal(b.dtype, CN_FLOAT32);
    assert_int_equal(b.ndim, 1);
    assert_int_equal(b.shape[0], 2);
    assert_true(((float *)b.data)[0] == (float)first / 4);
    assert_true(((float *)b.data)[1] == (float)second / 4);
    cn_array_free(&b);
}

static void every_type_is_read_and_converted(void **state)
{
    (void)state;
    check_type(CN_FLOAT32, (float[]){-1.5f, 3e38f}, -1.5, (double)3e38f);
    check_type(CN_FLOAT64, (double[]){0.1, -7}, 0.1, -7);
    check_type(CN_UINT8, (uint8_t[]){200, 255}, 200, 255);
    check_type(CN_INT8, (int8_t[]){-128, 127}, -128, 127);
    check_type(CN_INT16, (int16_t[]){-32768, 300}, -32768, 300);
    check_type(CN_INT32, (int32_t[]){INT32_MIN, 70000}, INT32_MIN, 70000);
    check_type(CN_INT64, (int64_t[]){-(1LL << 40), 5}, -0x1p40, 5);
    check_type(CN_BOOL, (uint8_t[]){0, 7}, 0, 1);
}

static void float32_comes_from_one_rounding(void **state)
{
    (void)state;
    /* 2^54 + 2^30 + 1: as a double this is a tie between two float32, which goes to the even one below. */
    int64_t value = (1LL << 54) + (1LL << 30) + 1;
    cn_array a = VIEW(CN_INT64, &value, 1), b;
    assert_int_equal(cn_array_to_float32(&b, &a, 1), CN_OK);
    assert_true(*(float *)b.data == 0x1.000002p54f);
    cn_array_free(&b);
}

static void pixels_divided_by_255_have_numpys_bits(void **state)
{
    (void)state;
    uint8_t pixels[256];
    for (int i = 0; i < 256; i++) pixels[i] = (uint8_t)i;
    cn_array a = VIEW(CN_UINT8, pixels, 16, 16), b;
    assert_int_equal(cn_array_to_float32(&b, &a, 255), CN_OK);
    const float *x = b.data;
    for (int i = 0; i < 256; i++) {
        /* A quotient of two float32 rounded from double is the correctly rounded one. */
        float expected = (float)((double)i / 255.0);
        assert_memory_equal(&x[i], &expected, sizeof expected);
    }
    assert_int_equal(b.shape[1], 16);
    cn_array_free(&b);
}

static void bytes_may_stand_for_quotients(void **state)
{
    (void)state;
    uint8_t pixels[256];
    for (int i = 0; i < 256; i++) pixels[i] = (uint8_t)i;
    cn_array a = VIEW(CN_UINT8, pixels, 16, 16), whole, same, half;
    cn_array b = cn_array_divided(&a, 255), part = cn_array_slice(&b, 3, 2);
    assert_int_equal(cn_array_to_float32(&whole, &a, 255), CN_OK);
    assert_int_equal(cn_array_to_float32(&same, &b, 1), CN_OK);
    assert_int_equal(cn_array_to_float32(&half, &b, 2), CN_OK);
    assert_memory_equal(same.data, whole.data, 256 * sizeof(float));
    for (size_t i = 0; i < 256; i++) {
        const float value = ((const float *)whole.data)[i];
        assert_true(cn_array_at(&b, i) == (double)value);
        assert_true(((const float *)half.data)[i] == value / 2);
    }
    assert_true(cn_array_at(&part, 0) == cn_array_at(&b, 48));
    assert_int_equal(cn_array_reshape(&b, 1, (size_t[]){256}), CN_OK);
    double low, high;
    cn_array_range(&b, &low, &high);
    assert_true(low == 0 && high == 1 && cn_array_at(&b, 51) == (double)(51.0f / 255.0f));
    cn_array_free(&whole), cn_array_free(&same), cn_array_free(&half);
    cn_array_free(&b);
    assert_int_equal(pixels[255], 255);
}

static void an_array_can_be_converted_in_its_own_place(void **state)
{
    (void)state;
    uint8_t pixels[] = {0, 51, 255};
    cn_array a = VIEW(CN_UINT8, pixels, 3);
    assert_int_equal(cn_array_to_float32(&a, &a, 255), CN_OK);
    assert_true(cn_array_at(&a, 2) == 1);
    cn_array_free(&a);
}

static void a_useless_divisor_is_refused(void **state)
{
    (void)state;
    uint8_t byte = 1;
    cn_array a = VIEW(CN_UINT8, &byte, 1), b;
    assert_int_equal(cn_array_to_float32(&b, &a, 0), CN_ERROR_ARGUMENT);
    assert_message("divide_by is 0");
    assert_int_equal(cn_array_to_float32(&b, &a, (float)(0.0 / *(volatile double *)&(double){0})),
                     CN_ERROR_ARGUMENT);
    assert_null(b.data);
}

static void a_view_borrows_and_frees_nothing(void **state)
{
    (void)state;
    int32_t numbers[] = {0, 1, 2, 3, 4, 5};
    cn_array a = VIEW(CN_INT32, numbers, 3, 2);
    assert_ptr_equal(a.data, numbers);
    cn_array_free(&a);
    assert_ptr_equal(a.data, numbers);
}

static void a_slice_holds_some_samples(void **state)
{
    (void)state;
    int16_t numbers[24];
    for (int i = 0; i < 24; i++) numbers[i] = (int16_t)i;
    cn_array a = VIEW(CN_INT16, numbers, 4, 2, 3);
    cn_array b = cn_array_slice(&a, 1, 2), c = cn_array_slice(&b, 1, 1);
    assert_int_equal(b.shape[0], 2);
    assert_int_equal(cn_array_size(&b), 12);
    assert_true(cn_array_at(&b, 0) == 6);
    assert_true(cn_array_at(&b, 11) == 17);
    assert_true(cn_array_at(&c, 0) == 12);
    assert_false(b.owned);
}

static void a_reshape_keeps_the_elements(void **state)
{
    (void)state;
    int8_t numbers[12] = {0};
    cn_array a = VIEW(CN_INT8, numbers, 3, 4);
    assert_int_equal(cn_array_reshape(&a, 3, (size_t[]){3, 2, 2}), CN_OK);
    assert_int_equal(a.ndim, 3);
    assert_int_equal(cn_array_sample_size(&a), 4);
    assert_int_equal(cn_array_reshape(&a, 2, a.shape), CN_ERROR_SHAPE);
    assert_message("(3, 2, 2) (12 elements)");
    assert_message("(3, 2)");
    assert_int_equal(a.ndim, 3);
    assert_int_equal(cn_array_reshape(&a, 2, (size_t[]){SIZE_MAX, 12}), CN_ERROR_SHAPE);
}

static void shapes_read_as_in_python(void **state)
{
    (void)state;
    char text[64];
    cn_array a = VIEW(CN_UINT8, "", 60000, 28, 28);
    assert_string_equal(cn_array_shape_text(&a, text, sizeof text), "(60000, 28, 28)");
    a.ndim = 1;
    assert_string_equal(cn_array_shape_text(&a, text, sizeof text), "(60000,)");
    a.ndim = 0;
    assert_string_equal(cn_array_shape_text(&a, text, sizeof text), "()");
    a.ndim = 3;
    assert_string_equal(cn_array_shape_text(&a, text, 6), "(6000");
}

static void labels_become_rows_with_a_single_one(void **state)
{
    (void)state;
    const int64_t labels[] = {2, 0, 3};
    const float rows[] = {0, 0, 1, 0, 0, /**/ 1, 0, 0, 0, 0, /**/ 0, 0, 0, 1, 0};
    cn_array a = VIEW(CN_INT64, labels, 3), b;
    assert_int_equal(cn_array_one_hot(&b, &a, 5), CN_OK);
    assert_int_equal(b.ndim, 2);
    assert_int_equal(b.shape[0], 3);
    assert_int_equal(b.shape[1], 5);
    assert_memory_equal(b.data, rows, sizeof rows);
    cn_array_free(&b);
}

static void classes_can_be_counted_and_labels_be_a_column_of_any_type(void **state)
{
    (void)state;
    cn_array a = VIEW(CN_FLOAT32, ((float[]){1, 6}), 2, 1), b;
    assert_int_equal(cn_array_one_hot(&b, &a, 0), CN_OK);
    assert_int_equal(b.shape[1], 7);
    assert_true(cn_array_at(&b, 1) == 1);
    assert_true(cn_array_at(&b, 7 + 6) == 1);
    cn_array_free(&b);
}

static void refuse_labels(const void *data, cn_dtype dtype, size_t classes, const char *message)
{
    cn_array a = cn_array_view(dtype, data, 1, (size_t[]){3}), b;
    assert_int_equal(cn_array_one_hot(&b, &a, classes), CN_ERROR_DATA);
    assert_message(message);
    assert_null(b.data);
}

static void a_wrong_label_is_named_with_its_sample(void **state)
{
    (void)state;
    volatile double zero = 0;
    refuse_labels((int32_t[]){0, 9, 10}, CN_INT32, 10,
                  "label of sample 2 is 10; 10 classes have labels 0 to 9");
    refuse_labels((int8_t[]){0, -1, 1}, CN_INT8, 10, "label of sample 1 is -1; labels start at 0");
    refuse_labels((float[]){0.5f, 1, 1}, CN_FLOAT32, 10,
                  "label of sample 0 is 0.5; labels are whole numbers");
    refuse_labels((double[]){0, 1, 0 / zero}, CN_FLOAT64, 0, "sample 2");
    refuse_labels((double[]){0, 1 / zero, 0}, CN_FLOAT64, 0, "sample 1");
    refuse_labels((double[]){0, 0, 1e300}, CN_FLOAT64, 0, "sample 2");
}

static void labels_of_another_shape_are_refused(void **state)
{
    (void)state;
    const uint8_t labels[6] = {0};
    cn_array a = VIEW(CN_UINT8, labels, 3, 2), b;
    assert_int_equal(cn_array_one_hot(&b, &a, 10), CN_ERROR_SHAPE);
    assert_message("(3, 2)");
    a = VIEW(CN_UINT8, labels, 0);
    assert_int_equal(cn_array_one_hot(&b, &a, 0), CN_ERROR_DATA);
    assert_int_equal(cn_array_one_hot(&b, &a, 3), CN_OK);
    assert_int_equal(b.shape[0], 0);
    cn_array_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_array_is_zeroed_and_knows_its_sizes),
        cmocka_unit_test(an_array_may_have_no_samples_or_no_dimensions),
        cmocka_unit_test(impossible_arrays_are_refused),
        cmocka_unit_test(every_type_has_numpys_name_and_size),
        cmocka_unit_test(every_type_is_read_and_converted),
        cmocka_unit_test(float32_comes_from_one_rounding),
        cmocka_unit_test(pixels_divided_by_255_have_numpys_bits),
        cmocka_unit_test(bytes_may_stand_for_quotients),
        cmocka_unit_test(an_array_can_be_converted_in_its_own_place),
        cmocka_unit_test(a_useless_divisor_is_refused),
        cmocka_unit_test(a_view_borrows_and_frees_nothing),
        cmocka_unit_test(a_slice_holds_some_samples),
        cmocka_unit_test(a_reshape_keeps_the_elements),
        cmocka_unit_test(shapes_read_as_in_python),
        cmocka_unit_test(labels_become_rows_with_a_single_one),
        cmocka_unit_test(classes_can_be_counted_and_labels_be_a_column_of_any_type),
        cmocka_unit_test(a_wrong_label_is_named_with_its_sample),
        cmocka_unit_test(labels_of_another_shape_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
