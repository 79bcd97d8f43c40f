/* From TeX to the tree. */
#include <ctype.h>
#include <string.h>

#include "report/math/formula.h"

enum { MOST_DEPTH = 60, MOST_GRIDS = 4, MOST_CHILDREN = 2000, MOST_NAME = 40 };

typedef struct reader {
    cn__arena *arena;
    const char *p, *end;
    int depth, grids; /* tables in one another are measured again and again */
} reader;

static cn_status read_row(reader *r, const char *closing, cn__formula **out);
static cn_status read_argument(reader *r, const char *of, cn__formula **out);

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static cn__formula *new_node(reader *r, cn__formula_kind kind)
{
    cn__formula *f = cn__arena_alloc(r->arena, sizeof *f);
    if (f) f->kind = kind;
    return f;
}

static cn_status new_atom(reader *r, cn__atom atom, const char *text, size_t size, cn__formula **out)
{
    cn__formula *f = new_node(r, CN_FORMULA_ATOM);
    if (!f) return CN_ERROR_MEMORY;
    f->atom = atom;
    f->text = cn__arena_format(r->arena, "%.*s", (int)size, text);
    *out = f;
    return f->text ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status with_children(reader *r, cn__formula_kind kind, size_t count, cn__formula **out)
{
    cn__formula *f = new_node(r, kind);
    if (f) f->children = cn__arena_array(r->arena, count, sizeof *f->children);
    if (!f || !f->children) return CN_ERROR_MEMORY;
    f->count = count;
    *out = f;
    return CN_OK;
}

static cn_status append(reader *r, cn__formula *row, cn__formula *child)
{
    if (row->count == MOST_CHILDREN)
        return cn__fail(CN_ERROR_ARGUMENT, "more than %d things in a row", MOST_CHILDREN);
    if ((row->count & (row->count - 1)) == 0) {
        cn__formula **more = cn__arena_array(r->arena, row->count ? 2 * row->count : 1, sizeof *more);
        if (!more) return CN_ERROR_MEMORY;
        if (row->count) memcpy(more, row->children, row->count * sizeof *more);
        row->children = more;
    }
    row->children[row->count++] = child;
    return CN_OK;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static void skip(reader *r)
{
    while (r->p < r->end && isspace((unsigned char)*r->p)) r->p++;
}

static bool at(reader *r, const char *mark)
{
    const size_t n = strlen(mark);
    skip(r);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, mark, n) != 0) return false;
    /* "\left" is not the beginning of "\leftarrow" */
    return mark[0] != '\\' || n < 2 || !isalpha((unsigned char)mark[n - 1]) || r->p + n == r->end ||
           !isalpha((unsigned char)r->p[n]);
}

static bool take(reader *r, const char *mark)
{
    if (!at(r, mark)) return false;
    r->p += strlen(mark);
    return true;
}

/* The name behind a backslash: letters, or one other character. */
static void read_name(reader *r, char name[MOST_NAME])
{
    size_t n = 0;
    r->p++;
    while (r->p + n < r->end && n < MOST_NAME - 1 && isalpha((unsigned char)r->p[n])) n++;
    if (!n && r->p < r->end) n = 1;
    cn__format(name, MOST_NAME, "%.*s", (int)n, r->p);
    r->p += n;
}

static cn_status fail_end(const char *expected)
{
    return cn__fail(CN_ERROR_ARGUMENT, "it ends too early, expected %s", expected);
}

/* Bytes of the character at p. */
static size_t character(const reader *r)
{
    size_t n = 1;
    while (r->p + n < r->end && ((unsigned char)r->p[n] & 0xC0) == 0x80) n++;
    return n;
}

/* {text}, its braces balanced. */
static cn_status read_braces(reader *r, const char *of, const char **begin, size_t *size)
{
    *begin = "", *size = 0;
    if (!take(r, "{")) return cn__fail(CN_ERROR_ARGUMENT, "\\%s, expected { behind it", of);
    *begin = r->p;
    for (int open = 1; r->p < r->end; r->p++) {
        open += *r->p == '{', open -= *r->p == '}';
        if (open) continue;
        *size = (size_t)(r->p++ - *begin);
        return CN_OK;
    }
    return fail_end("} to the text");
}

