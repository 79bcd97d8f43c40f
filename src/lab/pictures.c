/* A PNG is kept under a hash of its figure's SVG, which holds all that is drawn. */
#include "lab/pictures.h"

#include "base/arena.h"
#include "cornu/cornu.h"
#include "data/data.h"

/* The number is to be raised when other PNGs are drawn from the same SVG within a version of the program. */
static const char kind[] = "png 1 " CORNU_VERSION;

static bool find(void *user, const cn__text *svg, cn__text *png)
{
    char key[65], *data;
    size_t size;
    cn__blake2b_hex(svg->data, svg->size, key);
    if (cn__cache_get(user, key, kind, &data, &size) != CN_OK || !data) return false;
    cn__text_add_bytes(png, data, size);
    cn__free(data);
    return true;
}

/* A picture that cannot be kept is drawn again next time. */
static void keep(void *user, const cn__text *svg, const cn__text *png)
{
    char key[65];
    cn__blake2b_hex(svg->data, svg->size, key);
    if (!png->failed) (void)!cn__cache_put(user, key, kind, png->data, png->size);
}

cn__report_pictures cn__pictures_of(cn__cache *cache)
{
    return (cn__report_pictures){.find = find, .keep = keep, .user = cache};
}
