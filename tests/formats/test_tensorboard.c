/* Event files: checksums, framing, and the callback by its name. What tensorboard reads in them:
 * test_board_tensorboard.sh. */
#include "formats/tensorboard/event_file.h"
#include "formats/support.h"
#include "formats/tensorboard/event_read.h"
#include "tensorboard.pb-c.h"

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

/* ---- what is read --------------------------------------------------------------------------------------------- */

enum { FLOAT32 = 1, FLOAT64 = 2, BYTES = 7 };

static uint32_t masked(const void *bytes, size_t size)
{
    const uint32_t crc = cn__crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* A record of one event; how long it is. */
static size_t put_record(unsigned char *out, const Cn__Board__Event *e)
{
    const uint64_t length = cn__board__event__get_packed_size(e);
    memcpy(out, &length, 8);
    const uint32_t head = masked(out, 8);
    memcpy(out + 8, &head, 4);
    cn__board__event__pack(e, out + 12);
    const uint32_t foot = masked(out + 12, (size_t)length);
    memcpy(out + 12 + length, &foot, 4);
    return 16 + (size_t)length;
}

typedef struct seen {
    size_t count;
    double sum;
    cn_status answer;
} seen;

static cn_status see(void *user, const char *tag, int64_t step, double value)
{
    seen *s = user;
    assert_string_equal(tag, "loss");
    assert_int_equal(step, 7);
    s->count++, s->sum += value;
    return s->answer == CN_OK ? CN_OK : cn__fail(s->answer, "enough");
}

static size_t put_value(unsigned char *out, const char *tag, int number_case, float simple,
                        Cn__Board__Tensor *t)
{
    Cn__Board__Value value = CN__BOARD__VALUE__INIT, *values[] = {&value};
    Cn__Board__Summary summary = CN__BOARD__SUMMARY__INIT;
    Cn__Board__Event event = CN__BOARD__EVENT__INIT;
    value.tag = (char *)(uintptr_t)tag;
    value.number_case = number_case;
    if (number_case == CN__BOARD__VALUE__NUMBER_SIMPLE) value.simple = simple;
    else if (number_case == CN__BOARD__VALUE__NUMBER_TENSOR) value.tensor = t;
    summary.values = values, summary.n_values = 1;
    event.step = 7, event.summary = &summary;
    return put_record(out, &event);
}

static cn_status read_bytes(const unsigned char *bytes, size_t size, seen *s)
{
    const cn__infile in = {"events", bytes, size};
    *s = (seen){.answer = s->answer};
    return cn__events_read(&in, see, s);
}

static void a_number_is_read_from_each_place_for_it(void **state)
{
    (void)state;
    unsigned char bytes[1024];
    float floats[] = {0.5f, 1};
    double doubles[] = {0.25, 1};
    seen s = {0};
    const struct {
        int type;
        size_t floats, doubles, content;
        double expected; /* 0: none is read */
    } cases[] = {
        {FLOAT32, 1, 0, 0, 0.5},  {FLOAT32, 2, 0, 0, 0},   {FLOAT64, 0, 1, 0, 0.25},
        {FLOAT64, 0, 2, 0, 0},    {FLOAT32, 0, 0, 4, 0.5}, {FLOAT32, 0, 0, 8, 0},
        {FLOAT64, 0, 0, 8, 0.25}, {FLOAT64, 0, 0, 4, 0},   {BYTES, 1, 1, 4, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Cn__Board__Tensor t = CN__BOARD__TENSOR__INIT;
        t.type = cases[i].type;
        t.floats = floats, t.n_floats = cases[i].floats;
        t.doubles = doubles, t.n_doubles = cases[i].doubles;
        t.content.len = cases[i].content;
        t.content.data = t.type == FLOAT64 ? (uint8_t *)doubles : (uint8_t *)floats;
        const size_t size = put_value(bytes, "loss", CN__BOARD__VALUE__NUMBER_TENSOR, 0, &t);
        assert_ok(read_bytes(bytes, size, &s));
        assert_int_equal(s.count, cases[i].expected > 0);
        assert_true(s.sum == cases[i].expected);
    }
    size_t size = put_value(bytes, "loss", CN__BOARD__VALUE__NUMBER_SIMPLE, 3, NULL);
    size += put_value(bytes + size, "", CN__BOARD__VALUE__NUMBER_SIMPLE, 3, NULL);       /* of no name */
    size += put_value(bytes + size, "loss", CN__BOARD__VALUE__NUMBER__NOT_SET, 0, NULL); /* of no number */
    size += put_value(bytes + size, "loss", CN__BOARD__VALUE__NUMBER_SIMPLE, 4, NULL);
    assert_ok(read_bytes(bytes, size, &s));
    assert_int_equal(s.count, 2);
    assert_true(s.sum == 7);
    s.answer = CN_ERROR_STATE; /* whoever listens may have enough */
    assert_int_equal(read_bytes(bytes, size, &s), CN_ERROR_STATE);
    assert_int_equal(s.count, 1);
}

/* A file that is still written ends within a record. */
static void damage_is_told_by_its_place(void **state)
{
    (void)state;
    unsigned char bytes[1024];
    seen s = {0};
    const size_t one = put_value(bytes, "loss", CN__BOARD__VALUE__NUMBER_SIMPLE, 3, NULL),
                 size = one + put_value(bytes + one, "loss", CN__BOARD__VALUE__NUMBER_SIMPLE, 4, NULL);
    for (size_t cut = one; cut < size; cut++) {
        assert_ok(read_bytes(bytes, cut, &s));
        assert_int_equal(s.count, 1);
    }
    for (size_t at = one; at < size; at++) {
        bytes[at] ^= 0x10;
        assert_int_equal(read_bytes(bytes, size, &s), CN_ERROR_FORMAT);
        assert_message(at < one + 12 ? "a length with a wrong checksum" : "a record with a wrong checksum");
        bytes[at] ^= 0x10;
    }
    static unsigned char broken[] = {2, 0, 0, 0,    0,    0, 0, 0, 0,
                                     0, 0, 0, 0x0f, 0xff, 0, 0, 0, 0}; /* no message */
    const uint32_t head = masked(broken, 8), foot = masked(broken + 12, 2);
    memcpy(broken + 8, &head, 4), memcpy(broken + 14, &foot, 4);
    assert_int_equal(read_bytes(broken, sizeof broken, &s), CN_ERROR_FORMAT);
    assert_message("a record that is no event at byte 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_read_from_each_place_for_it),
        cmocka_unit_test(damage_is_told_by_its_place),
        cmocka_unit_test(checksums_are_those_of_the_standard),
        cmocka_unit_test(records_follow_each_other_without_a_gap),
        cmocka_unit_test(the_callback_is_found_where_it_was_handed_in),
        cmocka_unit_test(mistaken_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
