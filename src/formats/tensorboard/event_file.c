/* Writes TensorBoard's event files. Messages: src/formats/tensorboard/tensorboard.proto. */
#include "formats/tensorboard/event_file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text/escape.h"
#include "base/files/file.h"
#include "tensorboard.pb-c.h"

enum { SCALARS = 1, TENSORS = 2, BLOBS = 3 }; /* classes of data */
enum { FLOAT32 = 1, FLOAT64 = 2, BYTES = 7 }; /* TensorFlow's types */
enum { BUCKETS = 30, MAX_HOST = 64, MAX_NUMBER = 1000 };

uint32_t cn__crc32c(const void *bytes, size_t size)
{
    uint32_t table[16], crc = ~0u; /* of each half byte */
    const unsigned char *p = bytes;
    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (int bit = 0; bit < 4; bit++) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78u : 0);
    }
    for (size_t i = 0; i < size; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* A checksum of data that holds checksums would be a weak one; TFRecord masks them. */
static uint32_t masked(const void *bytes, size_t size)
{
    uint32_t crc = cn__crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static void put_little_endian(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) out[i] = (unsigned char)(value >> (8 * i));
}

static cn_status write_record(FILE *file, const unsigned char *data, size_t size)
{
    unsigned char head[12], foot[4];
    put_little_endian(head, size, 8);
    put_little_endian(head + 8, masked(head, 8), 4);
    put_little_endian(foot, masked(data, size), 4);
    bool good = fwrite(head, sizeof head, 1, file) == 1 && fwrite(data, size, 1, file) == 1 &&
                fwrite(foot, sizeof foot, 1, file) == 1;
    return good ? CN_OK : cn__fail(CN_ERROR_FILE, "cannot write an event file: %s", strerror(errno));
}

static bool fixed_time(double *out)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end;
    if (!text || !*text) return false;
    *out = cn__strtod(text, &end);
    return *end == '\0';
}

static double wall_time(void)
{
    double fixed;
    struct timespec now;
    if (fixed_time(&fixed)) return fixed;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static cn_status write_event(FILE *file, Cn__Board__Event *event)
{
    event->wall_time = wall_time();
    size_t size = cn__board__event__get_packed_size(event);
    unsigned char *bytes = cn__malloc(size);
    if (!bytes) return CN_ERROR_MEMORY;
    cn__board__event__pack(event, bytes);
    cn_status status = write_record(file, bytes, size);
    cn__free(bytes);
    return status;
}

/* events.out.tfevents.<seconds>.<host>.<process>.<number>.v2: TensorBoard looks for "tfevents", and wants another name
 * for each run. */
static char *file_name(const char *folder, int number)
{
    double fixed;
    char host[MAX_HOST] = "cornu", name[MAX_HOST + 80];
    const bool is_fixed = fixed_time(&fixed);
    if (!is_fixed && gethostname(host, sizeof host - 1) != 0) strcpy(host, "cornu");
    for (char *p = host; *p; p++)
        if (*p == '/') *p = '_';
    cn__format(name, sizeof name, "events.out.tfevents.%.0f.%s.%ld.%d.v2", floor(wall_time()), host,
               is_fixed ? 0L : (long)getpid(), number);
    return cn__path_join(folder, name);
}

cn_status cn__event_file_open(const cn__outdir *dir, const char *folder, FILE **out)
{
    *out = NULL;
    CN_TRY(dir ? cn__outdir_make(dir, folder) : cn__make_dirs(folder));
    for (int number = 0; number < MAX_NUMBER && !*out; number++) {
        char *path = file_name(folder, number);
        if (!path) return CN_ERROR_MEMORY;
        errno = 0;
        if (!dir) *out = fopen(path, "wbxe");
        else if (cn__outdir_has(dir, path)) errno = EEXIST;
        else if (cn__outdir_stream(dir, path, 'x', out) != CN_OK) {
            cn__free(path);
            return cn_error_status();
        }
        cn__free(path);
        if (!*out && errno != EEXIST) break;
    }
    if (!*out) return cn__fail(CN_ERROR_FILE, "cannot make an event file in %s: %s", folder, strerror(errno));
    Cn__Board__Event event = CN__BOARD__EVENT__INIT;
    event.file_version = (char[]){"brain.Event:2"};
    return write_event(*out, &event);
}

/* One value: its tensor, and which plugin shows it. */
static cn_status write_value(FILE *file, const char *tag, int64_t step, Cn__Board__Tensor *tensor,
                             const char *plugin_name, int data_class)
{
    cn__text own = {0};
    cn__tag_escape(&own, tag);
    if (own.failed || !own.data) return cn__fail_memory(strlen(tag), "a tag");
    Cn__Board__Plugin plugin = CN__BOARD__PLUGIN__INIT;
    Cn__Board__Metadata metadata = CN__BOARD__METADATA__INIT;
    Cn__Board__Value value = CN__BOARD__VALUE__INIT, *values[] = {&value};
    Cn__Board__Summary summary = CN__BOARD__SUMMARY__INIT;
    Cn__Board__Event event = CN__BOARD__EVENT__INIT;
    plugin.name = (char *)plugin_name;
    metadata.plugin = &plugin, metadata.data_class = data_class;
    value.tag = own.data, value.metadata = &metadata;
    value.number_case = CN__BOARD__VALUE__NUMBER_TENSOR, value.tensor = tensor;
    summary.values = values, summary.n_values = 1;
    event.step = step, event.summary = &summary;
    cn_status status = write_event(file, &event);
    cn__text_free(&own);
    return status;
}

cn_status cn__event_scalar(FILE *file, const char *tag, int64_t step, double value)
{
    float number = (float)value;
    Cn__Board__Shape shape = CN__BOARD__SHAPE__INIT;
    Cn__Board__Tensor tensor = CN__BOARD__TENSOR__INIT;
    tensor.type = FLOAT32, tensor.shape = &shape;
    tensor.floats = &number, tensor.n_floats = 1;
    return write_value(file, tag, step, &tensor, "scalars", SCALARS);
}

/* Rows of (from, to, how many), between the least and the greatest value. If these are one, it is the last bucket. */
static bool fill_buckets(double rows[BUCKETS][3], const float *values, size_t n)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (isfinite(values[i])) low = fmin(low, (double)values[i]), high = fmax(high, (double)values[i]);
    if (low > high) return false;
    double width = (high - low) / BUCKETS;
    for (int b = 0; b < BUCKETS; b++) {
        rows[b][0] = low + b * width;
        rows[b][1] = b + 1 < BUCKETS ? low + (b + 1) * width : high;
        rows[b][2] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) continue;
        double place = width > 0 ? floor(((double)values[i] - low) / width) : BUCKETS;
        rows[place < BUCKETS ? (int)place : BUCKETS - 1][2] += 1;
    }
    return true;
}

