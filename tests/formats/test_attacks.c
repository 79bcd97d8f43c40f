/* What loaders of models were attacked with (formats/files/make_attacks.py): each file is refused by a message that names
 * what is wrong, within a tenth of a second of processor time and 64 MB. Each is read in a process of its own, so that
 * what it takes can be measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "data/images/images.h"
#include "formats/support.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURED 0
#else
#define MEASURED 1
#endif
enum { MOST_MEMORY = 64 << 20, MOST_MICROSECONDS = 100000, MESSAGE = 2100 };

/* ---- reading in a process of its own -------------------------------------------------------------------- */

static bool ends_in(const char *path, const char *suffix) { return cn__has_suffix(path, suffix); }

/* Reads the file as what its name says. False: it was refused. */
static bool is_taken(const char *path)
{
    if (ends_in(path, ".png")) {
        cn__picture picture;
        bool taken = cn__png_read(&(cn__infile){.name = path}, &picture) == CN_OK;
        if (taken) cn__picture_free(&picture);
        return taken;
    }
    if (ends_in(path, ".npy") || ends_in(path, ".npz") || ends_in(path, ".gz") || ends_in(path, ".pickle")) {
        cn_array array;
        bool taken = cn_data_read(path, &array) == CN_OK;
        if (taken) cn_array_free(&array);
        return taken;
    }
    const bool weights = ends_in(path, ".weights.h5");
    cn_model *model = weights ? cn_model_new(NULL) : cn_model_load(path);
    bool taken = model != NULL;
    if (weights) {
        if (cn_model_add_notation(model, "input 3; dense 2") != CN_OK) abort();
        taken = cn_model_load_weights(model, path) == CN_OK;
    }
    char *text = taken && ends_in(path, ".json") ? cn_model_summary(model) : NULL; /* shapes count here */
    if (ends_in(path, ".json")) taken = text != NULL;
    cn_text_free(text);
    cn_model_free(model);
    return taken;
}

static void read_in_child(const char *path, int out)
{
    const bool taken = is_taken(path);
    const char *message = taken ? "" : cn_error();
    if (write(out, message, strlen(message) + 1) < 0) _exit(1);
    _exit(0);
}

static long memory_of(const struct rusage *usage)
{
#ifdef __APPLE__
    return usage->ru_maxrss;
#else
    return usage->ru_maxrss * 1024;
#endif
}

static long microseconds_of(const struct rusage *usage)
{
    return (long)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
           (long)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static long most_memory, most_time;

/* Refused with a message that has this part, or read where `part` is NULL. */
static void assert_refused(const char *path, const char *part)
{
    char message[MESSAGE] = "";
    int ends[2], status;
    struct rusage usage;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) read_in_child(path, ends[1]);
    close(ends[1]);
    const ssize_t got = read(ends[0], message, sizeof message - 1);
    close(ends[0]);
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail_msg("%s: the reader broke down", path);
    if (part && got <= 1) fail_msg("%s was read", path);
    if (!part && got != 1) fail_msg("%s: %s", path, message);
    if (part && !strstr(message, part)) fail_msg("%s: '%s' is not in: %s", path, part, message);
    if (memory_of(&usage) > most_memory) most_memory = memory_of(&usage);
    if (microseconds_of(&usage) > most_time) most_time = microseconds_of(&usage);
    if (!MEASURED) return;
    if (memory_of(&usage) > MOST_MEMORY) fail_msg("%s takes %ld bytes", path, memory_of(&usage));
    if (microseconds_of(&usage) > MOST_MICROSECONDS)
        fail_msg("%s takes %ld us", path, microseconds_of(&usage));
}

static const char *attack(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, CORNU_TESTS_DIR "/formats/files/attack/%s", name);
    return path;
}

