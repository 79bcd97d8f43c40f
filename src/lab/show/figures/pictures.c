/* A PNG is kept under a name of its figure's SVG, which holds all that is drawn, and of what draws it. */
#include "lab/show/figures/pictures.h"

#include "base/arena.h"
#include "base/text/text.h"
#include "cornu/cornu.h"
#include "data/data.h"
#include "figure/figure.h"

/* The number is to be raised when other PNGs are drawn from the same SVG within a version of the program. */
void cn__pictures_kind(char *out, size_t size)
{
    char libraries[120];
    cn__figure_drawn_by(libraries, sizeof libraries);
    cn__format(out, size, "png 2 %s, %s", CN_VERSION, libraries);
}

static bool find(void *user, const cn__text *svg, cn__text *png)
{
    char key[33], kind[160], *data;
    size_t size;
    cn__fingerprint(svg->data, svg->size, key);
    cn__pictures_kind(kind, sizeof kind);
    if (cn__cache_get(user, key, kind, &data, &size) != CN_OK || !data) return false;
    cn__text_add_bytes(png, data, size);
    cn__free(data);
    return true;
}

/* A picture that cannot be kept is drawn again next time. */
static void keep(void *user, const cn__text *svg, const cn__text *png)
{
    char key[33], kind[160];
    cn__fingerprint(svg->data, svg->size, key);
    cn__pictures_kind(kind, sizeof kind);
    if (!png->failed) (void)!cn__cache_put(user, key, kind, png->data, png->size);
}

cn__report_pictures cn__pictures_of(cn__cache *cache)
{
    return (cn__report_pictures){.find = find, .keep = keep, .user = cache};
}
