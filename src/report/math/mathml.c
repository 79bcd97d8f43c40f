/* The tree as MathML, of which browsers draw the core without scripts. */
#include <string.h>

#include "base/text/escape.h"
#include "report/math/formula.h"

static void add(cn__text *out, const cn__formula *f, bool display);

static void add_text(cn__text *out, const char *open, const char *text, const char *close)
{
    cn__text_add(out, open);
    cn__html_escape(out, text);
    cn__text_add(out, close);
}

/* A single letter leans by itself. */
static void add_identifier(cn__text *out, const cn__formula *f)
{
    const char *open = f->atom == CN_ATOM_IDENTIFIER ? f->bold ? "<mi style=\"font-weight:bold\">" : "<mi>"
                       : f->bold ? "<mi mathvariant=\"normal\" style=\"font-weight:bold\">"
                                 : "<mi mathvariant=\"normal\">";
    add_text(out, open, f->text, "</mi>");
}

/* Blanks at the ends would be lost. */
static void add_words(cn__text *out, const char *text)
{
    const size_t n = strlen(text);
    cn__text_add(out, *text == ' ' ? "<mtext>\u00A0" : "<mtext>");
    cn__html_escape(out, text);
    cn__text_add(out, n > 1 && text[n - 1] == ' ' ? "\u00A0</mtext>" : "</mtext>");
}

static void add_atom(cn__text *out, const cn__formula *f, bool display)
{
    switch (f->atom) {
    case CN_ATOM_IDENTIFIER:
    case CN_ATOM_ORDINARY: add_identifier(out, f); break;
    case CN_ATOM_NUMBER:
        add_text(out, f->bold ? "<mn style=\"font-weight:bold\">" : "<mn>", f->text, "</mn>");
        break;
    case CN_ATOM_FUNCTION: /* a space follows unless a bracket does, as <mo> has it */
        add_text(out, "<mi>", f->text, "</mi><mo>\u2061</mo>");
        break;
    case CN_ATOM_OPEN:
    case CN_ATOM_CLOSE: add_text(out, "<mo stretchy=\"false\">", f->text, "</mo>"); break;
    case CN_ATOM_LARGE:
        add_text(out, display ? "<mo largeop=\"true\">" : "<mo largeop=\"false\">", f->text, "</mo>");
        break;
    case CN_ATOM_TEXT: add_words(out, f->text); break;
    case CN_ATOM_BINARY:
    case CN_ATOM_RELATION:
    case CN_ATOM_PUNCTUATION: add_text(out, "<mo>", f->text, "</mo>"); break;
    }
}

static void add_row(cn__text *out, const cn__formula *f, bool display)
{
    cn__text_add(out, "<mrow>");
    for (size_t i = 0; i < f->count; i++) add(out, f->children[i], display);
    cn__text_add(out, "</mrow>");
}

/* One element for each: a function's is two. */
static void add_one(cn__text *out, const cn__formula *f, bool display)
{
    const bool function = f->kind == CN_FORMULA_ATOM && f->atom == CN_ATOM_FUNCTION;
    if (function) add_text(out, "<mi>", f->text, "</mi>");
    else add(out, f, display);
}

static void add_scripts(cn__text *out, const cn__formula *f, bool display)
{
    const cn__formula *base = f->children[0], *under = f->children[1], *upper = f->children[2];
    const bool limits = f->limits && display;
    const char *name = limits           ? under && upper ? "munderover"
                                          : under        ? "munder"
                                                         : "mover"
                       : under && upper ? "msubsup"
                       : under          ? "msub"
                                        : "msup";
    cn__text_printf(out, "<%s>", name);
    add_one(out, base, display);
    if (under) add_one(out, under, false);
    if (upper) add_one(out, upper, false);
    cn__text_printf(out, "</%s>", name);
    if (base->kind == CN_FORMULA_ATOM && base->atom == CN_ATOM_FUNCTION) cn__text_add(out, "<mo>\u2061</mo>");
}

