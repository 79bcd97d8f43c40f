#include "base/system/terminal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static atomic_int wanted;

void cn__terminal_set_color(cn__color when) { atomic_store(&wanted, when); }

bool cn__terminal_redraws(FILE *stream)
{
    const char *term = getenv("TERM");
    return term && *term && strcmp(term, "dumb") != 0 && isatty(fileno(stream));
}

bool cn__terminal_has_color(FILE *stream)
{
    const char *none = getenv("NO_COLOR");
    switch (atomic_load(&wanted)) {
    case CN_COLOR_ALWAYS: return true;
    case CN_COLOR_NEVER: return false;
    default: return !(none && *none) && cn__terminal_redraws(stream);
    }
}

size_t cn__terminal_width(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *columns = getenv("COLUMNS");
    long width = columns ? strtol(columns, NULL, 10) : 0;
    return width > 0 && width < 10000 ? (size_t)width : 80;
}

size_t cn__terminal_prefix(const char *utf8, size_t columns)
{
    size_t bytes = 0;
    while (utf8[bytes]) {
        const bool begins = ((unsigned char)utf8[bytes] & 0xc0) != 0x80;
        if (begins && columns-- == 0) break;
        bytes++;
    }
    return bytes;
}
