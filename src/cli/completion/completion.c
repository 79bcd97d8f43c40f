/* cornu completion. */
#include <stddef.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/completion/completion.h"

static const cn__action actions[] = {
    {"bash", "for ~/.local/share/bash-completion/completions/cornu"},
    {"zsh", "for a file _cornu in a folder of $fpath"},
    {"fish", "for ~/.config/fish/completions/cornu.fish"},
};

static int run(const void *given, int count, char *const *words)
{
    static void (*const write[])(FILE *) = {cn__completion_bash, cn__completion_zsh, cn__completion_fish};
    const char *names[3];
    (void)given, (void)count;
    for (size_t i = 0; i < 3; i++) {
        names[i] = actions[i].name;
        if (strcmp(words[0], names[i]) != 0) continue;
        write[i](stdout);
        return CN_EXIT_OK;
    }
    return cn__exit_code(cn__fail_word(CN_ERROR_ARGUMENT, "shell", words[0], names, 3));
}

const cn__command cn__completion_command = {
    .name = "completion",
    .summary = "Print a script that completes command lines, for bash, zsh or fish",
    .usage = "bash | zsh | fish",
    .about = "Packages and cmake --install put the scripts where the shells look for them.",
    .example = "  source <(cornu completion bash)",
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .words_low = 1,
    .words_high = 1,
    .run = run,
};
