/* The notation of values: what is read is printed as text that is read as the same. */
#include <string.h>

#include "base/text/value.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cn__arena arena = {0};
    cn__value value, again, list;
    char *text = cn__arena_alloc(&arena, size + 1);
    PROMISE(text);
    memcpy(text, data, size);
    if (cn__value_parse(&arena, text, &value) == CN_OK) {
        const char *printed = cn__value_text(&arena, &value);
        PROMISE(printed && cn__value_parse(&arena, printed, &again) == CN_OK);
        PROMISE(strcmp(printed, cn__value_text(&arena, &again)) == 0);
    }
    (void)!cn__value_parse_list(&arena, text, &list);
    cn__arena_free(&arena);
    return 0;
}
