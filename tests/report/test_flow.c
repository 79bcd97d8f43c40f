/* How a report's boxes get their pages: figures give way or grow, so that little paper stays white; what belongs together stays
 * together; and how wide the columns of a table are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/libraries/cairo.h"
#include "report/flow/flow.h"

#define PAGE CN_TEXT_HEIGHT

/* ---- boxes of nothing but height ------------------------------------------------------------------------------- */

typedef struct sheet {
    cn__flow_box boxes[400];
    cn__flow flow;
    cn__pages pages;
} sheet;

static cn__flow_box *add(sheet *s, cn__box_kind kind, double height)
{
    cn__flow_box *box = &s->boxes[s->flow.count++];
    *box = (cn__flow_box){.kind = kind, .height = height, .least = height, .most = height};
    return box;
}

static cn__flow_box *add_lines(sheet *s, int n, double height)
{
    for (int i = 0; i < n; i++) add(s, CN_BOX_RULE, height);
    return &s->boxes[s->flow.count - 1];
}

static void paginate(sheet *s)
{
    s->flow.boxes = s->boxes;
    assert_int_equal(cn__paginate(&s->flow, &s->pages), CN_OK);
}

static int page_of(const sheet *s, size_t box)
{
    int page = 0;
    for (size_t i = 0; i < s->pages.count; i++)
        if (s->pages.places[i].box == box) page = s->pages.places[i].page;
    return page;
}

static double white_of(const sheet *s, int page)
{
    double end = 0;
    for (size_t i = 0; i < s->pages.count; i++)
        if (s->pages.places[i].page == page) {
            double low = s->pages.places[i].y + s->boxes[s->pages.places[i].box].height;
            if (low > end) end = low;
        }
    return PAGE - end;
}

static void a_figure_a_little_too_high_gives_way(void **state)
{
    (void)state;
    sheet s = {0};
    add_lines(&s, 50, 10);
    cn__flow_box *figure = add(&s, CN_BOX_FIGURE, PAGE - 500 + 25);
    figure->least = figure->height - 40;
    add_lines(&s, 18, 10); /* enough for a last page */
    paginate(&s);
    assert_int_equal(page_of(&s, 50), 1);
    assert_true(white_of(&s, 1) > -0.01 && white_of(&s, 1) < 1);
    assert_int_equal(page_of(&s, 51), 2);
    cn__free(s.pages.places);
}

static void figures_grow_where_the_next_has_no_room(void **state)
{
    (void)state;
    sheet s = {0};
    for (int i = 0; i < 3; i++) {
        cn__flow_box *figure = add(&s, CN_BOX_FIGURE, PAGE / 2 - 50);
        figure->least = figure->height - 10;
        figure->most = figure->height + 60;
    }
    paginate(&s);
    assert_int_equal(s.pages.pages, 2);
    assert_true(white_of(&s, 1) >= -0.01 && white_of(&s, 1) < 1);
    assert_true(s.boxes[0].height > PAGE / 2 - 1);
    assert_true(s.boxes[2].height == PAGE / 2 - 50); /* the last page need not be full */
    cn__free(s.pages.places);
}

static void a_page_before_a_new_part_is_not_filled(void **state)
{
    (void)state;
    sheet s = {0};
    add(&s, CN_BOX_FIGURE, 400)->most = 700;
    add(&s, CN_BOX_RULE, 10)->new_page = true;
    paginate(&s);
    assert_int_equal(s.pages.pages, 2);
    assert_true(s.boxes[0].height == 400);
    cn__free(s.pages.places);
}

static void a_page_ends_at_a_dear_place_rather_than_where_none_may_end(void **state)
{
    (void)state;
    sheet s = {0};
    add_lines(&s, 50, 10)->penalty = 3; /* a source, and what came out of it */
    for (int i = 0; i < 49; i++) s.boxes[i].keep = true;
    for (int i = 0; i < 30; i++) add_lines(&s, 1, 10)->keep = i < 29;
    add_lines(&s, 40, 10);
    paginate(&s);
    assert_int_equal(page_of(&s, 49), 1);
    assert_int_equal(page_of(&s, 50), 2); /* the thirty stay together, though the page ends at a dear place */
    assert_int_equal(page_of(&s, 79), 2);
    cn__free(s.pages.places);
}

static void a_chain_longer_than_a_page_is_torn(void **state)
{
    (void)state;
    sheet s = {0};
    for (int i = 0; i < 200; i++) add_lines(&s, 1, 10)->keep = true;
    paginate(&s);
    assert_int_equal(s.pages.pages, (int)(2000 / PAGE) + 1);
    cn__free(s.pages.places);
}