cn_status cn__event_histogram(FILE *file, const char *tag, int64_t step, const float *values, size_t n)
{
    double rows[BUCKETS][3];
    if (!fill_buckets(rows, values, n)) return CN_OK;
    Cn__Board__Dim sizes[] = {CN__BOARD__DIM__INIT, CN__BOARD__DIM__INIT}, *dims[] = {&sizes[0], &sizes[1]};
    Cn__Board__Shape shape = CN__BOARD__SHAPE__INIT;
    Cn__Board__Tensor tensor = CN__BOARD__TENSOR__INIT;
    sizes[0].size = BUCKETS, sizes[1].size = 3;
    shape.dims = dims, shape.n_dims = 2;
    tensor.type = FLOAT64, tensor.shape = &shape;
    tensor.doubles = rows[0], tensor.n_doubles = (size_t)BUCKETS * 3;
    return write_value(file, tag, step, &tensor, "histograms", TENSORS);
}

cn_status cn__event_image(FILE *file, const char *tag, int64_t step, size_t width, size_t height,
                          const unsigned char *pixels)
{
    char across[24], down[24];
    cn__text png = {0};
    cn_status status = cn__png_grey(width, height, pixels, &png);
    cn__format(across, sizeof across, "%zu", width);
    cn__format(down, sizeof down, "%zu", height);
    ProtobufCBinaryData parts[] = {{strlen(across), (uint8_t *)across},
                                   {strlen(down), (uint8_t *)down},
                                   {png.size, (uint8_t *)png.data}};
    Cn__Board__Dim size = CN__BOARD__DIM__INIT, *dims[] = {&size};
    Cn__Board__Shape shape = CN__BOARD__SHAPE__INIT;
    Cn__Board__Tensor tensor = CN__BOARD__TENSOR__INIT;
    size.size = 3;
    shape.dims = dims, shape.n_dims = 1;
    tensor.type = BYTES, tensor.shape = &shape;
    tensor.strings = parts, tensor.n_strings = 3;
    if (status == CN_OK) status = write_value(file, tag, step, &tensor, "images", BLOBS);
    cn__text_free(&png);
    return status;
}