/* ---- commands that take arguments --------------------------------------------------------------------------------- */

static cn_status read_fraction(reader *r, const char *name, cn__formula **out)
{
    CN_TRY(with_children(r, CN_FORMULA_FRACTION, 2, out));
    CN_TRY(read_argument(r, name, &(*out)->children[0]));
    return read_argument(r, name, &(*out)->children[1]);
}

static cn_status read_root(reader *r, const char *name, cn__formula **out)
{
    CN_TRY(with_children(r, CN_FORMULA_ROOT, 2, out));
    if (take(r, "[")) CN_TRY(read_row(r, "]", &(*out)->children[1]));
    return read_argument(r, name, &(*out)->children[0]);
}

static cn_status read_text(reader *r, const char *name, cn__formula **out)
{
    const char *text;
    size_t size;
    CN_TRY(read_braces(r, name, &text, &size));
    const bool function = strcmp(name, "operatorname") == 0;
    CN_TRY(new_atom(r, function ? CN_ATOM_FUNCTION : CN_ATOM_TEXT, text, size, out));
    (*out)->bold = strcmp(name, "textbf") == 0;
    return CN_OK;
}

/* Upright, bold: all letters inside. */
static void restyle(cn__formula *f, bool upright, bool bold)
{
    f->bold = f->bold || bold;
    if (upright && f->kind == CN_FORMULA_ATOM && f->atom == CN_ATOM_IDENTIFIER) f->atom = CN_ATOM_ORDINARY;
    for (size_t i = 0; i < f->count; i++)
        if (f->children[i]) restyle(f->children[i], upright, bold);
}

/* \mathrm{softmax} is one word, other styles are of letters. */
static cn_status read_style(reader *r, const char *name, cn__formula **out)
{
    const bool bold = strstr(name, "bold") || strcmp(name, "mathbf") == 0 || strcmp(name, "bm") == 0;
    const char *begin = r->p;
    if (strcmp(name, "mathrm") == 0 || strcmp(name, "mathsf") == 0) {
        const char *text;
        size_t size = 0;
        CN_TRY(read_braces(r, name, &text, &size));
        bool word = size > 1;
        for (size_t i = 0; i < size; i++) word = word && (isalnum((unsigned char)text[i]) || text[i] == ' ');
        if (word) return new_atom(r, CN_ATOM_TEXT, text, size, out);
        r->p = begin;
    }
    CN_TRY(read_argument(r, name, out));
    restyle(*out, name[0] == 'm', bold);
    return CN_OK;
}

static cn_status read_letters(reader *r, const char *name, cn__formula **out)
{
    const char *text;
    size_t size;
    CN_TRY(read_braces(r, name, &text, &size));
    CN_TRY(with_children(r, CN_FORMULA_ROW, size ? size : 1, out));
    (*out)->count = 0;
    for (size_t i = 0; i < size; i++) {
        const char *letter = cn__symbol_letter(name[4], text[i]);
        if (!letter)
            return cn__fail(CN_ERROR_ARGUMENT, "\\%s{%.*s}, expected capitals A to Z", name, (int)size, text);
        CN_TRY(new_atom(r, CN_ATOM_ORDINARY, letter, strlen(letter), &(*out)->children[i]));
        (*out)->count++;
    }
    return CN_OK;
}

static const struct {
    const char *name, *mark;
} accents[] = {{"hat", "^"},           {"widehat", "^"}, {"bar", "\u00AF"},
               {"overline", "\u00AF"}, {"tilde", "~"},   {"widetilde", "~"},
               {"vec", "→"},           {"dot", "˙"},     {"ddot", "¨"}};

static cn_status read_accent(reader *r, const char *name, cn__formula **out)
{
    size_t i = 0;
    while (strcmp(accents[i].name, name) != 0) i++;
    CN_TRY(with_children(r, CN_FORMULA_ACCENT, 1, out));
    (*out)->text = accents[i].mark;
    return read_argument(r, name, &(*out)->children[0]);
}

