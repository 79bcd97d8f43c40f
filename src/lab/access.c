/* The folders of a lab: those that it may read, as a list that paths are looked up in, and as rights that the process keeps. */
#include "lab/access.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/files/confine.h"
#include "base/files/file.h"
#include "base/files/outdir.h"
#include "lab/run/cache.h"

const char *cn__folder_of(cn__arena *arena, const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? cn__arena_format(arena, "%.*s", slash == path ? 1 : (int)(slash - path), path) : NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

typedef struct builder {
    cn__arena *arena;
    cn__access *access;
    size_t capacity;
    bool failed;
} builder;

/* Of folders that are there. */
static void add(builder *m, const char *folder)
{
    char *real = folder && *folder ? realpath(folder, NULL) : NULL;
    if (!real) return;
    if (m->access->count == m->capacity) {
        size_t capacity = m->capacity ? 2 * m->capacity : 16;
        const char **more = cn__arena_array(m->arena, capacity, sizeof *more);
        if (more && m->access->count) memcpy(more, m->access->folders, m->access->count * sizeof *more);
        m->failed = m->failed || !more;
        m->capacity = more ? capacity : m->capacity;
        m->access->folders = more ? more : m->access->folders;
    }
    const char *copy = m->failed ? NULL : cn__arena_strdup(m->arena, real);
    free(real);
    m->failed = m->failed || !copy;
    if (copy) m->access->folders[m->access->count++] = copy;
}

static void add_below(builder *m, const char *folder, const char *name)
{
    char *path = folder && *folder ? cn__path_join(folder, name) : NULL;
    add(m, path);
    cn__free(path);
}

/* --allow A:B. One that is not there would be a mistake that nobody notices. */
static cn_status add_allowed(builder *m, const char *list)
{
    for (const char *p = list; p && *p;) {
        size_t size = strcspn(p, ":");
        const char *folder = cn__arena_format(m->arena, "%.*s", (int)size, p);
        if (!folder) return CN_ERROR_MEMORY;
        if (size && !cn__dir_exists(folder))
            return cn__fail(CN_ERROR_FILE, "--allow %s: there is no such folder", folder);
        add(m, folder);
        p += size + (p[size] == ':');
    }
    return CN_OK;
}

cn_status cn__access_make(cn__arena *arena, const char *folder, const cn__lab_options *o, cn__access *out)
{
    static const char *const installed[] = {"/usr/share/datasets", "/usr/share/mnist",
                                            "/usr/local/share/cornu", "/usr/share/cornu"};
    char *cache = cn__cache_folder();
    builder m = {.arena = arena, .access = out};
    *out = (cn__access){0};
    add(&m, folder);
    add(&m, ".");
    add(&m, "data");
    add(&m, o->data_dir);
    add(&m, getenv("CORNU_DATA"));
    add(&m, cache);
    add_below(&m, getenv("HOME"), ".keras/datasets");
    for (size_t i = 0; i < sizeof installed / sizeof *installed; i++) add(&m, installed[i]);
    cn__free(cache);
    CN_TRY(add_allowed(&m, o->allow));
    return m.failed ? CN_ERROR_MEMORY : CN_OK;
}

/* The path, or the first of the folders around it that is there, without links; free with free(). */
static char *resolve(const char *path)
{
    char *copy = cn__strdup(path), *real = NULL;
    while (copy && !(real = realpath(copy, NULL))) {
        char *parent = cn__path_parent(copy);
        bool last = !parent || strcmp(parent, copy) == 0;
        cn__free(copy);
        copy = last ? NULL : parent;
        if (last) cn__free(parent);
    }
    cn__free(copy);
    return real;
}

static bool lies_in(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    while (size && folder[size - 1] == '/') size--;
    return strncmp(path, folder, size) == 0 && (!path[size] || path[size] == '/');
}

bool cn__access_allows(const cn__access *access, const char *path)
{
    char *real = resolve(path);
    bool allowed = false;
    for (size_t i = 0; real && i < access->count && !allowed; i++)
        allowed = lies_in(real, access->folders[i]);
    free(real);
    return allowed;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

/* The first part of a name, "./" before it left out. */
static const char *first_part(const char *name, size_t *size)
{
    while (name[0] == '.' && name[1] == '/') name += 2, name += strspn(name, "/");
    *size = strcspn(name, "/");
    return name;
}

static bool has_hidden_part(const char *name)
{
    for (const char *p = name; *p; p += strcspn(p, "/"), p += strspn(p, "/"))
        if (p[0] == '.' && !(p[1] == '/' || p[1] == '\0')) return true;
    return false;
}

cn_status cn__access_output(const char *what, const char *name)
{
    static const char *const own[] = {"models",    "figures",      "index.html", "report.pdf",
                                      "lab.ipynb", "results.json", "results.csv"};
    size_t size;
    const char *first = first_part(name, &size);
    if (cn__outdir_check(name) != CN_OK)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: '%s' is not inside the lab's folder; expected a plain name",
                        what, name);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strlen(own[i]) == size && strncasecmp(own[i], first, size) == 0)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: the lab itself writes '%s'; expected another name", what,
                            name);
    if (has_hidden_part(name) || !size)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%s: '%s' would be a hidden file; expected a name that does not begin with '.'", what,
                        name);
    return CN_OK;
}

/* ---- the process ----------------------------------------------------------------------------------------------------- */

enum { OTHERS = 5 };

static cn_status confine(cn__arena *arena, const cn__lab_options *o, const char *path,
                         const char *const *writes, size_t count, bool *confined)
{
    cn__access access;
    size_t n = 0;
    CN_TRY(cn__access_make(arena, cn__folder_of(arena, path), o, &access));
    cn__grant *grants = cn__arena_array(arena, access.count + count + OTHERS, sizeof *grants);
    char *place = o->cache ? cn__cache_place(o->cache) : NULL, *cache = cn__cache_folder(),
         *parent = count && o->out ? cn__path_parent(o->out) : NULL;
    if (!grants) return CN_ERROR_MEMORY;
    for (; n < access.count; n++) grants[n] = (cn__grant){access.folders[n], CN_RIGHT_READ};
    if (path) grants[n++] = (cn__grant){path, CN_RIGHT_READ};
    if (o->data) grants[n++] = (cn__grant){o->data, CN_RIGHT_READ};
    for (size_t i = 0; i < count; i++) grants[n++] = (cn__grant){writes[i], CN_RIGHT_WRITE};
    if (parent) grants[n++] = (cn__grant){parent, CN_RIGHT_REMOVE_DIR};
    if (count && place) grants[n++] = (cn__grant){place, CN_RIGHT_WRITE};
    if (count && cache) grants[n++] = (cn__grant){cache, CN_RIGHT_WRITE}; /* of data sets too */
    cn_status status = cn__confine(grants, n, confined);
    cn__free(place);
    cn__free(cache);
    cn__free(parent);
    return status;
}

cn_status cn__access_confine(const cn__lab_options *o, const char *path, const char *const *writes,
                             size_t count)
{
    cn__arena arena = {0};
    bool confined = true;
    if (!o->confine) return CN_OK;
    char *cache = count && !o->no_cache && !o->cache ? cn__cache_folder() : NULL;
    if (cache) (void)!cn__make_dirs(cache); /* a right can only be had for what is there */
    cn__free(cache);
    cn_status status = confine(&arena, o, path, writes, count, &confined);
    cn__arena_free(&arena);
    if (!confined && !o->quiet)
        fprintf(stderr,
                "note: this system has no Landlock to keep the lab inside its folders; the program's own "
                "checks alone do so\n");
    return status;
}
