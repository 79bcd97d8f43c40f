/* Formulas for paper: each part is laid out around a base line of its own, then moved to its place. Sizes and distances
 * follow the rules of TeX (The TeXbook, appendix G) in simpler numbers. */
#include "report/math/layout.h"

#include <math.h>

#include "base/arena.h"

typedef struct cn__formula_piece {
    PangoLayout *text; /* or NULL: a rule, or with `root` the sign of a root */
    double x, y;       /* text: its base line's left end; else the upper left corner; y goes down */
    double width, height;
    double stretch; /* text: of its height; 0 stands for 1 */
    bool root;
} piece;

/* Ink of a part, from its own origin on the base line. */
typedef struct extent {
    double width, ascent, descent;
} extent;

typedef struct layer {
    cn__formula_box *box;
    PangoContext *context;
    double size;
    bool display; /* sums are large, their limits under and over them */
    bool script;  /* no space around operators */
} layer;

static extent lay(const layer *l, const cn__formula *f);

/* ---- pieces ------------------------------------------------------------------------------------------------------- */

static piece *add_piece(cn__formula_box *box)
{
    static _Thread_local piece nowhere;
    if (box->count == box->capacity) {
        const size_t capacity = box->capacity ? 2 * box->capacity : 16;
        piece *more = box->failed ? NULL : cn__realloc(box->pieces, capacity * sizeof *more);
        if (!more) {
            box->failed = true;
            return &nowhere;
        }
        box->pieces = more, box->capacity = capacity;
    }
    piece *p = &box->pieces[box->count++];
    *p = (piece){0};
    return p;
}

static void move(cn__formula_box *box, size_t from, double x, double y)
{
    for (size_t i = from; i < box->count; i++) box->pieces[i].x += x, box->pieces[i].y += y;
}

