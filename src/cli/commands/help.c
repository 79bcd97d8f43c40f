/* The help of the program and of a subcommand, from the tables. On a narrow terminal what an option does stands below its name. */
#include <stdio.h>
#include <string.h>

#include "base/system/terminal.h"
#include "base/text/text.h"
#include "cli/cli.h"
#include "cli/options/wrap.h"

enum { WIDEST = 100, NARROW = 72, COLUMN = 34, NARROW_COLUMN = 8 };

typedef struct page {
    FILE *out;
    int width, column; /* of the text behind an option's name */
    bool color;
} page;

static page make_page(FILE *out)
{
    const size_t width = cn__terminal_width(out);
    page p = {
        .out = out, .width = width < WIDEST ? (int)width : WIDEST, .color = cn__terminal_has_color(out)};
    p.column = p.width < NARROW ? NARROW_COLUMN : COLUMN;
    return p;
}

static void print_wrapped(const page *p, const char *text, int at, int indent)
{
    cn__print_wrapped(p->out, p->width, text, at, indent);
}

static void print_heading(const page *p, const char *text)
{
    fputs(p->color ? "\n\033[1m" : "\n", p->out);
    fprintf(p->out, "%s%s\n", text, p->color ? "\033[0m" : "");
}

static bool is_on(const cn__option *option)
{
    return option->kind == CN_OPTION_FLAG && option->fallback && strcmp(option->fallback, "true") == 0;
}

static void print_option(const page *p, const cn__option *option)
{
    if (option->kind == CN_OPTION_HEADING) {
        print_heading(p, option->help);
        return;
    }
    cn__text name = {0}, text = {0};
    const char letter = cn__option_letter(option);
    if (letter && !is_on(option)) cn__text_printf(&name, "  -%c, ", letter);
    else cn__text_add(&name, p->width < NARROW ? "  " : "      ");
    cn__text_printf(&name, "--%s%s", is_on(option) ? "no-" : "", option->name);
    if (option->kind == CN_OPTION_OUTPUT) cn__text_printf(&name, "[=%s]", option->argument);
    else if (option->kind != CN_OPTION_FLAG) cn__text_printf(&name, " %s", option->argument);
    cn__text_add(&text, option->help);
    if (option->kind != CN_OPTION_FLAG && option->fallback)
        cn__text_printf(&text, " (default %s)", option->fallback);
    int at = name.failed ? 0 : fprintf(p->out, "%s", name.data);
    if (at + 2 > p->column) {
        fputc('\n', p->out);
        at = 0;
    }
    if (!text.failed) print_wrapped(p, text.data, at, p->column);
    cn__text_free(&name);
    cn__text_free(&text);
}

static void print_actions(const page *p, const cn__command *command)
{
    if (command->action_count) print_heading(p, "Subcommands");
    for (size_t i = 0; i < command->action_count; i++)
        print_wrapped(p, command->actions[i].summary, fprintf(p->out, "  %-11s", command->actions[i].name),
                      13);
}

void cn__options_help(const cn__command *command, FILE *out)
{
    const page p = make_page(out);
    const int at = fprintf(out, "usage: cornu %s", command->name);
    print_wrapped(&p, command->usage, at, p.width < NARROW ? NARROW_COLUMN : at + 1);
    fputc('\n', out);
    cn__text summary = {0};
    cn__text_printf(&summary, "%s.", command->summary);
    if (!summary.failed) print_wrapped(&p, summary.data, 0, 0);
    cn__text_free(&summary);
    print_actions(&p, command);
    if (command->about) fputc('\n', out);
    if (command->about) print_wrapped(&p, command->about, 0, 0);
    if (command->option_count && command->options[0].kind != CN_OPTION_HEADING) print_heading(&p, "Options");
    for (size_t i = 0; i < command->option_count; i++) print_option(&p, &command->options[i]);
    print_heading(&p, "Every command");
    for (size_t i = 0; i < CN_COMMON_OPTIONS; i++) print_option(&p, &cn__common_options[i]);
    print_heading(&p, command->example && strchr(command->example, '\n') ? "Examples" : "Example");
    fprintf(out, "%s\n", command->example);
}

static void print_pair(const page *p, const char *name, int width, const char *text)
{
    print_wrapped(p, text, fprintf(p->out, "  %-*s ", width, name), width + 3);
}

void cn__program_help(FILE *out)
{
    const page p = make_page(out);
    fprintf(out, "usage: cornu COMMAND [options]\n\n%s.\n", cn__about_program);
    print_heading(&p, "Commands");
    for (int i = 0; i < CN_COMMANDS; i++) print_pair(&p, cn__commands[i]->name, 10, cn__commands[i]->summary);
    print_heading(&p, "Options");
    print_pair(&p, "-h, --help", 28, "print this text; cornu COMMAND --help shows its options");
    print_pair(&p, "-V, --version", 28, "print the version");
    print_pair(&p, "    --color WHEN", 28, cn__common_options[0].help);
    print_heading(&p, "Exit codes");
    for (int i = 0; i < CN_EXIT_MEANINGS; i++)
        print_pair(&p, cn__exit_meanings[i].codes, 13, cn__exit_meanings[i].meaning);
    print_heading(&p, "Example");
    fputs(
        "  cornu train --data mnist --layers \"dense 512 relu; dense 10 softmax\" --metrics accuracy --epochs 5\n",
        out);
}
