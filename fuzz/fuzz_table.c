/* Tables: what is read has every cell where its column says, and makes arrays, or a message. */
#include <math.h>
#include <string.h>

#include "data/table/steps.h"
#include "fuzz.h"

static void look_at(const cn_table *t)
{
    for (size_t k = 0; k < cn_table_columns(t); k++)
        for (size_t row = 0; row < cn_table_rows(t); row++) {
            const char *word = cn_table_word(t, row, k);
            PROMISE(cn_table_kind(t, k) == CN_COLUMN_CATEGORY || !word);
            PROMISE(!word || strlen(word) < 1 << 20);
            (void)cn_table_number(t, row, k);
            PROMISE(row == 0 || cn_table_line(t, row) > cn_table_line(t, row - 1));
        }
}

static void prepare(const cn_table *t)
{
    cn_preparation *p = cn_preparation_new(t, &(cn_preparation_options){.missing = "most_frequent"}), *again;
    cn_array x, y;
    if (!p) return;
    if (cn_preparation_apply(p, t, NULL, 0, &x, NULL) == CN_OK) cn_array_free(&x);
    char *json = cn_preparation_to_json(p);
    PROMISE(json);
    PROMISE((again = cn_preparation_from_json(json)));
    if (cn_preparation_apply(again, t, NULL, 0, &x, &y) == CN_OK) cn_array_free(&x);
    cn__free(json);
    cn_preparation_free(again);
    cn_preparation_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = cn__malloc(size + 1);
    if (!copy) return 0;
    memcpy(copy, data, size);
    copy[size] = '\0';
    cn_table *t = cn__table_parse(copy, size, "fuzz", &(cn_table_options){.threads = 1});
    if (!t) return 0;
    look_at(t);
    prepare(t);
    cn_table_free(t);
    return 0;
}
