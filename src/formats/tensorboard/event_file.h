/* TensorBoard's event files: records framed as TFRecord frames them (length, its checksum, data, its checksum). */
#ifndef CN_FORMATS_EVENT_FILE_H
#define CN_FORMATS_EVENT_FILE_H

#include <stdint.h>
#include <stdio.h>

#include "base/files/outdir.h"
#include "base/status.h"
#include "base/text/text.h"

/* Makes events.out.tfevents.… in a folder, which is made where it is missing. Times are those of the clock, or the one in
 * $SOURCE_DATE_EPOCH, which makes equal trainings give equal files. The folder lies inside `dir` and leads nowhere else; NULL: it is any path. */
CN_CHECK cn_status cn__event_file_open(const cn__outdir *dir, const char *folder, FILE **out);

/* Kinds of values, as TensorBoard's plugins call them; each is one event. */
CN_CHECK cn_status cn__event_scalar(FILE *file, const char *tag, int64_t step, double value);
/* A histogram of 30 buckets over the finite ones of n values; nothing if there are none. */
CN_CHECK cn_status cn__event_histogram(FILE *file, const char *tag, int64_t step, const float *values,
                                       size_t n);
/* Grey pixels, row by row. */
CN_CHECK cn_status cn__event_image(FILE *file, const char *tag, int64_t step, size_t width, size_t height,
                                   const unsigned char *pixels);

/* Grey pixels as a PNG, appended to `out`. */
CN_CHECK cn_status cn__png_grey(size_t width, size_t height, const unsigned char *pixels, cn__text *out);

/* CRC-32C (Castagnoli), as in RFC 3720, B.4. */
uint32_t cn__crc32c(const void *bytes, size_t size);

#endif
