/* Tables that are read twice and compared. */
#ifndef CN_TESTS_DATA_TABLE_SUPPORT_H
#define CN_TESTS_DATA_TABLE_SUPPORT_H

#include "data/table/steps.h"
#include "support.h"

static inline cn_table *reads(const char *path, const cn_table_options *o)
{
    cn_table *t = cn_table_read(path, o);
    if (!t) fail_msg("%s", cn_error());
    return t;
}

static inline void are_equal(const cn_table *a, const cn_table *b)
{
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->columns, b->columns);
    assert_string_equal(cn_table_notes(a), cn_table_notes(b));
    assert_true(a->form ? b->form && strcmp(a->form, b->form) == 0 : !b->form);
    assert_int_equal(a->separator, b->separator);
    assert_int_equal(a->header, b->header);
    assert_memory_equal(a->lines, b->lines, a->rows * sizeof *a->lines);
    for (size_t k = 0; k < a->columns; k++) {
        const cn__column *x = &a->column[k], *y = &b->column[k];
        size_t found;
        assert_string_equal(x->name, y->name);
        assert_int_equal(cn_table_find(b, x->name, &found), CN_OK);
        assert_int_equal(found, k);
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->index, y->index);
        assert_int_equal(x->missing, y->missing);
        assert_int_equal(x->numeric, y->numeric);
        assert_int_equal(x->odd_row, y->odd_row);
        assert_true(x->odd ? y->odd && strcmp(x->odd, y->odd) == 0 : !y->odd);
        assert_int_equal(x->category_count, y->category_count);
        for (size_t i = 0; i < x->category_count; i++)
            assert_string_equal(x->categories[i], y->categories[i]);
        if (x->kind == CN_COLUMN_CATEGORY) {
            assert_memory_equal(x->codes, y->codes, a->rows * sizeof *x->codes);
        } else {
            assert_int_equal(x->stored, y->stored);
            assert_memory_equal(x->values, y->values, a->rows * cn_dtype_size(x->stored));
        }
    }
}

#endif
