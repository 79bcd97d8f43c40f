/* From a table to a network that reads new rows: the species of irises (Fisher, 1936).
 *     cc iris.c $(pkg-config --cflags --libs cornu) -o iris && ./iris iris.csv */
#include <cornu/cornu.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    const char *const species[] = {"species"};
    cn_array x = {0}, y = {0}, train_x = {0}, train_y = {0}, test_x = {0}, test_y = {0};
    cn_table *table = cn_table_read(argc > 1 ? argv[1] : "iris.csv", NULL);
    cn_preparation *p =
        table ? cn_preparation_new(table, &(cn_preparation_options){.target = {species, 1}}) : NULL;
    if (!p || cn_preparation_scale(p, "standard", table, NULL, 0) != CN_OK ||
        cn_preparation_apply(p, table, NULL, 0, &x, &y) != CN_OK ||
        cn_data_split(&x, &y, 0.2, 1, &train_x, &train_y, &test_x, &test_y) != CN_OK)
        return fprintf(stderr, "%s\n", cn_error()), 1;
    printf("%zu flowers, %zu features, %zu species\n", cn_table_rows(table), cn_preparation_features(p),
           cn_preparation_classes(p));

    cn_model *m = cn_model_new("iris");
    cn_model_add(m, cn_dense(16, .activation = "relu"));
    cn_model_add(m, cn_dense(cn_preparation_classes(p), .activation = "softmax"));
    cn_model_compile(m, .optimizer = "adam(learning_rate=0.02)", .loss = "sparse_categorical_crossentropy",
                     .metrics = "accuracy");
    cn_history *h = cn_model_fit(m, &train_x, &train_y, .epochs = 40);
    cn_logs *scores = h ? cn_model_evaluate(m, &test_x, &test_y) : NULL;
    if (!scores || cn_model_save(m, "iris.keras", false) != CN_OK ||
        cn_preparation_save(p, "iris.keras") != CN_OK)
        return fprintf(stderr, "%s\n", cn_error()), 1;
    printf("accuracy on %zu flowers that it has not seen: %.3f\n", test_x.shape[0],
           cn_logs_get(scores, "accuracy"));
    printf("cornu predict iris.keras --data new.csv   reads new ones\n");

    cn_logs_free(scores), cn_history_free(h), cn_model_free(m);
    cn_array_free(&x), cn_array_free(&y), cn_array_free(&train_x), cn_array_free(&train_y);
    cn_array_free(&test_x), cn_array_free(&test_y);
    cn_preparation_free(p), cn_table_free(table);
    return 0;
}
