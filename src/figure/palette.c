/* The dark set is chosen for dark paper: lighter hues, softer text, the same order of networks. */
#include "figure/palette.h"

#include <stdlib.h>

typedef struct colour_entry {
    const char *name, *light, *dark;
} colour_entry;

static const colour_entry colours[CN_COLOUR_COUNT] = {
    [CN_COLOUR_NONE] = {"none", "none", "none"},
    [CN_COLOUR_INK] = {"ink", "#1F2937", "#E6E9EE"},
    [CN_COLOUR_MUTED] = {"muted", "#4B5563", "#B4BCC8"},
    [CN_COLOUR_AXIS] = {"axis", "#9CA3AF", "#6F7A8A"},
    [CN_COLOUR_GRID] = {"grid", "#E5E7EB", "#2B3441"},
    [CN_COLOUR_PAPER] = {"paper", "#FFFFFF", "#12171F"},
    [CN_COLOUR_NOTE] = {"note", "#6B7280", "#98A2B3"},
    [CN_COLOUR_TRAINING] = {"training", "#0072B2", "#5AAFEF"},
    [CN_COLOUR_VALIDATION] = {"validation", "#D55E00", "#FF9A57"},
    [CN_COLOUR_TEST] = {"test", "#7B5EA7", "#BBA4F0"},
    [CN_COLOUR_DIFFERENCE] = {"difference", "#00846B", "#2FC495"},
    [CN_COLOUR_NETWORK + 0] = {"network-1", "#0072B2", "#4C9FE6"},
    [CN_COLOUR_NETWORK + 1] = {"network-2", "#E69F00", "#F0B544"},
    [CN_COLOUR_NETWORK + 2] = {"network-3", "#009E73", "#2FC495"},
    [CN_COLOUR_NETWORK + 3] = {"network-4", "#CC79A7", "#E293C0"},
    [CN_COLOUR_NETWORK + 4] = {"network-5", "#56B4E9", "#A6DDFA"},
    [CN_COLOUR_NETWORK + 5] = {"network-6", "#D55E00", "#FF8646"},
    [CN_COLOUR_NETWORK + 6] = {"network-7", "#6B7280", "#98A2B3"},
};

cn__colour cn__network_colour(int network)
{
    int index = network > 0 ? (network - 1) % CN_NETWORK_HUES : 0;
    return (cn__colour)((int)CN_COLOUR_NETWORK + index);
}

const char *cn__colour_name(cn__colour colour) { return colours[colour].name; }

const char *cn__colour_hex(cn__colour colour) { return colours[colour].light; }

void cn__colour_rgb(cn__colour colour, double rgb[3])
{
    unsigned long value = colour == CN_COLOUR_NONE ? 0 : strtoul(colours[colour].light + 1, NULL, 16);
    for (int i = 0; i < 3; i++) rgb[i] = (double)(value >> (16 - 8 * i) & 255) / 255;
}

static void variables(cn__text *out, const char *selector, bool dark)
{
    cn__text_printf(out, "%s{", selector);
    for (int i = CN_COLOUR_INK; i < CN_COLOUR_COUNT; i++)
        cn__text_printf(out, "--cn-%s:%s;", colours[i].name, dark ? colours[i].dark : colours[i].light);
    cn__text_add(out, "}\n");
}

/* A page may settle the question with data-theme on its root; else the reader's system does. Paper is never dark. */
void cn__palette_style(cn__text *out)
{
    variables(out, ".cn-figure", false);
    cn__text_add(out, "@media screen and (prefers-color-scheme:dark){\n");
    variables(out, ":root:not([data-theme=light]) .cn-figure,.cn-figure:root", true);
    cn__text_add(out, "}\n@media screen{\n");
    variables(out, ":root[data-theme=dark] .cn-figure", true);
    cn__text_add(out, "}\n");
    for (int i = CN_COLOUR_INK; i < CN_COLOUR_COUNT; i++)
        cn__text_printf(out, ".cn-figure .f-%s{fill:var(--cn-%s)}.cn-figure .s-%s{stroke:var(--cn-%s)}\n",
                        colours[i].name, colours[i].name, colours[i].name, colours[i].name);
}
