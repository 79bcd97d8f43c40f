/* Event files: checksums, framing, and the callback by its name. What tensorboard reads in them:
 * test_board_tensorboard.sh. */
#include "formats/tensorboard/event_file.h"
#include "formats/support.h"

/* RFC 3720, B.4. */
static void checksums_are_those_of_the_standard(void **state)
{
    (void)state;
    unsigned char bytes[32] = {0};
    assert_int_equal(cn__crc32c("123456789", 9), 0xe3069283u);
    assert_int_equal(cn__crc32c(bytes, 32), 0x8a9136aau);
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
    assert_int_equal(cn__crc32c(bytes, 32), 0x46dd794eu);
    assert_int_equal(cn__crc32c(bytes, 0), 0);
}

/* Every record is length (8 bytes), checksum, data, checksum; returns how many there are. */
static int count_records(const char *bytes, size_t size)
{
    int count = 0;
    for (size_t at = 0; at < size; count++) {
        uint64_t length;
        assert_true(size - at > 16);
        memcpy(&length, bytes + at, 8);
        assert_true(length <= size - at - 16);
        at += (size_t)length + 16;
    }
    return count;
}

static void records_follow_each_other_without_a_gap(void **state)
{
    (void)state;
    FILE *events;
    size_t size;
    assert_ok(cn__event_file_open(NULL, scratch, &events));
    assert_ok(cn__event_scalar(events, "loss", 3, 0.5));
    assert_ok(cn__event_histogram(events, "w", 3, (const float[]){1, 1, 1}, 3));
    assert_ok(cn__event_histogram(events, "none", 3, NULL, 0)); /* is left out */
    assert_ok(cn__event_image(events, "i", 3, 2, 1, (const unsigned char[]){0, 255}));
    fclose(events);
    char *bytes = read_file(file("events.out.tfevents.1700000000.cornu.0.0.v2"), &size);
    assert_int_equal(count_records(bytes, size), 4); /* the version first */
    cn__free(bytes);
}

static cn_history *fit(const char *callbacks, bool kinds)
{
    static const float numbers[16] = {1, 2, 3, 4, 5}, targets[8] = {1};
    const cn_array x = cn_array_view(CN_FLOAT32, numbers, 2, (const size_t[]){8, 2}),
                   y = cn_array_view(CN_FLOAT32, targets, 2, (const size_t[]){8, 1});
    cn_model *model = make("input 2; dense 1");
    assert_ok(cn_model_compile(model, .loss = "mse"));
    cn_history *h = cn_model_fit(model, &x, &y, .epochs = 1, .threads = 1, .callbacks = callbacks,
                                 .callback_kinds = kinds ? cn_file_callbacks() : NULL);
    cn_model_free(model);
    return h;
}

static void the_callback_is_found_where_it_was_handed_in(void **state)
{
    (void)state;
    char callback[100];
    snprintf(callback, sizeof callback, "tensorboard(%s/logs, histogram_freq=1, write_images=true)", scratch);
    cn_history *h = fit(callback, true);
    if (!h) fail_msg("%s", cn_error());
    cn_history_free(h);
    assert_null(fit(callback, false));
    assert_message("unknown callback 'tensorboard'");
    assert_null(fit("tensorbord(logs)", true));
    assert_message("did you mean 'tensorboard'");
}

static void mistaken_arguments_are_named(void **state)
{
    (void)state;
    assert_null(fit("tensorboard(update_freq=never)", true));
    assert_message("update_freq");
    assert_null(fit("tensorboard(histogram_freq=-1)", true));
    assert_message("histogram_freq");
    assert_null(fit("tensorboard(/dev/null/logs)", true));
    assert_message("/dev/null");
}

static int set_up(void **state)
{
    return setenv("SOURCE_DATE_EPOCH", "1700000000", 1) == 0 ? make_scratch(state) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_are_those_of_the_standard),
        cmocka_unit_test(records_follow_each_other_without_a_gap),
        cmocka_unit_test(the_callback_is_found_where_it_was_handed_in),
        cmocka_unit_test(mistaken_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
