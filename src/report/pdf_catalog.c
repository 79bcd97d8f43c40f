/* What a reader that speaks needs, and cairo 1.16 does not write: the language, the title in the window's bar, and texts for
 * figures. It is added as the format has it: objects written anew behind the file, with a table of their places (ISO 32000-1,
 * 7.5.6); what stands there already stays as it is. */
#include <stdlib.h>
#include <string.h>

#include "report/flow/flow.h"

typedef struct update {
    const cn__text *file;
    cn__text objects, table; /* what is added: objects, and a line of the table for each */
} update;

/* The file is binary, with zero bytes: strstr would end early. */
static const char *find(const char *from, const char *end, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = from; p + n <= end && (p = memchr(p, *word, (size_t)(end - p))); p++)
        if ((size_t)(end - p) >= n && memcmp(p, word, n) == 0) return p;
    return NULL;
}

static const char *end_of(const cn__text *file) { return file->data + file->size; }

/* The number behind a word of the trailer; 0: it is not there. */
static unsigned long number_behind(const char *trailer, const char *end, const char *word)
{
    const char *p = find(trailer, end, word);
    return p ? strtoul(p + strlen(word), NULL, 10) : 0;
}

/* "76 0 obj" at a line's beginning. */
static const char *find_object(const cn__text *file, unsigned long number)
{
    char head[32];
    cn__format(head, sizeof head, "\n%lu 0 obj\n", number);
    const char *p = find(file->data, end_of(file), head);
    return p ? p + 1 : NULL;
}

/* UTF-16, big endian, in hexadecimal: what a PDF's text is. */
static void add_text(cn__text *out, const char *utf8)
{
    cn__text_add(out, "<FEFF");
    while (*utf8) {
        const uint32_t c = cn__utf8_next(&utf8);
        if (c < 0x10000) cn__text_printf(out, "%04X", c);
        else
            cn__text_printf(out, "%04X%04X", 0xD800 + ((c - 0x10000) >> 10),
                            0xDC00 + ((c - 0x10000) & 0x3FF));
    }
    cn__text_add(out, ">");
}

/* The object at p once more, with `more` before the end of its dictionary. */
static void write_anew(update *u, const char *p, const char *more)
{
    const char *close = find(p, end_of(u->file), ">>\nendobj");
    const unsigned long number = strtoul(p, NULL, 10);
    if (!close) return;
    cn__text_printf(&u->table, "%lu 1\n%010zu 00000 n \n", number, u->file->size + u->objects.size);
    cn__text_add_bytes(&u->objects, p, (size_t)(close - p));
    cn__text_printf(&u->objects, "%s>>\nendobj\n", more);
}

static const char *next_figure(const cn__text *file, const char *from)
{
    static const char element[] = "<< /Type /StructElem\n   /S /Figure\n";
    const char *p = find(from, end_of(file), element);
    if (!p || p == file->data) return NULL;
    for (p--; p > file->data && p[-1] != '\n';) p--; /* the line before it: "33 0 obj" */
    return p;
}

/* Elements are written in the order in which they were drawn; if there are more or fewer, none is known for sure. */
static void add_alternatives(update *u, const cn__flow *flow, const cn__pages *pages)
{
    enum { LONGEST = 2000 };
    static const char mark[] = "/S /Figure\n";
    size_t drawn = 0, written = 0;
    for (size_t i = 0; i < pages->count; i++) {
        const cn__box_kind kind = flow->boxes[pages->places[i].box].kind;
        drawn += kind == CN_BOX_FIGURE || kind == CN_BOX_IMAGE;
    }
    for (const char *p = u->file->data; (p = find(p, end_of(u->file), mark)); p++) written++;
    if (drawn != written) return;
    const char *at = u->file->data;
    for (size_t i = 0; i < pages->count; i++) {
        const cn__flow_box *box = &flow->boxes[pages->places[i].box];
        if (box->kind != CN_BOX_FIGURE && box->kind != CN_BOX_IMAGE) continue;
        at = next_figure(u->file, at);
        if (!at) return;
        cn__text more = {0};
        cn__text_add(&more, "   /Alt ");
        add_text(&more, box->alt && strlen(box->alt) < LONGEST ? box->alt : flow->document->words->figure);
        cn__text_add(&more, "\n");
        if (!more.failed) write_anew(u, at, more.data);
        u->objects.failed = u->objects.failed || more.failed;
        cn__text_free(&more);
        at = find(at, end_of(u->file), mark) + 1;
    }
}

cn_status cn__pdf_complete(const cn__flow *flow, const cn__pages *pages, cn__text *pdf)
{
    enum { TAIL = 400 };
    update u = {.file = pdf};
    char more[120];
    const char *tail = pdf->data + (pdf->size > TAIL ? pdf->size - TAIL : 0), *end = end_of(pdf);
    const char *trailer = find(tail, end, "\ntrailer\n");
    const unsigned long size = trailer ? number_behind(trailer, end, "/Size ") : 0,
                        root = trailer ? number_behind(trailer, end, "/Root ") : 0,
                        info = trailer ? number_behind(trailer, end, "/Info ") : 0,
                        before = trailer ? number_behind(trailer, end, "startxref\n") : 0;
    const char *catalog = root ? find_object(pdf, root) : NULL;
    if (!catalog || !size || !info || !before) return CN_OK;
    cn__format(more, sizeof more, "   /Lang (%s)\n   /ViewerPreferences << /DisplayDocTitle true >>\n",
               flow->document->words->code);
    write_anew(&u, catalog, more);
    add_alternatives(&u, flow, pages);
    const size_t table = pdf->size + u.objects.size;
    cn__text_printf(&u.objects, "xref\n%s", u.table.data ? u.table.data : "");
    cn__text_printf(
        &u.objects,
        "trailer\n<< /Size %lu\n   /Root %lu 0 R\n   /Info %lu 0 R\n   /Prev %lu\n>>\nstartxref\n%zu\n"
        "%%%%EOF\n",
        size, root, info, before, table);
    const bool failed = u.objects.failed || u.table.failed;
    if (!failed) cn__text_add_bytes(pdf, u.objects.data, u.objects.size);
    cn__text_free(&u.objects);
    cn__text_free(&u.table);
    return failed || pdf->failed ? cn__fail_memory(pdf->size, "a PDF") : CN_OK;
}
