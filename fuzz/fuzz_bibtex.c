/* BibTeX files: every field that is read is text that ends. */
#include <string.h>

#include "fuzz.h"
#include "lab/language/bibtex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cn__arena arena = {0};
    cn__work *works = NULL;
    size_t count = 0, bytes = 0;
    char *text = cn__malloc(size + 1);
    PROMISE(text);
    memcpy(text, data, size);
    text[size] = '\0';
    if (cn__bibtex_read(&arena, "fuzz.bib", text, &works, &count) == CN_OK)
        for (size_t i = 0; i < count; i++) {
            PROMISE(works[i].key && *works[i].key && works[i].line);
            for (int k = 0; k < CN_WORK_FIELDS; k++)
                if (works[i].field[k]) bytes += strlen(works[i].field[k]);
        }
    PROMISE(bytes == 0 || size > 0);
    cn__arena_free(&arena);
    cn__free(text);
    return 0;
}
