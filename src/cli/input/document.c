#include "cli/input/document.h"

#include <string.h>

#include "base/files/file.h"
#include "cli/standard.h"

cn_status cn__document_input(const char **path, cn__lab_options *lab, char **text)
{
    enum { MOST = 16 << 20 };
    size_t size;
    const char *in = *path;
    if (!in || strcmp(in, "-") != 0) return CN_OK;
    CN_TRY(cn__standard_input("document", &in));
    CN_TRY(cn__file_read(in, text, &size, MOST));
    if (strlen(*text) != size)
        return cn__fail(CN_ERROR_DATA, "the standard input is not text: it contains a zero byte");
    lab->text = *text, *path = "standard input";
    return CN_OK;
}