/* ---- the files ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *message;
} files[] = {
    {"lambda.json", "layer 2 (Lambda): it holds Python code, which is never run"},
    {"lambda.keras", "Lambda"},
    {"module.json", "it is of the module subprocess"},
    {"module_inside.json", "it is of the module os"},
    {"callable.json", "unknown activation 'eval'"},
    {"registered.json", "evil>Dense is a custom class"},
    {"vocabulary.json", "unknown layer 'StringLookup'"},
    {"address.json", "unknown layer 'TextVectorization'"},
    {"nul_class.json", "\"class_name\": \"Dense…\" holds a character of code 0"},
    {"nul_name.json", "\"name\": \"a…\" holds a character of code 0"},
    {"units_overflow.json", "units"},
    {"shape_overflow.json", "(None, 2147483648, 2147483648, 2147483648) is too large"},
    {"reshape_overflow.json", "layer reshape: target_shape does not hold"},
    {"external_link.weights.h5", "array 'layers/dense/vars/0' is reached over a link to another file"},
    {"soft_link.weights.h5", "array 'layers/dense/vars/0' is reached over a link to another name"},
    {"external_storage.weights.h5", "keeps its numbers in other files (external storage)"},
    {"virtual.weights.h5", "is a virtual data set"},
    {"shape_bomb.weights.h5", "has shape (1099511627776, 1048576), expected (3, 2)"},
    {"filtered.weights.h5", "is chunked or compressed"},
    {"link_group.weights.h5", "a link to another file"},
    {"cycle.weights.h5", "layers/dense/vars"},
    {"traversal.keras", "its member '../../.bashrc' has the name of a file elsewhere"},
    {"absolute.keras", "its member '/etc/cron.d/x' has the name of a file elsewhere"},
    {"backslash.keras", "has the name of a file elsewhere"},
    {"drive.keras", "its member 'C:x' has the name of a file elsewhere"},
    {"duplicate.keras", "it has two members 'config.json'"},
    {"huge_layer.keras", "cannot hold the 4294967296 numbers"},
    {"config_bomb.keras", "config.json has 68157440 bytes, expected 67108864 at most"},
    {"weights_bomb.keras", "model.weights.h5 has 66060288 bytes"},
    {"onnx_traversal.onnx",
     "tensor 'w' is kept in '../secret', expected the name of a file in the model's own folder"},
    {"onnx_absolute.onnx", "tensor 'w' is kept in '/etc/passwd', expected the name of a file"},
    {"onnx_backslash.onnx", "tensor 'w' is kept in '..\\secret', expected the name of a file"},
    {"onnx_folder.onnx", "tensor 'w' is kept in '.', expected the name of a file"},
    {"onnx_missing.onnx", "tensor 'w' is kept in 'missing.data', No such file"},
    {"onnx_negative.onnx", "offset '-4' of its external data, expected a number of bytes"},
    {"onnx_overflow.onnx", "offset '18446744073709551600' of its external data"},
    {"onnx_beyond.onnx", "which is too short for it"},
    {"onnx_length.onnx", "is kept in 99999999999 bytes of 'plain.data', and needs 24 by its shape"},
    {"onnx_attribute.onnx", "unknown entry 'basepath'"},
    {"onnx_twice.onnx", "has two entries location"},
    {"onnx_shape_bomb.onnx", "has an impossible size 2147483648"},
    {"onnx_large.onnx", "which is too short for it"},
    {"onnx_again.onnx", "of which some bytes would be read again"},
    {"onnx_nul.onnx", "the text 'plain.data' goes on after a NUL byte"},
    {"onnx_nul_key.onnx", "the text 'location' goes on after a NUL byte"},
    {"onnx_nul_op.onnx", "the text 'Relu' goes on after a NUL byte"},
    {"onnx_if.onnx", "unknown ONNX operator 'If'"},
    {"onnx_loop.onnx", "unknown ONNX operator 'Loop'"},
    {"pickle.npy", "pickle.npy"},
    {"cifar.pickle", "is neither .npy, .npz, IDX nor gzipped IDX"},
    {"shape_bomb.npy", "is cut short: its shape asks for more"},
    {"bomb.npz", ".npy"},
    {"longer.npz", "x.npy has 100663364 bytes, and its header asks for 84"},
    {"bomb.png", "that swell to a picture of 4000 × 4000 pixels"},
    {"wide_bomb.png", "of 16 bits a colour"},
    {"profile_bomb.png", NULL}, /* 32 MB of a colour profile, which is not unpacked */
    {"chunk_bomb.png", "the PNG file is cut short or damaged"},
    {"claims.png", "is cut short: 4096 × 16384 pixels do not fit into 65 bytes"},
};

static void every_attack_is_refused_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_refused(attack(files[i].name), files[i].message);
}

/* ---- links beside a model ------------------------------------------------------------------------------------ */

