/* TensorBoard's event files, as cornu runs import reads them. */
#include <stdint.h>

#include "formats/tensorboard/event_read.h"

static cn_status count(void *user, const char *tag, int64_t step, double value)
{
    (void)tag, (void)step, (void)value;
    ++*(size_t *)user;
    return CN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n = 0;
    const cn__infile file = {.name = "events", .bytes = data, .size = size};
    (void)!cn__events_read(&file, count, &n);
    return 0;
}
