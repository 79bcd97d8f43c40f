/* The table behind `dataset FILE.csv`: part of dataset.c. */
static cn_status named_columns(cn__arena *arena, const cn__value *v, const char ***names, size_t *count)
{
    *count = !v || v->kind == CN_VALUE_NONE ? 0 : v->kind == CN_VALUE_LIST ? v->count : 1;
    *names = *count ? cn__arena_array(arena, *count, sizeof **names) : NULL;
    if (*count && !*names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < *count; i++) {
        const cn__value *item = v->kind == CN_VALUE_LIST ? &v->items[i] : v;
        if (!((*names)[i] = cn__value_name(item)))
            return cn__fail(CN_ERROR_ARGUMENT, "dataset: columns=%s, expected names: columns=[area, wind]",
                            cn__value_text(arena, v));
    }
    return CN_OK;
}

static const char *const *copy_names(cn__arena *arena, const char *const *names, size_t count)
{
    const char **copies = cn__arena_array(arena, count ? count : 1, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++)
        if (!(copies[i] = cn__arena_strdup(arena, names[i]))) return NULL;
    return copies;
}

static cn_status take_table(cn__arena *arena, const cn__arguments *a, uint64_t seed, cn_csv_arrays *t,
                            cn__stage *s)
{
    if (t->classes && a->task && *a->task == 'r')
        return cn__fail(CN_ERROR_ARGUMENT, "dataset: task=regression, and the target '%s' holds words",
                        a->target);
    s->target = a->target;
    s->features = t->features;
    s->classes = t->classes;
    s->feature_names = copy_names(arena, t->feature_names, t->features);
    if (t->classes) s->class_names = copy_names(arena, t->class_names, t->classes);
    if (!s->feature_names || (t->classes && !s->class_names)) return CN_ERROR_MEMORY;
    return draw_test(s, &t->x, &t->y, a->test_split, seed);
}

static cn_status load_table(cn__arena *arena, const char *name, const cn__arguments *a, uint64_t seed,
                            cn__stage *s)
{
    cn_csv csv;
    cn_csv_arrays arrays;
    const char **columns;
    size_t count;
    if (!a->target)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "dataset %s: which column is to be predicted? Expected target=COLUMN", name);
    CN_TRY(named_columns(arena, a->columns_named, &columns, &count));
    CN_TRY(cn_csv_read(name, &csv));
    const cn_csv_options options = {.target = a->target,
                                    .columns = columns,
                                    .column_count = count,
                                    .classes = a->task && strcmp(a->task, "classification") == 0};
    cn_status status = cn_csv_to_arrays(&csv, &options, &arrays);
    cn_csv_free(&csv);
    if (status != CN_OK) return status;
    s->name = s->source = name;
    status = take_table(arena, a, seed, &arrays, s);
    cn_csv_arrays_free(&arrays);
    return status;
}
