/* Pictures of prose are found beside the document, or in the cells of a notebook, read once, and given to the reports. */
#include "lab/show/figures/images.h"

#include <string.h>

#include "base/files/file.h"
#include "lab/language/attachments.h"
#include "lab/show/names.h"
#include "report/markdown/markdown.h"

enum { MOST_BYTES = 8 << 20, MOST_IN_ALL = 32 << 20 };

typedef struct images {
    const cn__program *program;
    cn__arena *arena;
    cn__mistakes *mistakes; /* NULL: nothing is checked any more */
    size_t line;
    cn__report_image *items;
    size_t count, bytes;
} images;

/* ---- one file ------------------------------------------------------------------------------------------------------ */

static cn_status path_of(const images *x, const char *url, const char **out)
{
    const char *folder = x->program->stages.folder;
    *out = folder && *url != '/' ? cn__arena_format(x->arena, "%s/%s", folder, url) : url;
    if (!*out) return CN_ERROR_MEMORY;
    if (!cn__access_allows(&x->program->stages.access, *out))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "the picture lies outside of what a lab may read; cornu lab run --allow DIR adds a folder");
    return cn__file_exists(*out) ? CN_OK : cn__fail(CN_ERROR_FILE, "there is no picture %s", *out);
}

static cn_status read_picture(const images *x, const char *url, char **data, size_t *size)
{
    const cn__attachment *own = cn__attachment_find(x->program->document.attachments, url);
    const char *path = url;
    double width, height;
    if (own) {
        *size = own->size;
        if (!(*data = cn__malloc(own->size))) return cn__fail_memory(own->size, "a picture");
        memcpy(*data, own->data, own->size);
    } else {
        CN_TRY(path_of(x, url, &path));
        CN_TRY(cn__file_read(path, data, size, MOST_BYTES));
    }
    cn_status status = cn__image_size(*data, *size, &width, &height);
    if (status != CN_OK) cn__free(*data);
    return status == CN_OK ? CN_OK : cn__fail_in("%s", path);
}

/* ---- check ----------------------------------------------------------------------------------------------------------- */

static cn_status try_picture(void *user, const char *url)
{
    char *data;
    size_t size;
    CN_TRY(read_picture(user, url, &data, &size));
    cn__free(data);
    return CN_OK;
}

static cn_status try_reference(void *user, const char *name)
{
    const images *x = user;
    return cn__reference_check(x->program, name);
}

static void add_problem(void *user, size_t line, const char *source)
{
    const images *x = user;
    if (x->mistakes) cn__mistakes_add(x->mistakes, x->line + line, "%s: %s", source, cn_error());
}

cn_status cn__prose_check(const cn__program *program, const char *text, size_t line, cn__mistakes *mistakes)
{
    cn__arena arena = {0};
    images x = {.program = program, .arena = &arena, .mistakes = mistakes, .line = line};
    const cn__markdown_watch watch = {
        .user = &x, .picture = try_picture, .reference = try_reference, .problem = add_problem};
    cn_status status = cn__markdown_look(text, &watch);
    cn__arena_free(&arena);
    return status;
}

/* ---- load -------------------------------------------------------------------------------------------------------------- */

static cn_status keep(images *x, const char *url, const char *data, size_t size)
{
    char *bytes = cn__arena_alloc(x->arena, size);
    char *name = cn__arena_strdup(x->arena, url);
    if (!bytes || !name) return CN_ERROR_MEMORY;
    if ((x->count & (x->count - 1)) == 0) {
        cn__report_image *more = cn__arena_array(x->arena, x->count ? 2 * x->count : 1, sizeof *more);
        if (!more) return CN_ERROR_MEMORY;
        if (x->count) memcpy(more, x->items, x->count * sizeof *more);
        x->items = more;
    }
    memcpy(bytes, data, size);
    x->items[x->count++] = (cn__report_image){.url = name, .data = bytes, .size = size};
    x->bytes += size;
    return CN_OK;
}

static cn_status load_picture(void *user, const char *url)
{
    images *x = user;
    char *data;
    size_t size;
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->items[i].url, url) == 0) return CN_OK;
    CN_TRY(read_picture(x, url, &data, &size));
    cn_status status =
        x->bytes + size <= MOST_IN_ALL
            ? keep(x, url, data, size)
            : cn__fail(CN_ERROR_DATA, "the lab's pictures have more than %d MB in all", MOST_IN_ALL >> 20);
    cn__free(data);
    return status;
}

/* A picture that went away since the check stays a link. */
cn_status cn__images_load(cn__program *program, const cn__block *blocks, size_t count,
                          const cn__report_image **out, size_t *image_count)
{
    images x = {.program = program, .arena = &program->arena};
    const cn__markdown_watch watch = {.user = &x, .picture = load_picture, .problem = add_problem};
    for (size_t i = 0; i < count; i++)
        if (blocks[i].kind == CN_BLOCK_PROSE && strstr(blocks[i].text, "!["))
            CN_TRY(cn__markdown_look(blocks[i].text, &watch));
    *out = x.items;
    *image_count = x.count;
    return CN_OK;
}
