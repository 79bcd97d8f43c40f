/* Reading TensorBoard's event files: the scalars in them, of any writer. */
#ifndef CN_FORMATS_EVENT_READ_H
#define CN_FORMATS_EVENT_READ_H

#include <stdint.h>

#include "base/files/file.h"

/* Calls `scalar` for each scalar of the file, in its order. Other kinds of values are passed over; a file that ends within a
 * record (its writer still writes, or was killed) ends there. A record whose checksum is wrong is a failure. */
CN_CHECK cn_status cn__events_read(const cn__infile *file,
                                   cn_status (*scalar)(void *user, const char *tag, int64_t step,
                                                       double value),
                                   void *user);

#endif
