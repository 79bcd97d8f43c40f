/* Completion for fish. */
#include "cli/cli.h"
#include "cli/completion/completion.h"
#include "cli/options/values.h"

static void print_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

static void print_option(FILE *out, const char *condition, const cn__option *o)
{
    const char letter = cn__option_letter(o);
    const bool on = o->kind == CN_OPTION_FLAG && o->fallback && o->fallback[0] == 't';
    cn__values v = cn__values_of(o);
    if (o->kind == CN_OPTION_HEADING) return;
    fprintf(out, "complete -c cornu%s -l %s%s", condition, on ? "no-" : "", o->name);
    if (letter && !on) fprintf(out, " -s %c", letter);
    if (o->kind != CN_OPTION_FLAG && o->kind != CN_OPTION_OUTPUT) fputs(v.files ? " -r -F" : " -x", out);
    if (v.words.data) fprintf(out, " -a '%s'", v.words.data);
    else if (v.folders) fputs(" -a '(__fish_complete_directories)'", out);
    fputs(" -d ", out);
    print_quoted(out, o->help);
    fputc('\n', out);
    cn__text_free(&v.words);
}

static void print_actions(FILE *out, const cn__command *c)
{
    for (size_t i = 0; i < c->action_count; i++) {
        fprintf(out,
                "complete -c cornu -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from",
                c->name);
        for (size_t k = 0; k < c->action_count; k++) fprintf(out, " %s", c->actions[k].name);
        fprintf(out, "' -a %s -d ", c->actions[i].name);
        print_quoted(out, c->actions[i].summary);
        fputc('\n', out);
    }
}

static void print_command(FILE *out, const cn__command *c)
{
    char condition[80];
    cn__format(condition, sizeof condition, " -n '__fish_seen_subcommand_from %s'", c->name);
    for (size_t i = 0; i < c->option_count; i++) print_option(out, condition, &c->options[i]);
    print_actions(out, c);
}

void cn__completion_fish(FILE *out)
{
    fputs("# fish completion for cornu; made by cornu completion fish\n", out);
    for (int i = 0; i < CN_COMMANDS; i++) {
        fprintf(out, "complete -c cornu -f -n __fish_use_subcommand -a %s -d ", cn__commands[i]->name);
        print_quoted(out, cn__commands[i]->summary);
        fputc('\n', out);
    }
    fputs("complete -c cornu -f -n __fish_use_subcommand -a help -d 'print the help of a command'\n"
          "complete -c cornu -n __fish_use_subcommand -l version -s V -d 'print the version'\n",
          out);
    for (size_t i = 0; i < CN_COMMON_OPTIONS; i++) print_option(out, "", &cn__common_options[i]);
    for (int i = 0; i < CN_COMMANDS; i++) print_command(out, cn__commands[i]);
}