static void the_head_of_a_table_is_repeated(void **state)
{
    (void)state;
    sheet s = {0};
    add_lines(&s, 1, 10)->keep = true;
    for (int i = 1; i < 100; i++) s.boxes[s.flow.count].head_count = 0, add_lines(&s, 1, 10)->head_count = 1;
    paginate(&s);
    assert_int_equal(s.pages.count, 101);
    for (size_t i = 1; i < s.pages.count; i++)
        if (s.pages.places[i].page == 2) {
            assert_int_equal(s.pages.places[i].box, 0);
            assert_true(s.pages.places[i + 1].y == 10);
            break;
        }
    cn__free(s.pages.places);
}

/* Any list: each box once and in order, none below the page's end, none that must stay with the next at the end. */
static void any_list_is_placed_whole(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 300; round++) {
        sheet *s = calloc(1, sizeof *s);
        size_t n = 1 + (random >> 8) % 390;
        for (size_t i = 0; i < n; i++) {
            random = random * 1664525 + 1013904223;
            bool figure = (random >> 28) == 0;
            cn__flow_box *box = add(s, figure ? CN_BOX_FIGURE : CN_BOX_RULE,
                                    figure ? 150 + (random >> 20) % 300 : 9 + (random >> 20) % 9);
            box->before = i ? (random >> 12) % 12 : 0;
            box->keep = (random >> 9) % 4 == 0;
            box->new_page = i && !s->boxes[i - 1].keep && (random >> 5) % 64 == 0;
            if (figure) box->least = 0.8 * box->height, box->most = 1.2 * box->height;
        }
        paginate(s);
        assert_int_equal(s->pages.count, n);
        for (size_t i = 0; i < n; i++) {
            const cn__flow_place *p = &s->pages.places[i];
            const cn__flow_box *box = &s->boxes[i];
            assert_int_equal(p->box, i);
            assert_true(p->y + box->height <= PAGE + 0.02);
            assert_true(box->height >= box->least - 1e-9 && box->height <= box->most + 1e-9);
            if (i + 1 < n && p[1].page != p->page) {
                assert_int_equal(p[1].page, p->page + 1);
                assert_true(p[1].y == 0);
                assert_false(box->keep);
            }
        }
        cn__free(s->pages.places);
        free(s);
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------------- */

typedef struct laid {
    cn__document document;
    cn__flow flow;
} laid;

static void lay(laid *l, const cn__report_table *table)
{
    const cn__report report = {.title = "Tables"};
    assert_int_equal(cn__document_begin(&l->document, &report), CN_OK);
    cn__flow_begin(&l->flow, &l->document);
    cn__flow_table(&l->flow, table);
    assert_false(l->flow.failed);
}

static void end(laid *l)
{
    cn__flow_end(&l->flow);
    cn__document_end(&l->document);
}

static int lines_at(const laid *l, size_t row, size_t column)
{
    const cn__row *last = NULL;
    for (size_t i = 0, at = 0; i < l->flow.count; i++) {
        if (l->flow.boxes[i].row == last) continue;
        last = l->flow.boxes[i].row;
        if (at++ == row) return cn__paragraph_lines(last->cells[column].text);
    }
    return 0;
}

static void heads_of_numbers_are_whole_where_there_is_room(void **state)
{
    (void)state;
    const char *cells[] = {
        "Model", "Mean speed (an epoch)", "Last / first loss", "a", "0.1", "0.25", "b", "0.2", "12.5"};
    laid l;
    lay(&l, &(cn__report_table){.columns = 3, .rows = 3, .cells = cells, .head_column = true});
    for (size_t i = 0; i < 3; i++) assert_int_equal(lines_at(&l, 0, i), 1);
    end(&l);
}

static void numbers_stand_under_the_end_of_their_head(void **state)
{
    (void)state;
    const char *cells[] = {"Model", "Mean speed (an epoch)", "a", "0.1", "b", "12.25"};
    laid l;
    lay(&l, &(cn__report_table){.columns = 2, .rows = 3, .cells = cells, .head_column = true});
    const cn__flow_cell *head = &l.flow.boxes[0].row->cells[1], *number = &l.flow.boxes[2].row->cells[1];
    double right = number->x + cn__paragraph_width(number->text);
    assert_true(right > head->x + head->width - 0.5 && right < head->x + head->width + 0.5);
    end(&l);
}

/* Seven wide heads have no room in one line: they are wrapped, the names of the rows are not. */
static void heads_are_wrapped_before_names(void **state)
{
    (void)state;
    const char *cells[14] = {"Model", [7] = "Modelo-6-ReLU of the lab"};
    for (int i = 1; i < 7; i++) cells[i] = "Accuracy training (mean)", cells[7 + i] = "0.123";
    laid l;
    lay(&l, &(cn__report_table){.columns = 7, .rows = 2, .cells = cells, .head_column = true});
    assert_true(lines_at(&l, 0, 1) > 1);
    assert_int_equal(lines_at(&l, 1, 0), 1);
    end(&l);
}

/* ---- contents ----------------------------------------------------------------------------------------------------- */

/* Boxes of the second column, and the height of all, of contents with so many headings. */
static size_t lifted(int headings, double *height)
{
    cn__text text = {0};
    for (int i = 0; i < headings; i++) cn__text_printf(&text, "%s Heading %d\n\n", i % 3 ? "##" : "#", i + 1);
    const cn__block block = {.kind = CN_BLOCK_PROSE, .text = text.data};
    const cn__report report = {.title = "Contents", .blocks = &block, .block_count = 1};
    laid l;
    size_t count = 0, entries = 0;
    assert_int_equal(cn__document_begin(&l.document, &report), CN_OK);
    cn__flow_begin(&l.flow, &l.document);
    cn__flow_contents(&l.flow);
    for (size_t i = 0; i < l.flow.count; i++) {
        entries += l.flow.boxes[i].kind == CN_BOX_ENTRY;
        count += l.flow.boxes[i].rise > 0;
    }
    assert_int_equal(entries, headings);
    *height = cn__flow_height(&l.flow);
    end(&l);
    cn__text_free(&text);
    return count;
}

static void contents_take_two_columns_rather_than_two_pages(void **state)
{
    (void)state;
    double height;
    assert_int_equal(lifted(30, &height), 0);
    assert_int_equal(lifted(70, &height), 34); /* the first column ends before a large heading */
    assert_true(height <= PAGE && height > PAGE / 2);
    assert_int_equal(lifted(300, &height), 0);
    assert_true(height > 2 * PAGE);
}

/* ---- the first page ------------------------------------------------------------------------------------------------ */

/* Pages of a report of one sentence, after a summary of so many rows; *share: what the summary takes of a page. */
static size_t pages_with_summary(size_t rows, double *share)
{
    const char *cells[200];
    const cn__block block = {.kind = CN_BLOCK_PROSE, .text = "# Heading\n\nA sentence.\n"};
    for (size_t i = 0; i < 2 * rows; i++) cells[i] = i % 2 ? "12" : "Row";
    const cn__report_table summary = {.columns = 2, .rows = rows, .cells = cells};
    const cn__report report = {.title = "A report", .summary = &summary, .blocks = &block, .block_count = 1};
    laid l;
    lay(&l, &summary);
    *share = cn__flow_height(&l.flow) / PAGE;
    end(&l);
    cn__text pdf = {0};
    assert_int_equal(cn__report_pdf(&report, &pdf), CN_OK);
    static const char page[] = "/Type /Page ";
    size_t count = 0;
    for (const char *at = pdf.data, *last = at + pdf.size;
         (at = memmem(at, (size_t)(last - at), page, sizeof page - 1)); at++)
        count++;
    cn__text_free(&pdf);
    return count;
}

static void a_report_begins_under_contents_that_leave_a_part_of_the_page(void **state)
{
    (void)state;
    double share; /* the title and the contents take another sixth */
    assert_int_equal(pages_with_summary(18, &share), 1);
    assert_true(share > 0.42 && share < 0.48);
    assert_int_equal(pages_with_summary(26, &share), 2); /* there would be room, but little */
    assert_true(share > 0.62 && share < 0.68);
}

int main(void)
{
    if (cn__cairo_load() != CN_OK) return 1; /* what they call expects it */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_figure_a_little_too_high_gives_way),
        cmocka_unit_test(figures_grow_where_the_next_has_no_room),
        cmocka_unit_test(a_page_before_a_new_part_is_not_filled),
        cmocka_unit_test(a_page_ends_at_a_dear_place_rather_than_where_none_may_end),
        cmocka_unit_test(a_chain_longer_than_a_page_is_torn),
        cmocka_unit_test(the_head_of_a_table_is_repeated),
        cmocka_unit_test(any_list_is_placed_whole),
        cmocka_unit_test(heads_of_numbers_are_whole_where_there_is_room),
        cmocka_unit_test(numbers_stand_under_the_end_of_their_head),
        cmocka_unit_test(heads_are_wrapped_before_names),
        cmocka_unit_test(contents_take_two_columns_rather_than_two_pages),
        cmocka_unit_test(a_report_begins_under_contents_that_leave_a_part_of_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
