/* Manual pages in man(7)'s language, from the tables of the commands. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text/text.h"
#include "cli/cli.h"

/* Plain text: a dash that is typed is \-, and no line begins with a command of roff's. */
static void print_text(FILE *out, const char *text, bool line_start)
{
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\'')) fputs("\\&", out);
        line_start = *text == '\n';
        if (*text == '\\') fputs("\\e", out);
        else if (*text == '-') fputs("\\-", out);
        else if (*text == '\n' && text[1] == '\n') {
            fputs("\n.PP\n", out);
            text++;
        } else fputc(*text, out);
    }
}

static void print_title(FILE *out, const char *name, const char *upper, const char *summary)
{
    fprintf(out,
            ".\\\" made by cornu help --man\n.TH %s 1 \"\" \"cornu %s\" \"User Commands\"\n.SH NAME\n%s \\- ",
            upper, cn_version(), name);
    char first[2] = {(char)tolower((unsigned char)summary[0]), '\0'};
    print_text(out, first, false);
    print_text(out, summary + 1, false);
    fputc('\n', out);
}

static void print_option(FILE *out, const cn__option *o)
{
    const char letter = cn__option_letter(o);
    const bool on = o->kind == CN_OPTION_FLAG && o->fallback && strcmp(o->fallback, "true") == 0;
    if (o->kind == CN_OPTION_HEADING) {
        fputs(".SS ", out);
        print_text(out, o->help, false);
        fputc('\n', out);
        return;
    }
    fputs(".TP\n", out);
    if (letter && !on) fprintf(out, "\\fB\\-%c\\fR, ", letter);
    fputs("\\fB\\-\\-", out);
    if (on) fputs("no\\-", out);
    print_text(out, o->name, false);
    fputs("\\fR", out);
    if (o->kind == CN_OPTION_OUTPUT) fprintf(out, "[=\\fI%s\\fR]", o->argument);
    else if (o->kind != CN_OPTION_FLAG) fprintf(out, " \\fI%s\\fR", o->argument);
    fputc('\n', out);
    print_text(out, o->help, true);
    if (o->kind != CN_OPTION_FLAG && o->fallback) fprintf(out, " (default %s)", o->fallback);
    fputc('\n', out);
}

static void print_options(FILE *out, const cn__command *c)
{
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < c->option_count; i++) print_option(out, &c->options[i]);
    fputs(".SS Every command\n", out);
    for (size_t i = 0; i < CN_COMMON_OPTIONS; i++) print_option(out, &cn__common_options[i]);
}

static void print_pairs(FILE *out, const char *name, const char *text)
{
    fprintf(out, ".TP\n\\fB%s\\fR\n", name);
    print_text(out, text, true);
    fputc('\n', out);
}

static void print_example(FILE *out, const char *text)
{
    fputs(".SH EXAMPLES\n.nf\n", out);
    print_text(out, text, true);
    fputs("\n.fi\n", out);
}

static void print_exit_codes(FILE *out)
{
    fputs(".SH EXIT STATUS\n", out);
    for (int i = 0; i < CN_EXIT_MEANINGS; i++)
        print_pairs(out, cn__exit_meanings[i].codes, cn__exit_meanings[i].meaning);
}

static void print_see_also(FILE *out, const cn__command *self)
{
    fputs(".SH SEE ALSO\n", out);
    if (self) fputs(".BR cornu (1)", out);
    for (int i = 0; i < CN_COMMANDS; i++)
        if (cn__commands[i] != self)
            fprintf(out, "%s.BR cornu\\-%s (1)", i || self ? ",\n" : "", cn__commands[i]->name);
    fputc('\n', out);
}

void cn__options_man(const cn__command *c, FILE *out)
{
    char name[40], upper[40];
    cn__format(name, sizeof name, "cornu\\-%s", c->name);
    cn__format(upper, sizeof upper, "CORNU\\-%s", c->name);
    for (char *p = upper + strlen("CORNU\\-"); *p; p++) *p = (char)toupper((unsigned char)*p);
    print_title(out, name, upper, c->summary);
    fprintf(out, ".SH SYNOPSIS\n\\fBcornu %s\\fR ", c->name);
    print_text(out, c->usage, false);
    fputs("\n.SH DESCRIPTION\n", out);
    print_text(out, c->summary, true);
    fputs(".\n", out);
    if (c->about) fputs(".PP\n", out);
    if (c->about) print_text(out, c->about, true);
    if (c->about) fputc('\n', out);
    for (size_t i = 0; i < c->action_count; i++) print_pairs(out, c->actions[i].name, c->actions[i].summary);
    print_options(out, c);
    print_exit_codes(out);
    print_example(out, c->example);
    print_see_also(out, c);
}

void cn__program_man(FILE *out)
{
    static const struct {
        const char *name, *meaning;
    } variables[] = {
        {"CORNU_DATA", "folder of data sets, looked at before ./data and the cache"},
        {"CORNU_OFFLINE", "1: download nothing"},
        {"CORNU_MIRROR", "URL that data sets are downloaded from, as in http://host/folder"},
        {"CORNU_ISA", "instruction set to use: avx512, avx2, neon or scalar"},
        {"CORNU_TABLE_CACHE", "most MB of large tables in the cache (1024); 0: none are kept"},
        {"CORNU_IMAGE_MEMORY", "MB of decoded pictures that stay in memory (256); more go to the cache"},
        {"NO_COLOR", "not empty: no colours"},
        {"XDG_CACHE_HOME", "where the folder cornu of caches lies, in place of ~/.cache"},
    };
    print_title(out, "cornu", "CORNU", cn__about_program);
    fputs(".SH SYNOPSIS\n\\fBcornu\\fR \\fICOMMAND\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n", out);
    print_text(out, cn__about_program, true);
    fputs(".\n.SH COMMANDS\n", out);
    for (int i = 0; i < CN_COMMANDS; i++) {
        fprintf(out, ".TP\n.BR cornu\\-%s (1)\n", cn__commands[i]->name);
        print_text(out, cn__commands[i]->summary, true);
        fputc('\n', out);
    }
    fputs(".SH OPTIONS\n.TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nprint the help; \\fBcornu\\fR \\fICOMMAND\\fR "
          "\\fB\\-\\-help\\fR says more\n.TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nprint the version\n",
          out);
    print_option(out, &cn__common_options[0]);
    print_exit_codes(out);
    fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        print_pairs(out, variables[i].name, variables[i].meaning);
    print_example(
        out,
        "  cornu train --data mnist --layers \"dense 512 relu; dense 10 softmax\" --metrics accuracy --epochs 5");
    print_see_also(out, NULL);
}
