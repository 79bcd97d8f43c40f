#include "lab/data/download.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/text/format.h"
#include "base/system/system.h"
#include "base/system/terminal.h"

void cn__report_download(void *user, const char *file, double bytes, double total)
{
    (void)user;
    static _Thread_local double drawn;
    const bool done = total > 0 && bytes >= total;
    char line[160];
    if (!cn__terminal_redraws(stderr) || bytes <= 0 || (!done && cn__clock() - drawn < 0.1)) return;
    drawn = cn__clock();
    int size = cn__format(line, sizeof line, "fetching %s: %.1f", file, bytes / 1e6);
    if (total > 0)
        size += cn__format(line + size, sizeof line - (size_t)size, " of %.1f MB (%.0f%%)", total / 1e6,
                           100 * bytes / total);
    else size += cn__format(line + size, sizeof line - (size_t)size, " MB");
    const int columns = (int)cn__terminal_width(stderr) - 1;
    fprintf(stderr, "\r\033[K%.*s%s", columns, line, done ? "\n" : "");
}