static void copy_here(const char *name)
{
    size_t size;
    char *bytes = read_file(attack(name), &size);
    assert_ok(cn__file_write(file(name), bytes, size));
    cn__free(bytes);
}

static void links_and_pipes_beside_a_model_are_not_read(void **state)
{
    (void)state;
    static const char *const names[] = {"onnx_symlink.onnx", "onnx_hardlink.onnx", "onnx_fifo.onnx",
                                        "plain.data"};
    for (size_t i = 0; i < 4; i++) copy_here(names[i]);
    assert_int_equal(symlink("plain.data", file("symlink.data")), 0);
    assert_refused(file("onnx_symlink.onnx"),
                   "is kept in 'symlink.data', which is a link; links are not followed");
    assert_int_equal(link(file("plain.data"), file("hardlink.data")), 0);
    assert_refused(file("onnx_hardlink.onnx"), "which is a file of several names (hard links)");
    assert_int_equal(mkfifo(file("fifo.data"), 0600), 0);
    assert_refused(file("onnx_fifo.onnx"), "which is no plain file");
    assert_int_equal(unlink(file("fifo.data")), 0);
    assert_int_equal(mkdir(file("fifo.data"), 0700), 0);
    assert_refused(file("onnx_fifo.onnx"), "which is no plain file");
}

/* ---- what must be made to be large --------------------------------------------------------------------------- */

static void brackets_without_end_are_refused(void **state)
{
    (void)state;
    cn__text text = {0};
    for (int i = 0; i < 100000; i++) cn__text_add(&text, "[");
    assert_ok(cn__file_write(file("deep.json"), text.data, text.size));
    cn__text_free(&text);
    assert_refused(file("deep.json"), "not valid JSON");
}

/* A gzip file of `head` and then two gigabytes of zeros: one compressed megabyte, over and over. */
static void write_gzip_bomb(const char *path, const void *head, size_t size)
{
    enum { PIECE = 1 << 20, TIMES = 2048 };
    static unsigned char zeros[PIECE], packed[PIECE];
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)head, .avail_in = (unsigned)size};
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    for (int piece = 0; piece < 3;
         piece++) { /* the head; zeros after it; zeros that know nothing of what was before */
        if (piece) z.next_in = zeros, z.avail_in = PIECE;
        z.next_out = packed, z.avail_out = sizeof packed;
        assert_int_equal(deflate(&z, Z_FULL_FLUSH), Z_OK);
        const size_t written = sizeof packed - z.avail_out;
        for (int i = 0; i < (piece == 2 ? TIMES : 1); i++)
            assert_int_equal(fwrite(packed, 1, written, out), written);
    }
    deflateEnd(&z);
    assert_int_equal(fclose(out), 0);
}

static void gzip_bombs_are_refused_by_what_their_headers_ask_for(void **state)
{
    (void)state;
    static const unsigned char idx[] = {0, 0, 8, 1, 0, 0, 0, 100},
                               large[] = {0, 0, 8, 2, 0, 0, 255, 255, 0, 255, 255, 255};
    static const char npy[] =
        "\x93NUMPY\x01\x00\x40\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1000,), }   \n";
    write_gzip_bomb(file("zeros.gz"), "", 0);
    assert_refused(file("zeros.gz"), "zeros.gz is neither .npy, .npz, IDX nor gzipped IDX");
    write_gzip_bomb(file("short.gz"), idx, sizeof idx);
    assert_refused(file("short.gz"), "short.gz decompresses to more than 108 bytes");
    write_gzip_bomb(file("large.gz"), large, sizeof large);
    assert_refused(file("large.gz"), "its header asks for 1099494785037 bytes");
    write_gzip_bomb(file("array.npy.gz"), npy, sizeof npy - 1);
    assert_refused(file("array.npy.gz"), "array.npy.gz decompresses to more than");
}

static int report(void **state)
{
    print_message("the most that a refusal took: %.1f MB, %.1f ms\n", (double)most_memory / (1 << 20),
                  (double)most_time / 1000);
    return remove_scratch(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attack_is_refused_by_its_name),
        cmocka_unit_test(links_and_pipes_beside_a_model_are_not_read),
        cmocka_unit_test(brackets_without_end_are_refused),
        cmocka_unit_test(gzip_bombs_are_refused_by_what_their_headers_ask_for),
    };
    return cmocka_run_group_tests(tests, make_scratch, report);
}