/* ---- brackets ------------------------------------------------------------------------------------------------------- */

/* What stands behind \left or \right: a bracket, a bar, or a point for none. */
static cn_status read_bracket(reader *r, const char *of, const char **out)
{
    char name[MOST_NAME];
    static const char *const plain[] = {"(", ")", "[", "]", "|", "/", "<", ">"};
    skip(r);
    if (r->p >= r->end) return fail_end("a bracket");
    if (take(r, ".")) return *out = "", CN_OK;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (take(r, plain[i])) return *out = i == 6 ? "⟨" : i == 7 ? "⟩" : plain[i], CN_OK;
    if (*r->p == '\\') {
        read_name(r, name);
        const cn__symbol *s = cn__symbol_find(name);
        const bool bracket =
            s && (s->atom == CN_ATOM_OPEN || s->atom == CN_ATOM_CLOSE || strstr("|Vert vert", name));
        if (bracket) return *out = s->text, CN_OK;
        return cn__fail(CN_ERROR_ARGUMENT, "%s\\%s, expected a bracket behind %s", of, name, of);
    }
    return cn__fail(CN_ERROR_ARGUMENT, "%s%.*s, expected a bracket behind %s", of, (int)character(r), r->p,
                    of);
}

static cn_status read_fence(reader *r, cn__formula **out)
{
    CN_TRY(with_children(r, CN_FORMULA_FENCE, 1, out));
    CN_TRY(read_bracket(r, "\\left", &(*out)->text));
    CN_TRY(read_row(r, "\\right", &(*out)->children[0]));
    return read_bracket(r, "\\right", &(*out)->close);
}

/* ---- tables ---------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *open, *close;
    bool aligned, left;
} grids[] = {{"matrix", NULL, NULL, false, false}, {"pmatrix", "(", ")", false, false},
             {"bmatrix", "[", "]", false, false},  {"vmatrix", "|", "|", false, false},
             {"cases", "{", "", false, true},      {"aligned", NULL, NULL, true, false},
             {"align", NULL, NULL, true, false},   {"align*", NULL, NULL, true, false}};
enum { GRIDS = sizeof grids / sizeof *grids };

/* Rows may be of different lengths: the others are filled up. */
static cn_status lay_grid(reader *r, const cn__formula *cells, const size_t *ends, size_t rows,
                          cn__formula *grid)
{
    size_t columns = 1, from = 0;
    for (size_t i = 0; i < rows; from = ends[i++])
        if (ends[i] - from > columns) columns = ends[i] - from;
    grid->columns = columns;
    grid->count = rows * columns;
    grid->children = cn__arena_array(r->arena, grid->count, sizeof *grid->children);
    if (!grid->children) return CN_ERROR_MEMORY;
    for (size_t i = 0, at_cell = 0; i < rows; i++)
        for (size_t c = 0; c < columns; c++)
            grid->children[i * columns + c] =
                at_cell < ends[i] ? cells->children[at_cell++] : new_node(r, CN_FORMULA_ROW);
    for (size_t i = 0; i < grid->count; i++)
        if (!grid->children[i]) return CN_ERROR_MEMORY;
    return CN_OK;
}

enum { MOST_ROWS = 60 };

static cn_status read_cells(reader *r, cn__formula *grid)
{
    size_t ends[MOST_ROWS], rows = 0;
    cn__formula *cells = new_node(r, CN_FORMULA_ROW), *cell;
    if (!cells) return CN_ERROR_MEMORY;
    for (bool more = true; more;) {
        CN_TRY(read_row(r, "&", &cell)); /* or \\ or \end */
        CN_TRY(append(r, cells, cell));
        if (take(r, "&")) continue;
        if (rows == MOST_ROWS) return cn__fail(CN_ERROR_ARGUMENT, "a table of more than %d rows", MOST_ROWS);
        ends[rows++] = cells->count;
        more = take(r, "\\\\") && !at(r, "\\end");
    }
    return lay_grid(r, cells, ends, rows, grid);
}

