#include "cli/options/values.h"

#include <string.h>

#include "cornu/cornu.h"
#include "nn/loss.h"
#include "nn/metrics/metric.h"
#include "nn/optimizers/optimizer.h"
#include "train/train.h"

static void add_word(cn__text *out, const char *word)
{
    cn__text_printf(out, "%s%s", out->size ? " " : "", word);
}

static void add_kinds(cn__text *out, const cn__registry *registry)
{
    for (size_t i = 0; registry->kinds[i]; i++) add_word(out, registry->kinds[i]->name);
}

static void add_registry(cn__text *out, const char *option)
{
    if (strcmp(option, "optimizer") == 0) add_kinds(out, &cn__optimizers);
    if (strcmp(option, "loss") == 0) add_kinds(out, cn__losses());
    if (strcmp(option, "metrics") == 0 || strcmp(option, "weighted-metrics") == 0)
        add_kinds(out, &cn__metrics);
    if (strcmp(option, "callbacks") == 0) add_kinds(out, &cn__callbacks);
}

static void add_choices(cn__text *out, const char *choices)
{
    while (*choices) {
        const size_t size = strcspn(choices, "|");
        cn__text_printf(out, "%s%.*s", out->size ? " " : "", (int)size, choices);
        choices += size + (choices[size] == '|');
    }
}

cn__values cn__values_of(const cn__option *option)
{
    cn__values v = {.files = false};
    switch (cn__argument_kind_of(option)) {
    case CN_ARGUMENT_CHOICES: add_choices(&v.words, option->argument); break;
    case CN_ARGUMENT_FOLDER: v.folders = true; break;
    case CN_ARGUMENT_INPUT:
    case CN_ARGUMENT_OUTPUT: v.files = true; break;
    case CN_ARGUMENT_WORD: break;
    }
    if (option->kind == CN_OPTION_TEXT && strncmp(option->argument, "NAME|", 5) == 0)
        for (const char *const *name = cn_dataset_names(); *name; name++) add_word(&v.words, *name);
    if (option->kind == CN_OPTION_TEXT) add_registry(&v.words, option->name);
    return v;
}
