/* A notebook as a lab document: what becomes Markdown is split into parts, and code cells stay blocks of their own. */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "lab/language/document.h"
#include "lab/language/notebook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = cn__malloc(size + 1);
    PROMISE(json);
    memcpy(json, data, size);
    json[size] = '\0';
    cn__text text = {0};
    if (cn__notebook_to_markdown("fuzz.ipynb", json, &text) == CN_OK) {
        cn__lab_document document;
        cn__mistakes mistakes = {.file = "fuzz.ipynb"};
        (void)!cn__lab_document_parse("fuzz.ipynb", text.data ? text.data : "", text.size, &document,
                                      &mistakes);
        (void)!cn__mistakes_end(&mistakes);
        cn__lab_document_free(&document);
    }
    cn__text_free(&text);
    cn__free(json);
    return 0;
}