static cn_status read_environment(reader *r, cn__formula **out)
{
    const char *name, *end;
    size_t size, end_size, i = 0;
    const char *names[GRIDS];
    CN_TRY(read_braces(r, "begin", &name, &size));
    while (i < GRIDS && (strlen(grids[i].name) != size || memcmp(grids[i].name, name, size) != 0)) i++;
    for (size_t k = 0; k < GRIDS; k++) names[k] = grids[k].name;
    if (i == GRIDS)
        return cn__fail_word(CN_ERROR_ARGUMENT, "environment",
                             cn__arena_format(r->arena, "%.*s", (int)size, name), names, GRIDS);
    cn__formula *grid = new_node(r, CN_FORMULA_GRID);
    if (!grid) return CN_ERROR_MEMORY;
    grid->aligned = grids[i].aligned, grid->left = grids[i].left;
    if (++r->grids > MOST_GRIDS)
        return cn__fail(CN_ERROR_ARGUMENT, "tables inside one another, more than %d deep", MOST_GRIDS);
    CN_TRY(read_cells(r, grid));
    r->grids--;
    if (!take(r, "\\end")) return fail_end("\\end");
    CN_TRY(read_braces(r, "end", &end, &end_size));
    if (end_size != size || memcmp(end, name, size) != 0)
        return cn__fail(CN_ERROR_ARGUMENT, "\\begin{%.*s} is closed by \\end{%.*s}", (int)size, name,
                        (int)end_size, end);
    *out = grid;
    if (!grids[i].open) return CN_OK;
    CN_TRY(with_children(r, CN_FORMULA_FENCE, 1, out));
    (*out)->text = grids[i].open, (*out)->close = grids[i].close;
    (*out)->children[0] = grid;
    return CN_OK;
}

/* ---- commands --------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    cn_status (*read)(reader *r, const char *name, cn__formula **out);
} commands[] = {{"frac", read_fraction},    {"dfrac", read_fraction},    {"tfrac", read_fraction},
                {"sqrt", read_root},        {"text", read_text},         {"textrm", read_text},
                {"textbf", read_text},      {"operatorname", read_text}, {"mathrm", read_style},
                {"mathbf", read_style},     {"boldsymbol", read_style},  {"bm", read_style},
                {"mathsf", read_style},     {"mathit", read_argument},   {"mathbb", read_letters},
                {"mathcal", read_letters},  {"hat", read_accent},        {"widehat", read_accent},
                {"bar", read_accent},       {"overline", read_accent},   {"tilde", read_accent},
                {"widetilde", read_accent}, {"vec", read_accent},        {"dot", read_accent},
                {"ddot", read_accent}};

static const struct {
    const char *name;
    double ems;
} spaces[] = {{",", 1.0 / 6}, {":", 2.0 / 9}, {";", 5.0 / 18}, {"!", -1.0 / 6},
              {" ", 0.25},    {"quad", 1},    {"qquad", 2}};

/* Commands that set how large the rest is: the place decides that here. */
static bool says_nothing(const char *name)
{
    static const char *const words[] = {"displaystyle", "textstyle", "limits", "big",  "Big",     "bigl",
                                        "bigr",         "Bigl",      "Bigr",   "bigg", "nolimits"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0) return true;
    return false;
}

static cn_status fail_command(const char *name)
{
    size_t count;
    const char *const *names = cn__symbol_names(&count), *nearest = cn__nearest_word(name, names, count);
    if (nearest)
        return cn__fail(CN_ERROR_ARGUMENT, "unknown command '\\%s'; did you mean '\\%s'?", name, nearest);
    return cn__fail(CN_ERROR_ARGUMENT, "unknown command '\\%s'", name);
}

