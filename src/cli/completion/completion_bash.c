/* Completion for bash, without the functions of the package bash-completion. */
#include "cli/cli.h"
#include "cli/completion/completion.h"
#include "cli/options/values.h"

static const char begin[] =
    "# bash completion for cornu; made by cornu completion bash\n"
    "_cornu_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\"); }\n"
    "_cornu_words() { mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
    "_cornu() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i\n"
    "    COMPREPLY=()\n"
    "    # '=' is a word of its own: --color=auto is three\n"
    "    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        --color) ((i++)); [[ ${COMP_WORDS[i]} != = ]] || ((i++)) ;;\n"
    "        -*) ;;\n"
    "        *) command=${COMP_WORDS[i]}; break ;;\n"
    "        esac\n"
    "    done\n"
    "    case $command in\n";

/* "--model | -m" */
static void print_names(FILE *out, const cn__option *option)
{
    const char letter = cn__option_letter(option);
    fprintf(out, "--%s", option->name);
    if (letter) fprintf(out, " | -%c", letter);
}

static void print_values(FILE *out, const cn__option *option)
{
    cn__values v = cn__values_of(option);
    if (option->kind == CN_OPTION_FLAG || option->kind == CN_OPTION_HEADING) return;
    fprintf(out, "        ");
    print_names(out, option);
    fprintf(out, ")");
    if (v.files) fprintf(out, " _cornu_files -f;");
    if (v.folders) fprintf(out, " _cornu_files -d;");
    if (v.words.data) fprintf(out, " _cornu_words '%s';", v.words.data);
    fprintf(out, " return ;;\n");
    cn__text_free(&v.words);
}

static void print_option_words(FILE *out, const cn__option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const cn__option *o = &options[i];
        if (o->kind == CN_OPTION_HEADING) continue;
        fprintf(out, " --%s", o->name);
        if (o->kind == CN_OPTION_FLAG && o->fallback && o->fallback[0] == 't')
            fprintf(out, " --no-%s", o->name);
    }
}

static void print_command(FILE *out, const cn__command *c)
{
    fprintf(out, "    %s)\n        case $prev in\n", c->name);
    for (size_t i = 0; i < c->option_count; i++) print_values(out, &c->options[i]);
    print_values(out, &cn__common_options[0]);
    fprintf(out, "        esac\n        if [[ $cur == -* ]]; then _cornu_words '");
    print_option_words(out, c->options, c->option_count);
    print_option_words(out, cn__common_options, CN_COMMON_OPTIONS);
    fprintf(out, "'; return; fi\n");
    if (!c->action_count && !c->operands[0] && c->words_high <= 1) fprintf(out, "        ;;\n");
    if (c->action_count) {
        fprintf(out, "        if [[ $prev == %s ]]; then _cornu_words '", c->name);
        for (size_t i = 0; i < c->action_count; i++) fprintf(out, " %s", c->actions[i].name);
        fprintf(out, "'; return; fi\n");
    }
    if (c->action_count || c->operands[0] || c->words_high > 1) fprintf(out, "        _cornu_files -f ;;\n");
}

void cn__completion_bash(FILE *out)
{
    fputs(begin, out);
    for (int i = 0; i < CN_COMMANDS; i++) print_command(out, cn__commands[i]);
    fprintf(out, "    help) _cornu_words '");
    for (int i = 0; i < CN_COMMANDS; i++) fprintf(out, " %s", cn__commands[i]->name);
    fprintf(
        out,
        "' ;;\n    '')\n        if [[ $prev == --color ]]; then _cornu_words 'auto always never'; return; fi\n"
        "        _cornu_words 'help --help --version --color");
    for (int i = 0; i < CN_COMMANDS; i++) fprintf(out, " %s", cn__commands[i]->name);
    fprintf(out, "' ;;\n    esac\n}\ncomplete -F _cornu cornu\n");
}
