#include "cli/options/wrap.h"

#include <string.h>
#include <unistd.h>

#include "base/system/terminal.h"
#include "base/text/text.h"

void cn__print_wrapped(FILE *out, int width, const char *text, int at, int indent)
{
    while (*text) {
        const int bytes = (int)strcspn(text, " \n");
        char word[256];
        cn__format(word, sizeof word, "%.*s", bytes, text);
        const int columns = (int)cn__text_width(word);
        if (at > indent && at + 1 + columns > width) {
            fputc('\n', out);
            at = 0;
        }
        if (at < indent) at += fprintf(out, "%*s", indent - at, "");
        else if (at > indent) at += fprintf(out, " ");
        fputs(word, out);
        at += columns;
        text += bytes;
        if (strncmp(text, "\n\n", 2) == 0) {
            fputs("\n\n", out);
            at = 0;
        }
        text += strspn(text, " \n");
    }
    fputc('\n', out);
}

void cn__print_entry(const char *name, const char *rest)
{
    enum { NARROW = 60, NARROW_INDENT = 4 };
    const int at = printf("  %-14s ", name);
    const int width = (int)cn__terminal_width(stdout);
    if (!isatty(STDOUT_FILENO) || at + (int)cn__text_width(rest) <= width) {
        printf("%s\n", rest);
        return;
    }
    cn__print_wrapped(stdout, width, rest, at, width < NARROW ? NARROW_INDENT : at);
}
