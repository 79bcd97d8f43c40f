/* A number from the other columns of a table: the energy that heats a house on a day (labs/heating.csv).
 *     cc regression.c $(pkg-config --cflags --libs cornu) -o regression && ./regression heating.csv energy_kwh */
#include <cornu/cornu.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc < 3) return fprintf(stderr, "usage: regression FILE.csv COLUMN\n"), 2;
    const char *const target[] = {argv[2]};
    cn_array x = {0}, y = {0}, train_x = {0}, train_y = {0}, test_x = {0}, test_y = {0};
    cn_table *table = cn_table_read(argv[1], NULL);
    cn_preparation *p =
        table
            ? cn_preparation_new(table, &(cn_preparation_options){.target = {target, 1}, .missing = "median"})
            : NULL;
    if (!p || cn_preparation_scale(p, "standard", table, NULL, 0) != CN_OK ||
        cn_preparation_apply(p, table, NULL, 0, &x, &y) != CN_OK ||
        cn_data_split(&x, &y, 0.2, 1, &train_x, &train_y, &test_x, &test_y) != CN_OK)
        return fprintf(stderr, "%s\n", cn_error()), 1;
    for (size_t i = 0; i < cn_preparation_features(p); i++)
        printf("%s%s", i ? ", " : "from ", cn_preparation_feature(p, i));
    printf("\n");

    cn_model *m = cn_model_new("regression");
    cn_model_add(m, cn_dense(64, .activation = "relu"));
    cn_model_add(m, cn_dense(64, .activation = "relu"));
    cn_model_add(m, cn_dense(1));
    cn_model_compile(m, .optimizer = "adam(learning_rate=0.003)", .loss = "mse", .metrics = "mae, r2_score");
    cn_history *h = cn_model_fit(m, &train_x, &train_y, .epochs = 200, .validation_split = 0.2,
                                 .callbacks = "early_stopping(patience=20, restore_best_weights=true)");
    cn_logs *scores = h ? cn_model_evaluate(m, &test_x, &test_y) : NULL;
    if (!scores) return fprintf(stderr, "%s\n", cn_error()), 1;
    printf("%zu epochs; on rows that it has not seen %s is off by %.2f on average (R2 %.3f)\n",
           cn_history_epochs(h), argv[2], cn_logs_get(scores, "mae"), cn_logs_get(scores, "r2_score"));

    cn_logs_free(scores), cn_history_free(h), cn_model_free(m);
    cn_array_free(&x), cn_array_free(&y), cn_array_free(&train_x), cn_array_free(&train_y);
    cn_array_free(&test_x), cn_array_free(&test_y);
    cn_preparation_free(p), cn_table_free(table);
    return 0;
}