static PangoLayout *new_layout(const layer *l, const char *text, bool leaning, bool bold)
{
    PangoLayout *layout = pango_layout_new(l->context);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, "sans-serif");
    pango_font_description_set_absolute_size(font, l->size * PANGO_SCALE);
    if (leaning) pango_font_description_set_style(font, PANGO_STYLE_ITALIC);
    if (bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static extent measure(PangoLayout *layout)
{
    PangoRectangle ink, logical;
    pango_layout_get_extents(layout, &ink, &logical);
    const double base = (double)pango_layout_get_baseline(layout) / PANGO_SCALE,
                 top = (double)ink.y / PANGO_SCALE, height = (double)ink.height / PANGO_SCALE;
    return (extent){(double)logical.width / PANGO_SCALE, base - top, top + height - base};
}

static extent add_text(const layer *l, const char *text, bool leaning, bool bold)
{
    piece *p = add_piece(l->box);
    if (l->box->failed) return (extent){0};
    p->text = new_layout(l, text, leaning, bold);
    return measure(p->text);
}

static void add_rule(const layer *l, double x, double y, double width, double height)
{
    piece *p = add_piece(l->box);
    p->x = x, p->y = y, p->width = width, p->height = height;
}

/* Where fractions' rules and minus signs stand over the base line. */
static double axis_of(const layer *l) { return 0.31 * l->size; }
static double rule_of(const layer *l) { return fmax(0.35, 0.055 * l->size); }

static layer smaller(const layer *l, double scale)
{
    layer s = *l;
    s.size = fmax(l->size * scale, 5);
    s.display = false;
    return s;
}

static layer script(const layer *l)
{
    layer s = smaller(l, 0.72);
    s.script = true;
    return s;
}

/* ---- atoms and rows ------------------------------------------------------------------------------------------------ */

static extent lay_atom(const layer *l, const cn__formula *f)
{
    if (f->atom != CN_ATOM_LARGE) return add_text(l, f->text, f->atom == CN_ATOM_IDENTIFIER, f->bold);
    layer large = *l;
    large.size *= l->display ? 1.7 : 1.25;
    const size_t from = l->box->count;
    extent e = add_text(&large, f->text, false, false);
    const double down = (e.ascent - e.descent) / 2 - axis_of(l); /* its middle on the axis */
    move(l->box, from, 0, down);
    return (extent){e.width, e.ascent - down, e.descent + down};
}

/* The class of a thing as its neighbours see it. */
static cn__atom class_of(const cn__formula *f)
{
    if (f->kind == CN_FORMULA_SCRIPTS || f->kind == CN_FORMULA_ACCENT) return class_of(f->children[0]);
    if (f->kind == CN_FORMULA_ROW && f->count == 1) return class_of(f->children[0]);
    return f->kind == CN_FORMULA_ATOM ? f->atom : CN_ATOM_ORDINARY;
}

/* Is a sign between two terms, or does it belong to what follows, as in −x? */
static bool is_unary(const cn__formula *row, size_t i)
{
    if (i == 0) return true;
    const cn__atom before = class_of(row->children[i - 1]);
    return before == CN_ATOM_BINARY || before == CN_ATOM_RELATION || before == CN_ATOM_OPEN ||
           before == CN_ATOM_PUNCTUATION || before == CN_ATOM_LARGE || before == CN_ATOM_FUNCTION;
}

/* Free space before and behind, in ems. */
static void spaces_of(const layer *l, const cn__formula *row, size_t i, double *before, double *behind)
{
    const cn__atom own = class_of(row->children[i]);
    const bool opens = i + 1 < row->count && (class_of(row->children[i + 1]) == CN_ATOM_OPEN ||
                                              row->children[i + 1]->kind == CN_FORMULA_FENCE);
    *before = *behind = 0;
    if (l->script) return;
    if (own == CN_ATOM_BINARY && !is_unary(row, i)) *before = *behind = 0.22;
    if (own == CN_ATOM_RELATION) *before = *behind = 0.28;
    if (own == CN_ATOM_PUNCTUATION) *behind = 0.17;
    if (own == CN_ATOM_LARGE) *before = *behind = 0.12;
    if (own == CN_ATOM_FUNCTION) *before = i ? 0.12 : 0, *behind = opens ? 0 : 0.17;
}

static void widen(extent *e, extent part)
{
    e->ascent = fmax(e->ascent, part.ascent);
    e->descent = fmax(e->descent, part.descent);
}

static extent lay_row(const layer *l, const cn__formula *f)
{
    extent e = {0};
    for (size_t i = 0; i < f->count; i++) {
        double before, behind;
        spaces_of(l, f, i, &before, &behind);
        const size_t from = l->box->count;
        const extent one = lay(l, f->children[i]);
        move(l->box, from, e.width + before * l->size, 0);
        e.width += one.width + (before + behind) * l->size;
        widen(&e, one);
    }
    return e;
}

/* ---- fractions, roots, scripts --------------------------------------------------------------------------------------- */

static extent lay_fraction(const layer *l, const cn__formula *f)
{
    layer inner = smaller(l, l->display ? 0.95 : 0.78);
    inner.script = l->script;
    const double axis = axis_of(l), rule = rule_of(l), gap = (l->display ? 0.2 : 0.11) * l->size;
    const size_t first = l->box->count;
    const extent over = lay(&inner, f->children[0]);
    const size_t second = l->box->count;
    const extent under = lay(&inner, f->children[1]);
    const double width = fmax(over.width, under.width) + 0.24 * l->size,
                 up = axis + rule / 2 + gap + over.descent, down = -axis + rule / 2 + gap + under.ascent;
    move(l->box, second, (width - under.width) / 2, down);
    for (size_t i = first; i < second && !l->box->failed; i++)
        l->box->pieces[i].x += (width - over.width) / 2, l->box->pieces[i].y -= up;
    add_rule(l, 0.06 * l->size, -axis - rule / 2, width - 0.12 * l->size, rule);
    return (extent){width, up + over.ascent, down + under.descent};
}

static extent lay_root(const layer *l, const cn__formula *f)
{
    const double rule = rule_of(l), gap = 0.14 * l->size, sign = 0.62 * l->size;
    layer tiny = script(l);
    tiny.size *= 0.8;
    const size_t index = l->box->count;
    const extent small = f->children[1] ? lay(&tiny, f->children[1]) : (extent){0};
    const double left = fmax(0, small.width - 0.3 * sign);
    const size_t from = l->box->count;
    extent inside = lay(l, f->children[0]);
    inside.ascent = fmax(inside.ascent, 0.62 * l->size);
    move(l->box, from, left + sign, 0);
    const double top = inside.ascent + gap + rule, height = top + inside.descent;
    if (f->children[1])
        for (size_t i = index; i < from && !l->box->failed; i++) l->box->pieces[i].y -= top - 0.55 * height;
    piece *p = add_piece(l->box);
    *p = (piece){
        .x = left, .y = -top, .width = sign + inside.width + 0.1 * l->size, .height = height, .root = true};
    p->stretch = sign; /* the sign's own part of the width */
    return (extent){left + sign + inside.width + 0.15 * l->size, top + 0.05 * l->size, inside.descent};
}

/* Under and over their base. */
static extent lay_limits(const layer *l, const cn__formula *f)
{
    const layer s = script(l);
    const size_t starts[] = {l->box->count, 0, 0};
    size_t from[3] = {starts[0]};
    extent parts[3] = {lay(l, f->children[0])};
    double width = parts[0].width;
    for (int i = 1; i < 3; i++) {
        from[i] = l->box->count;
        if (f->children[i]) parts[i] = lay(&s, f->children[i]);
        width = fmax(width, parts[i].width);
    }
    const double gap = 0.14 * l->size, down = parts[0].descent + gap + parts[1].ascent,
                 up = parts[0].ascent + gap + parts[2].descent;
    move(l->box, from[2], (width - parts[2].width) / 2, -up);
    for (size_t i = from[1]; i < from[2] && !l->box->failed; i++)
        l->box->pieces[i].x += (width - parts[1].width) / 2, l->box->pieces[i].y += down;
    for (size_t i = from[0]; i < from[1] && !l->box->failed; i++)
        l->box->pieces[i].x += (width - parts[0].width) / 2;
    return (extent){width, f->children[2] ? up + parts[2].ascent : parts[0].ascent,
                    f->children[1] ? down + parts[1].descent : parts[0].descent};
}

static extent lay_scripts(const layer *l, const cn__formula *f)
{
    if (f->limits && l->display) return lay_limits(l, f);
    const layer s = script(l);
    const extent base = lay(l, f->children[0]);
    extent e = base;
    const size_t first = l->box->count;
    const extent under = f->children[1] ? lay(&s, f->children[1]) : (extent){0};
    const size_t second = l->box->count;
    const extent upper = f->children[2] ? lay(&s, f->children[2]) : (extent){0};
    double down = fmax(0.2 * l->size, base.descent - 0.1 * l->size),
           up = fmax(0.4 * l->size, base.ascent - 0.3 * l->size);
    if (f->children[1]) down = fmax(down, under.ascent - 0.45 * l->size);
    if (f->children[2]) up = fmax(up, upper.descent + 0.25 * l->size);
    if (f->children[1] && f->children[2]) { /* they do not touch */
        const double free = up - upper.descent + down - under.ascent, least = 0.14 * l->size;
        if (free < least) down += least - free;
    }
    const double gap = 0.05 * l->size;
    move(l->box, second, base.width + gap, -up);
    for (size_t i = first; i < second && !l->box->failed; i++)
        l->box->pieces[i].x += base.width + gap, l->box->pieces[i].y += down;
    e.width += fmax(under.width, upper.width) + 2 * gap;
    if (f->children[1]) widen(&e, (extent){0, 0, down + under.descent});
    if (f->children[2]) widen(&e, (extent){0, up + upper.ascent, 0});
    return e;
}

static extent lay_accent(const layer *l, const cn__formula *f)
{
    extent base = lay(l, f->children[0]);
    const size_t from = l->box->count;
    const bool bar = f->text[0] == '\xC2' && f->text[1] == '\xAF';
    const double gap = 0.1 * l->size;
    if (bar) {
        add_rule(l, 0.05 * l->size, -base.ascent - gap - rule_of(l), base.width - 0.05 * l->size, rule_of(l));
        base.ascent += gap + rule_of(l);
        return base;
    }
    layer s = smaller(l, 0.75);
    const extent mark = add_text(&s, f->text, false, false);
    const double up = base.ascent + gap * 0.6 + mark.descent;
    move(l->box, from, (base.width - mark.width) / 2 + 0.06 * l->size, -up);
    base.ascent = up + mark.ascent;
    return base;
}

/* ---- brackets and tables ---------------------------------------------------------------------------------------------- */

/* A bracket drawn higher, its middle on the axis. */
static extent add_bracket(const layer *l, const char *text, double half)
{
    if (!*text) return (extent){0};
    const size_t from = l->box->count;
    const extent e = add_text(l, text, false, false);
    if (l->box->failed) return e;
    const double height = e.ascent + e.descent, stretch = fmax(1, 2 * half / height), axis = axis_of(l);
    piece *p = &l->box->pieces[from];
    p->stretch = stretch;
    p->y = stretch * (e.ascent - e.descent) / 2 - axis;
    return (extent){e.width, stretch * height / 2 + axis, stretch * height / 2 - axis};
}

static extent lay_fence(const layer *l, const cn__formula *f)
{
    const size_t from = l->box->count;
    extent inside = lay(l, f->children[0]);
    const double axis = axis_of(l), half = fmax(inside.ascent - axis, inside.descent + axis) + 0.06 * l->size;
    const size_t behind = l->box->count;
    const extent open = add_bracket(l, f->text, half);
    const double gap = 0.06 * l->size, left = open.width + (open.width > 0 ? gap : 0);
    for (size_t i = from; i < behind && !l->box->failed; i++) l->box->pieces[i].x += left;
    const size_t last = l->box->count;
    const extent close = add_bracket(l, f->close, half);
    move(l->box, last, left + inside.width + gap, 0);
    inside.width += left + close.width + (close.width > 0 ? gap : 0);
    widen(&inside, open);
    widen(&inside, close);
    return inside;
}

enum { MOST_COLUMNS = 20, MOST_ROWS = 60 };

/* Widths of the columns, ascent and descent of the rows. */
typedef struct grid {
    size_t rows, columns;
    double widths[MOST_COLUMNS], ascents[MOST_ROWS], descents[MOST_ROWS];
} grid;

static void measure_grid(const layer *l, const cn__formula *f, grid *g)
{
    cn__formula_box box = {0};
    layer own = *l;
    own.box = &box;
    for (size_t i = 0; i < f->count; i++) {
        const size_t row = i / f->columns, column = i % f->columns;
        if (row >= MOST_ROWS || column >= MOST_COLUMNS) continue;
        const extent e = lay(&own, f->children[i]);
        g->widths[column] = fmax(g->widths[column], e.width);
        g->ascents[row] = fmax(g->ascents[row], e.ascent);
        g->descents[row] = fmax(g->descents[row], e.descent);
    }
    l->box->failed = l->box->failed || box.failed;
    cn__formula_box_free(&box);
}

static double column_gap(const layer *l, const cn__formula *f, size_t column)
{
    return f->aligned && column % 2 == 0 ? 0.02 * l->size : 0.9 * l->size;
}

static extent lay_grid(const layer *outer, const cn__formula *f)
{
    grid g = {.columns = f->columns < MOST_COLUMNS ? f->columns : MOST_COLUMNS};
    layer own = *outer, *l = &own;
    l->display = f->aligned && outer->display;
    g.rows = f->count / f->columns < MOST_ROWS ? f->count / f->columns : MOST_ROWS;
    for (size_t r = 0; r < g.rows; r++) g.ascents[r] = 0.7 * l->size, g.descents[r] = 0.2 * l->size;
    measure_grid(l, f, &g);
    double height = 0, width = 0, y = 0;
    for (size_t r = 0; r < g.rows; r++) height += g.ascents[r] + g.descents[r] + (r ? 0.35 * l->size : 0);
    const double top = height / 2 + axis_of(l);
    for (size_t r = 0; r < g.rows; r++) {
        double x = 0;
        y += r ? 0.35 * l->size : 0;
        for (size_t c = 0; c < g.columns; c++) {
            const size_t from = l->box->count;
            const extent e = lay(l, f->children[r * f->columns + c]);
            const double spare = g.widths[c] - e.width, at = f->aligned ? c % 2 ? 0 : spare
                                                             : f->left  ? 0
                                                                        : spare / 2;
            move(l->box, from, x + at, y + g.ascents[r] - top);
            x += g.widths[c] + (c + 1 < g.columns ? column_gap(l, f, c) : 0);
        }
        width = fmax(width, x);
        y += g.ascents[r] + g.descents[r];
    }
    return (extent){width, top, height - top};
}

/* ---- all ------------------------------------------------------------------------------------------------------------------ */

static extent lay(const layer *l, const cn__formula *f)
{
    switch (f->kind) {
    case CN_FORMULA_ROW: return lay_row(l, f);
    case CN_FORMULA_ATOM: return lay_atom(l, f);
    case CN_FORMULA_FRACTION: return lay_fraction(l, f);
    case CN_FORMULA_ROOT: return lay_root(l, f);
    case CN_FORMULA_SCRIPTS: return lay_scripts(l, f);
    case CN_FORMULA_ACCENT: return lay_accent(l, f);
    case CN_FORMULA_FENCE: return lay_fence(l, f);
    case CN_FORMULA_GRID: return lay_grid(l, f);
    case CN_FORMULA_SPACE: return (extent){.width = f->space * l->size};
    }
    return (extent){0};
}

void cn__formula_lay(cn__formula_box *box, PangoContext *context, const cn__formula *formula, double size,
                     bool display)
{
    *box = (cn__formula_box){0};
    const layer l = {.box = box, .context = context, .size = size, .display = display};
    const extent e = lay(&l, formula);
    box->width = e.width, box->ascent = e.ascent, box->descent = e.descent;
}

/* The tick, the rise and the rule over what stands inside. */
static void draw_root(const piece *p, cairo_t *cr)
{
    const double weight = fmax(0.45, p->stretch * 0.075), middle = p->y + 0.55 * p->height,
                 low = p->y + p->height;
    cairo_set_line_width(cr, weight);
    cairo_move_to(cr, p->x + 0.05 * p->stretch, middle + 0.12 * p->height);
    cairo_line_to(cr, p->x + 0.28 * p->stretch, middle);
    cairo_line_to(cr, p->x + 0.55 * p->stretch, low - weight);
    cairo_line_to(cr, p->x + 0.92 * p->stretch, p->y + weight / 2);
    cairo_line_to(cr, p->x + p->width, p->y + weight / 2);
    cairo_stroke(cr);
}

static void draw_piece(const piece *p, cairo_t *cr)
{
    if (p->root) {
        draw_root(p, cr);
    } else if (p->text) {
        const double base = (double)pango_layout_get_baseline(p->text) / PANGO_SCALE;
        cairo_translate(cr, p->x, p->y);
        if (p->stretch > 0) cairo_scale(cr, 1, p->stretch);
        cairo_move_to(cr, 0, -base);
        pango_cairo_show_layout(cr, p->text);
    } else {
        cairo_rectangle(cr, p->x, p->y, p->width, p->height);
        cairo_fill(cr);
    }
}

void cn__formula_draw(const cn__formula_box *box, cairo_t *cr, double x, double base)
{
    for (size_t i = 0; i < box->count; i++) {
        cairo_save(cr);
        cairo_translate(cr, x, base);
        draw_piece(&box->pieces[i], cr);
        cairo_restore(cr);
    }
}

void cn__formula_box_free(cn__formula_box *box)
{
    for (size_t i = 0; i < box->count; i++)
        if (box->pieces[i].text) g_object_unref(box->pieces[i].text);
    cn__free(box->pieces);
    *box = (cn__formula_box){0};
}
