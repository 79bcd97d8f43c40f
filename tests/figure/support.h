/* What the tests of figures share: every sample and every edge case at three widths, and looks at what was drawn. */
#ifndef CN_TESTS_FIGURE_SUPPORT_H
#define CN_TESTS_FIGURE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "figure/edges.h"
#include "figure/svg_check.h"

static const double widths[] = {390, 680, 960};

typedef void (*check)(const char *name, const cn__figure *figure, double width);

static inline void for_all(check check_one)
{
    for (size_t w = 0; w < COUNT(widths); w++) {
        for (size_t i = 0; i < COUNT(samples); i++)
            check_one(samples[i].name, samples[i].figure(), widths[w]);
        for (size_t i = 0; i < COUNT(edges); i++) check_one(edges[i].name, edges[i].figure(), widths[w]);
    }
}

static inline char *svg_of(const cn__figure *figure, double width, cn__svg_form form)
{
    cn__text out = {0};
    if (cn__figure_svg(figure, width, form, &out) != CN_OK) fail_msg("%s", cn_error());
    return out.data;
}

static inline char *svg_named(const char *name, double width)
{
    for (size_t i = 0; i < COUNT(samples); i++)
        if (strcmp(samples[i].name, name) == 0) return svg_of(samples[i].figure(), width, CN_SVG_INLINE);
    for (size_t i = 0; i < COUNT(edges); i++)
        if (strcmp(edges[i].name, name) == 0) return svg_of(edges[i].figure(), width, CN_SVG_INLINE);
    fail_msg("no sample '%s'", name);
    return NULL;
}

static inline void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("\"%s\" is not in\n%.3000s", part, text);
}

static inline void assert_has_not(const char *text, const char *part)
{
    const char *at = strstr(text, part);
    if (at) fail_msg("\"%s\" is there: %.200s", part, at);
}

#endif
