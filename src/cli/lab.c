/* cornu lab. */
#include <stddef.h>

#include "cli/cli.h"
#include "lab/lab.h"

static const cn__option table[] = {
    TEXT_OPTION(cn__lab_options, "data", data, "NAME", "mnist", "the data set (cornu data list names them)"),
    TEXT_OPTION(cn__lab_options, "data-dir", data_dir, "DIR", NULL, "look for data sets here first"),
    TEXT_OPTION(cn__lab_options, "only", only, "A,B", NULL,
                "these networks alone, by their short names: m512,final"),
    TEXT_OPTION(cn__lab_options, "out", out, "DIR", "lab-out", "where results.json goes"),
    TEXT_OPTION(cn__lab_options, "lang", language, "es|en", "es", "language of what is printed"),
    COUNT_OPTION(cn__lab_options, "seed", seed, "0", 0, 0, "of first weights, order of samples and dropout"),
    COUNT_OPTION(cn__lab_options, "jobs", jobs, "0", 0, 256,
                 "networks that train at once; 0: one a processor"),
    COUNT_OPTION(cn__lab_options, "threads", threads, "0", 0, 256,
                 "threads for each; 0: processors / jobs. The results do not depend on it"),
    COUNT_OPTION(cn__lab_options, "epochs-limit", epochs_limit, "0", 0, 1e6,
                 "no more epochs than this; 0: as listed"),
    COUNT_OPTION(cn__lab_options, "samples", samples, "0", 0, 1e9,
                 "the first N samples alone, for a quick look; 0: all"),
    FLAG_OPTION(cn__lab_options, "quiet", quiet, "false", "print nothing"),
};

static int run(const void *options, int count, char *const *words)
{
    (void)count, (void)words;
    bool missing;
    cn_status status = cn__lab_run(options, &missing);
    return missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__lab_command = {
    .name = "lab",
    .summary = "train and compare the lab's networks",
    .usage = "[options]",
    .about =
        "Trains the list of sixteen networks on MNIST, several side by side, prints every epoch, the comparisons, the\n"
        "confusion matrix and the classification report, and writes all of it to results.json.",
    .example = "cornu lab\ncornu lab --only m512,final --lang en",
    .options = table,
    .option_count = sizeof table / sizeof table[0],
    .options_size = sizeof(cn__lab_options),
    .run = run,
};