static void add_fence(cn__text *out, const cn__formula *f, bool display)
{
    cn__text_add(out, "<mrow>");
    if (*f->text) add_text(out, "<mo fence=\"true\" form=\"prefix\" stretchy=\"true\">", f->text, "</mo>");
    add_one(out, f->children[0], display);
    if (*f->close) add_text(out, "<mo fence=\"true\" form=\"postfix\" stretchy=\"true\">", f->close, "</mo>");
    cn__text_add(out, "</mrow>");
}

static void add_grid(cn__text *out, const cn__formula *f)
{
    cn__text_add(out, f->aligned ? "<mtable displaystyle=\"true\">" : "<mtable>");
    for (size_t i = 0; i < f->count; i++) {
        const size_t column = i % f->columns;
        if (!column) cn__text_add(out, "<mtr>");
        const char *align = f->aligned ? column % 2 ? " style=\"text-align:left;padding-left:0\""
                                                    : " style=\"text-align:right;padding-right:0\""
                            : f->left  ? " style=\"text-align:left\""
                                       : "";
        cn__text_printf(out, "<mtd%s>", align);
        add_one(out, f->children[i], f->aligned);
        cn__text_add(out, column + 1 == f->columns ? "</mtd></mtr>" : "</mtd>");
    }
    cn__text_add(out, "</mtable>");
}

static void add(cn__text *out, const cn__formula *f, bool display)
{
    switch (f->kind) {
    case CN_FORMULA_ROW: add_row(out, f, display); break;
    case CN_FORMULA_ATOM: add_atom(out, f, display); break;
    case CN_FORMULA_FRACTION:
        cn__text_add(out, "<mfrac>");
        for (int i = 0; i < 2; i++) add_one(out, f->children[i], false);
        cn__text_add(out, "</mfrac>");
        break;
    case CN_FORMULA_ROOT:
        cn__text_add(out, f->children[1] ? "<mroot>" : "<msqrt>");
        add_one(out, f->children[0], display);
        if (f->children[1]) add_one(out, f->children[1], false);
        cn__text_add(out, f->children[1] ? "</mroot>" : "</msqrt>");
        break;
    case CN_FORMULA_SCRIPTS: add_scripts(out, f, display); break;
    case CN_FORMULA_ACCENT:
        cn__text_add(out, "<mover accent=\"true\">");
        add_one(out, f->children[0], display);
        add_text(out, "<mo stretchy=\"true\">", f->text, "</mo></mover>");
        break;
    case CN_FORMULA_FENCE: add_fence(out, f, display); break;
    case CN_FORMULA_GRID: add_grid(out, f); break;
    case CN_FORMULA_SPACE: cn__text_printf(out, "<mspace width=\"%.3fem\"/>", f->space); break;
    }
}

void cn__formula_mathml(cn__text *out, const cn__formula *formula, const char *tex, bool display)
{
    cn__text_add(out, display ? "<math display=\"block\"><semantics>" : "<math><semantics>");
    add_row(out, formula, display);
    add_text(out, "<annotation encoding=\"application/x-tex\">", tex, "</annotation></semantics></math>");
}

void cn__formula_plain(cn__text *out, const cn__formula *f)
{
    if (f->kind == CN_FORMULA_ATOM) cn__text_add(out, f->text);
    if (f->kind == CN_FORMULA_FENCE) cn__text_add(out, f->text);
    for (size_t i = 0; i < f->count; i++) {
        if (!f->children[i]) continue;
        if (i == 1 && f->kind == CN_FORMULA_FRACTION) cn__text_add(out, "/");
        if (i && f->kind == CN_FORMULA_SCRIPTS) cn__text_add(out, i == 1 ? "_" : "^");
        cn__formula_plain(out, f->children[i]);
    }
    if (f->kind == CN_FORMULA_FENCE) cn__text_add(out, f->close);
}