static cn_status read_command(reader *r, cn__formula **out)
{
    char name[MOST_NAME];
    read_name(r, name);
    if (strcmp(name, "left") == 0) return read_fence(r, out);
    if (strcmp(name, "begin") == 0) return read_environment(r, out);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0) return commands[i].read(r, name, out);
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (strcmp(spaces[i].name, name) != 0) continue;
        *out = new_node(r, CN_FORMULA_SPACE);
        if (*out) (*out)->space = spaces[i].ems;
        return *out ? CN_OK : CN_ERROR_MEMORY;
    }
    if (says_nothing(name)) return (*out = new_node(r, CN_FORMULA_ROW)) ? CN_OK : CN_ERROR_MEMORY;
    const cn__symbol *s = cn__symbol_find(name);
    if (!s) return *name ? fail_command(name) : fail_end("a command behind \\");
    CN_TRY(new_atom(r, s->atom, s->text, strlen(s->text), out));
    (*out)->limits = s->limits;
    return CN_OK;
}

/* ---- characters -------------------------------------------------------------------------------------------------------- */

static cn_status read_character(reader *r, cn__formula **out)
{
    static const struct {
        const char *from, *text;
        cn__atom atom;
    } signs[] = {
        {"+", "+", CN_ATOM_BINARY},   {"-", "−", CN_ATOM_BINARY},      {"*", "∗", CN_ATOM_BINARY},
        {"·", "⋅", CN_ATOM_BINARY},   {"×", "×", CN_ATOM_BINARY},      {"=", "=", CN_ATOM_RELATION},
        {"<", "<", CN_ATOM_RELATION}, {">", ">", CN_ATOM_RELATION},    {":", ":", CN_ATOM_RELATION},
        {"≤", "≤", CN_ATOM_RELATION}, {"≥", "≥", CN_ATOM_RELATION},    {"→", "→", CN_ATOM_RELATION},
        {"(", "(", CN_ATOM_OPEN},     {"[", "[", CN_ATOM_OPEN},        {")", ")", CN_ATOM_CLOSE},
        {"]", "]", CN_ATOM_CLOSE},    {",", ",", CN_ATOM_PUNCTUATION}, {";", ";", CN_ATOM_PUNCTUATION},
        {"!", "!", CN_ATOM_CLOSE},    {"~", "\u00A0", CN_ATOM_TEXT}};
    size_t n = character(r);
    const char *p = r->p;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strlen(signs[i].from) == n && memcmp(signs[i].from, p, n) == 0) {
            r->p += n;
            return new_atom(r, signs[i].atom, signs[i].text, strlen(signs[i].text), out);
        }
    if (isdigit((unsigned char)*p) || (*p == '.' && p + 1 < r->end && isdigit((unsigned char)p[1]))) {
        while (p < r->end && (isdigit((unsigned char)*p) || *p == '.')) p++;
        if (p[-1] == '.' && p - r->p > 1) p--; /* the end of a sentence */
        n = (size_t)(p - r->p);
        r->p = p;
        return new_atom(r, CN_ATOM_NUMBER, p - n, n, out);
    }
    const bool letter = isalpha((unsigned char)*p) || (unsigned char)*p >= 0x80;
    r->p += n;
    return new_atom(r, letter ? CN_ATOM_IDENTIFIER : CN_ATOM_ORDINARY, p, n, out);
}

/* ---- one thing, its scripts, a row -------------------------------------------------------------------------------------- */

/* {…}: a sign alone in braces is none between others, as in 401{,}920. */
static cn_status read_group(reader *r, cn__formula **out)
{
    CN_TRY(read_row(r, "}", out));
    cn__formula *only = (*out)->count == 1 ? (*out)->children[0] : NULL;
    if (only && only->kind == CN_FORMULA_ATOM &&
        (only->atom == CN_ATOM_PUNCTUATION || only->atom == CN_ATOM_BINARY || only->atom == CN_ATOM_RELATION))
        only->atom = CN_ATOM_NUMBER;
    return CN_OK;
}

static cn_status read_one(reader *r, cn__formula **out)
{
    skip(r);
    if (r->p >= r->end) return fail_end("a letter, a number or a command");
    if (take(r, "{")) return read_group(r, out);
    if (strchr("}&^_", *r->p))
        return cn__fail(CN_ERROR_ARGUMENT, "'%c' has nothing before it that it belongs to", *r->p);
    if (*r->p == '#' || *r->p == '%') return cn__fail(CN_ERROR_ARGUMENT, "'%c', expected \\%c", *r->p, *r->p);
    return *r->p == '\\' ? read_command(r, out) : read_character(r, out);
}

