/* Members of the data and of the lab. */
#include <string.h>

#include "lab/show/expression_members.h"

/* What stands above the place, or else the first below. */
static const cn__stage *stage_at(const cn__program *p, size_t part)
{
    while (!p->parts[part].stage && part + 1 < p->document.count) part++;
    return p->parts[part].stage;
}

cn_status cn__scope_data(const cn__scope *scope, const cn__segment *s, size_t count, cn__lab_value *out)
{
    static const char *const known[] = {"name", "train", "test", "classes", "features", "target"};
    const cn__stage *stage = stage_at(scope->program, scope->part);
    if (count != 1)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "expected data.name, data.train, data.test, data.classes or data.features");
    if (!stage) return cn__fail(CN_ERROR_ARGUMENT, "data: there is no data set");
    size_t which = 0;
    while (which < 6 && strcmp(s->name, known[which]) != 0) which++;
    switch (which) {
    case 0: return cn__lab_text(out, stage->name);
    case 1: return cn__lab_number(out, (double)stage->x.shape[0]);
    case 2: return cn__lab_number(out, (double)stage->test_x.shape[0]);
    case 3: return cn__lab_number(out, (double)stage->classes);
    case 4: return cn__lab_number(out, (double)cn_array_sample_size(&stage->x));
    case 5: return cn__lab_text(out, stage->targets ? cn__target_text(scope->arena, stage) : NULL);
    default: return cn__fail_word(CN_ERROR_ARGUMENT, "member of data", s->name, known, 6);
    }
}

cn_status cn__scope_lab(const cn__scope *scope, const cn__segment *s, size_t count, cn__lab_value *out)
{
    static const char *const known[] = {"seconds", "seed", "networks"};
    const cn__program *p = scope->program;
    if (count != 1) return cn__fail(CN_ERROR_ARGUMENT, "expected lab.seconds, lab.seed or lab.networks");
    double seconds = 0;
    size_t networks = 0;
    for (size_t i = 0; i < p->job_count; i++) seconds += cn__job_seconds(p->jobs[i]);
    for (size_t i = 0; i < p->model_count; i++) networks += p->models[i]->all != NULL;
    if (strcmp(s->name, known[0]) == 0) return cn__lab_number(out, seconds);
    if (strcmp(s->name, known[1]) == 0) return cn__lab_number(out, (double)p->seed);
    if (strcmp(s->name, known[2]) == 0) return cn__lab_number(out, (double)networks);
    return cn__fail_word(CN_ERROR_ARGUMENT, "member of lab", s->name, known, 3);
}
