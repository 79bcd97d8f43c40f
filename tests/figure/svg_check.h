/* What the tests ask of an SVG: that it is well-formed XML, and where its texts stand. */
#ifndef CN_TESTS_FIGURE_SVG_CHECK_H
#define CN_TESTS_FIGURE_SVG_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure/canvas/canvas.h"

enum { MOST_TEXTS = 2000, MOST_DEPTH = 32 };

/* ---- well-formed ---------------------------------------------------------------------------------------- */

static inline bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

/* An '&' must begin one of the five entities. */
static inline bool is_entity(const char *p)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(p, known[i], strlen(known[i])) == 0) return true;
    return false;
}

static inline bool is_plain(char c) { return (unsigned char)c >= 0x20 || c == '\n'; }

/* name="value" … up to '>' or "/>"; NULL when it is not so. */
static inline const char *skip_attributes(const char *p, bool *closed)
{
    for (;;) {
        while (*p == ' ') p++;
        *closed = *p == '/';
        if (*closed) p++;
        if (*p == '>') return p + 1;
        if (*closed || !is_name_char(*p)) return NULL;
        while (is_name_char(*p)) p++;
        if (*p++ != '=' || *p++ != '"') return NULL;
        for (; *p != '"'; p++)
            if (!*p || *p == '<' || !is_plain(*p) || (*p == '&' && !is_entity(p))) return NULL;
        if (*++p != ' ' && *p != '/' && *p != '>') return NULL;
    }
}

/* One root, tags that nest, quoted attributes, no stray '<', '&' or control character. */
static inline bool is_well_formed(const char *xml)
{
    const char *names[MOST_DEPTH];
    size_t lengths[MOST_DEPTH], depth = 0, roots = 0;
    const char *p = xml;
    if (strncmp(p, "<?xml", 5) == 0) p = strstr(p, "?>") ? strstr(p, "?>") + 2 : NULL;
    while (p && *p) {
        if (*p != '<') {
            if ((*p == '&' && !is_entity(p)) || !is_plain(*p) || (!depth && *p != '\n')) return false;
            p++;
            continue;
        }
        bool end = p[1] == '/', closed = false;
        const char *name = p + 1 + end;
        size_t length = 0;
        while (is_name_char(name[length])) length++;
        p = length ? skip_attributes(name + length, &closed) : NULL;
        if (!p) return false;
        if (end) {
            if (!depth || lengths[depth - 1] != length || memcmp(names[depth - 1], name, length) != 0)
                return false;
            depth--;
        } else {
            if (!depth && roots++) return false;
            if (closed) continue;
            if (depth == MOST_DEPTH) return false;
            names[depth] = name, lengths[depth++] = length;
        }
    }
    return p && depth == 0 && roots == 1;
}

static inline size_t count_of(const char *text, const char *piece)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, piece)); p += strlen(piece)) n++;
    return n;
}

/* ---- texts ---------------------------------------------------------------------------------------------- */

typedef struct text_box {
    char text[256];
    double size, left, right, top, bottom;
} text_box;

static inline double attribute_of(const char *tag, const char *name, double otherwise)
{
    char key[32];
    snprintf(key, sizeof key, " %s=\"", name);
    const char *end = strchr(tag, '>'), *at = strstr(tag, key);
    return at && at < end ? strtod(at + strlen(key), NULL) : otherwise;
}

static inline bool tag_has(const char *tag, const char *piece)
{
    const char *end = strchr(tag, '>'), *at = strstr(tag, piece);
    return at && at < end;
}

/* The text of an element, entities resolved. */
static inline void element_text(const char *p, char *out, size_t size)
{
    size_t n = 0;
    for (; *p && *p != '<' && n + 1 < size; n++) {
        char c = *p;
        if (c == '&') {
            c = p[1] == 'a' ? '&' : p[1] == 'l' ? '<' : p[1] == 'g' ? '>' : '"';
            p = strchr(p, ';');
        }
        out[n] = c;
        p++;
    }
    out[n] = '\0';
}

static text_box box_of(cn__ruler *ruler, const char *tag)
{
    text_box box = {.size = attribute_of(tag, "font-size", 0)};
    double x = attribute_of(tag, "x", 0), y = attribute_of(tag, "y", 0);
    bool upright = tag_has(tag, "rotate(-90)");
    if (upright) {
        char *rest;
        x = strtod(strstr(tag, "translate(") + 10, &rest);
        y = strtod(rest, NULL);
    }
    element_text(strchr(tag, '>') + 1, box.text, sizeof box.text);
    double width = cn__text_extent(ruler, box.text, box.size, tag_has(tag, "font-weight"));
    double share = tag_has(tag, "\"middle\"") ? 0.5 : tag_has(tag, "\"end\"") ? 1 : 0;
    double rise = 0.72 * box.size, fall = 0.12 * box.size;
    if (upright)
        box.left = x - rise, box.right = x + fall, box.bottom = y + share * width,
        box.top = box.bottom - width;
    else
        box.left = x - share * width, box.right = box.left + width, box.top = y - rise, box.bottom = y + fall;
    return box;
}

static inline size_t find_texts(cn__ruler *ruler, const char *svg, text_box *out)
{
    size_t n = 0;
    for (const char *p = svg; (p = strstr(p, "<text")) && n < MOST_TEXTS; p++) out[n++] = box_of(ruler, p);
    return n;
}

static inline bool boxes_overlap(const text_box *a, const text_box *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

#endif