static cn_status read_argument(reader *r, const char *of, cn__formula **out)
{
    skip(r);
    if (r->p >= r->end) return cn__fail(CN_ERROR_ARGUMENT, "\\%s, expected {…} behind it", of);
    if (isdigit((unsigned char)*r->p)) return new_atom(r, CN_ATOM_NUMBER, r->p++, 1, out); /* as in \frac12 */
    if (++r->depth > MOST_DEPTH)
        return cn__fail(CN_ERROR_ARGUMENT, "brackets and fractions inside one another, more than %d deep",
                        MOST_DEPTH);
    cn_status status = read_one(r, out);
    r->depth--;
    return status;
}

/* f'': the sign stands high by itself. */
static cn_status read_primes(reader *r, cn__formula **base)
{
    static const char prime[] = "′";
    while (take(r, "'")) {
        cn__formula *row, *mark;
        CN_TRY(with_children(r, CN_FORMULA_ROW, 2, &row));
        CN_TRY(new_atom(r, CN_ATOM_ORDINARY, prime, sizeof prime - 1, &mark));
        row->children[0] = *base, row->children[1] = mark;
        *base = row;
    }
    return CN_OK;
}

static cn_status read_scripts(reader *r, cn__formula *base, cn__formula **out)
{
    cn__formula *under = NULL, *upper = NULL;
    CN_TRY(read_primes(r, &base));
    *out = base;
    for (;;) {
        const bool low = at(r, "_"), high = at(r, "^");
        if (!low && !high) break;
        cn__formula **place = low ? &under : &upper;
        if (*place)
            return cn__fail(CN_ERROR_ARGUMENT, "two %s scripts of one thing", low ? "lower" : "upper");
        r->p++;
        CN_TRY(read_argument(r, low ? "_" : "^", place));
    }
    if (!under && !upper) return CN_OK;
    CN_TRY(with_children(r, CN_FORMULA_SCRIPTS, 3, out));
    cn__formula *const children[] = {base, under, upper};
    memcpy((*out)->children, children, sizeof children);
    (*out)->limits = base->limits;
    return CN_OK;
}

/* Does the row end here? It does before &, \\ and \end too, where a table reads its cells. */
static bool ends(reader *r, const char *closing)
{
    skip(r);
    if (!closing) return r->p >= r->end;
    if (*closing == '&') return at(r, "&") || at(r, "\\\\") || at(r, "\\end");
    return at(r, closing);
}

static cn_status fill_row(reader *r, const char *closing, cn__formula *row)
{
    cn__formula *one, *scripted;
    while (!ends(r, closing)) {
        if (r->p >= r->end) return fail_end(*closing == '&' ? "\\end" : closing);
        if (at(r, "\\right")) return cn__fail(CN_ERROR_ARGUMENT, "\\right without \\left");
        CN_TRY(read_one(r, &one));
        CN_TRY(read_scripts(r, one, &scripted));
        CN_TRY(append(r, row, scripted));
    }
    if (closing && *closing != '&') (void)take(r, closing);
    return CN_OK;
}

static cn_status read_row(reader *r, const char *closing, cn__formula **out)
{
    *out = new_node(r, CN_FORMULA_ROW);
    if (!*out) return CN_ERROR_MEMORY;
    if (++r->depth > MOST_DEPTH)
        return cn__fail(CN_ERROR_ARGUMENT, "brackets and fractions inside one another, more than %d deep",
                        MOST_DEPTH);
    cn_status status = fill_row(r, closing, *out);
    r->depth--;
    return status;
}

cn_status cn__formula_read(cn__arena *arena, const char *tex, size_t size, const cn__formula **out)
{
    reader r = {.arena = arena, .p = tex, .end = tex + size};
    cn__formula *row = NULL;
    CN_TRY(read_row(&r, NULL, &row));
    *out = row;
    return CN_OK;
}
