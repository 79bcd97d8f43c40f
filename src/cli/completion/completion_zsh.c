/* Completion for zsh, by _arguments. */
#include <string.h>

#include "cli/cli.h"
#include "cli/completion/completion.h"
#include "cli/options/values.h"

/* Within single quotes, where _arguments and _describe have meanings of their own for some characters. */
static void print_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'') fputs("'\\''", out);
        else if (strchr("[]:", *text)) fprintf(out, "\\%c", *text);
        else fputc(*text, out);
    }
}

/* ":FILE:_files" */
static void print_values(FILE *out, const cn__option *option)
{
    cn__values v = cn__values_of(option);
    fputc(':', out);
    print_text(out, option->argument);
    fputc(':', out);
    if (v.files && v.words.data)
        fprintf(out, "{_alternative \"names\\:name\\:(%s)\" \"files\\:file\\:_files\"}", v.words.data);
    else if (v.words.data) fprintf(out, "(%s)", v.words.data);
    else if (v.files) fputs("_files", out);
    else if (v.folders) fputs("_files -/", out);
    else fputc(' ', out);
    cn__text_free(&v.words);
}

static void print_option(FILE *out, const cn__option *o)
{
    const char letter = cn__option_letter(o);
    const bool on = o->kind == CN_OPTION_FLAG && o->fallback && o->fallback[0] == 't',
               value = o->kind != CN_OPTION_FLAG, all = o->all != 0;
    if (o->kind == CN_OPTION_HEADING) return;
    fputs(" \\\n            ", out);
    if (letter && !on) {
        fprintf(out, all ? "'*'" : "'(-%c --%s)'", letter, o->name);
        fprintf(out, "{-%c%s,--%s%s}'", letter, value ? "+" : "", o->name, value ? "=" : "");
    } else {
        fprintf(out, "'%s--%s%s%s", all ? "*" : "", on ? "no-" : "", o->name,
                o->kind == CN_OPTION_OUTPUT ? "=-"
                : value                     ? "="
                                            : "");
    }
    fputc('[', out);
    print_text(out, o->help);
    fputc(']', out);
    if (o->kind == CN_OPTION_OUTPUT) fputc(':', out);
    if (value) print_values(out, o);
    fputc('\'', out);
}

static void print_command(FILE *out, const cn__command *c)
{
    fprintf(out, "        %s)\n            _arguments -s -S", c->name);
    for (size_t i = 0; i < c->option_count; i++) print_option(out, &c->options[i]);
    for (size_t i = 0; i < CN_COMMON_OPTIONS; i++) print_option(out, &cn__common_options[i]);
    if (c->action_count) {
        fputs(" \\\n            '1:subcommand:((", out);
        for (size_t i = 0; i < c->action_count; i++) {
            fprintf(out, "%s%s\\:\"", i ? " " : "", c->actions[i].name);
            print_text(out, c->actions[i].summary);
            fputc('"', out);
        }
        fputs("))'", out);
    }
    if (c->action_count || c->operands[0] || c->words_high > 1)
        fputs(" \\\n            '*:file:_files'", out);
    fputs(" ;;\n", out);
}

void cn__completion_zsh(FILE *out)
{
    fputs(
        "#compdef cornu\n# zsh completion for cornu; made by cornu completion zsh\n_cornu() {\n"
        "    local curcontext=$curcontext state line\n    local -A opt_args\n"
        "    _arguments -C '(-h --help)'{-h,--help}'[print the help]' '(-V --version)'{-V,--version}'[print the version]' \\\n"
        "        '--color=[colours on a terminal]:when:(auto always never)' '1:command:->command' '*::argument:->arguments'\n"
        "    case $state in\n    command)\n        local -a commands=(",
        out);
    for (int i = 0; i < CN_COMMANDS; i++) {
        fprintf(out, "\n            '%s:", cn__commands[i]->name);
        print_text(out, cn__commands[i]->summary);
        fputc('\'', out);
    }
    fputs(
        "\n            'help:print the help of a command'\n        )\n        _describe command commands ;;\n    arguments)\n"
        "        case $words[1] in\n",
        out);
    for (int i = 0; i < CN_COMMANDS; i++) print_command(out, cn__commands[i]);
    fputs(
        "        esac ;;\n    esac\n}\nif [[ $funcstack[1] == _cornu ]]; then _cornu \"$@\"; else compdef _cornu cornu; fi\n",
        out);
}
