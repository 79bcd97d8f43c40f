static cn_status load_table(cn__arena *arena, const char *name, const cn__arguments *a, uint64_t seed,
                            cn__stage *s)
{
    (void)arena, (void)a, (void)seed, (void)s, (void)draw_test;
    return cn__fail(CN_ERROR_FORMAT, "%s: tables are not read", name);
}
