/* Pictures without labels: a file, or those of a folder, to be predicted. */
#include <string.h>

#include "base/arena.h"
#include "data/images/folder.h"

static cn_status read_unlabelled(cn__arena *arena, const char *path, const cn_image_options *o,
                                 cn_pictures *out)
{
    cn__image_part p = {.folder = path};
    cn__image_shape s;
    cn_array y = {0};
    CN_TRY(cn__image_start(o, &s));
    cn_status status = cn__image_files(arena, path, &p.files);
    if (status == CN_OK && !p.files.count)
        status = cn__fail(CN_ERROR_DATA, "%s holds no PNG or JPEG file", path);
    uint32_t *order = status == CN_OK ? cn__malloc(p.files.count * sizeof *order) : NULL;
    p.labels = order ? cn__calloc(p.files.count, sizeof *p.labels) : NULL;
    for (size_t i = 0; order && i < p.files.count; i++) order[i] = (uint32_t)i;
    if (status == CN_OK && !p.labels) status = CN_ERROR_MEMORY;
    if (status == CN_OK) status = cn__images_read(&p, order, p.files.count, &s, &out->x, &y);
    if (status == CN_OK && cn__images_become_grey(&s)) status = cn__images_make_grey(&out->x);
    const char **files = status == CN_OK ? cn__arena_array(arena, p.files.count, sizeof *files) : NULL;
    if (files) memcpy(files, p.files.items, p.files.count * sizeof *files);
    out->files = files;
    out->count = files ? p.files.count : 0;
    cn__free(order);
    cn_array_free(&y);
    cn__image_part_free(&p);
    return status == CN_OK && !files ? CN_ERROR_MEMORY : status;
}

cn_status cn_pictures_read(const char *path, const cn_image_options *options, cn_pictures *out)
{
    static const cn_image_options defaults = {0};
    cn__arena *arena = cn__calloc(1, sizeof *arena);
    *out = (cn_pictures){.memory = arena};
    if (!arena) return CN_ERROR_MEMORY;
    cn_status status = read_unlabelled(arena, path, options ? options : &defaults, out);
    if (status != CN_OK) cn_pictures_free(out);
    return status;
}

void cn_pictures_free(cn_pictures *p)
{
    cn_array_free(&p->x);
    if (p->memory) cn__arena_free(p->memory);
    cn__free(p->memory);
    *p = (cn_pictures){0};
}
