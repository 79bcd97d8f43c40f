/* Objects of an HDF5 file: their headers, and the groups that name them. Written after the "HDF5 File Format Specification
 * Version 3.0" of The HDF Group; the names of structures are its own. Numbers in the file are little-endian. */
#include "formats/hdf5/objects.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 4096, /* of a path: groups may hold themselves, and paths come from the file */
    MAX_LEVELS = 64,  /* of a B-tree */
    ENTRY = 40        /* bytes of a symbol table entry */
};

/* ---- bytes --------------------------------------------------------------------------------------------- */

bool cn__h5_inside(const cn__h5 *h5, uint64_t at, uint64_t size)
{
    return at <= h5->size && size <= h5->size - at;
}

bool cn__h5_get(const cn__h5 *h5, uint64_t at, void *out, size_t size)
{
    if (!cn__h5_inside(h5, at, size)) return false;
    if (h5->file < 0) {
        memcpy(out, h5->bytes + at, size);
        return true;
    }
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(h5->file, (char *)out + done, size - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && !*h5->errors) *h5->errors = errno;
        if (got <= 0) return false;
        done += (size_t)got;
    }
    return true;
}

uint64_t cn__h5_number(const unsigned char *bytes, int size)
{
    uint64_t value = 0;
    for (int i = size - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return value;
}

bool cn__h5_get_number(const cn__h5 *h5, uint64_t at, int size, uint64_t *out)
{
    unsigned char bytes[8];
    if (!cn__h5_get(h5, at, bytes, (size_t)size)) return false;
    *out = cn__h5_number(bytes, size);
    return true;
}

cn_status cn__h5_damaged(const char *what, const char *name)
{
    return cn__fail(CN_ERROR_FORMAT, "damaged: cannot read %s%s%s%s", what, *name ? " '" : "", name,
                    *name ? "'" : "");
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

/* The superblock: sizes of 8 bytes, the end of the file, and where the root group's header is. */
static cn_status read_superblock(cn__h5 *h5, bool *newer)
{
    unsigned char head[16];
    uint64_t base, end;
    if (!cn__h5_get(h5, 0, head, sizeof head) || memcmp(head, signature, 8) != 0)
        return cn__fail(CN_ERROR_FORMAT, "not an HDF5 file");
    *newer = head[8] > 1;
    if (*newer) return CN_OK;
    const uint64_t at = head[8] == 0 ? 24 : 28;
    if (head[13] != 8 || head[14] != 8 || !cn__h5_get_number(h5, at, 8, &base) ||
        !cn__h5_get_number(h5, at + 16, 8, &end) || !cn__h5_get_number(h5, at + 40, 8, &h5->root) ||
        base != 0)
        return cn__h5_damaged("its first block", "");
    if (end > h5->size)
        return cn__fail(CN_ERROR_FORMAT, "cut short: it has %llu bytes of %llu", (unsigned long long)h5->size,
                        (unsigned long long)end);
    return CN_OK;
}

static cn_status open_file(cn__h5 *h5, const char *path)
{
    struct stat info;
    CN_TRY(cn__input_open_file(path, &h5->file));
    if (fstat(h5->file, &info) != 0) return cn__fail(CN_ERROR_FILE, "cannot be opened: %s", strerror(errno));
    h5->size = info.st_size < 0 ? 0 : (uint64_t)info.st_size;
    return CN_OK;
}

void cn__h5_close(cn__h5 *h5)
{
    if (!h5) return;
    if (h5->file >= 0) close(h5->file);
    cn__free(h5);
}

cn_status cn__h5_check_reads(const cn__h5 *h5)
{
    if (h5->error) return cn__fail(CN_ERROR_FILE, "cannot be read: %s", strerror(h5->error));
    return cn__check_memory(CN_OK, h5->memory_failures, "what the file holds");
}

double cn__h5_size(const cn__h5 *h5) { return (double)h5->size; }

/* ---- object headers ------------------------------------------------------------------------------------ */

bool cn__h5_begin_walk(const cn__h5 *h5, uint64_t header, cn__h5_walk *w)
{
    unsigned char head[16];
    w->h5 = h5;
    w->blocks = w->block = 0;
    w->good = cn__h5_get(h5, header, head, sizeof head) && head[0] == 1;
    if (!w->good) return false;
    w->left = cn__h5_number(head + 2, 2);
    w->at = header + 16;
    w->good = cn__h5_inside(h5, w->at, cn__h5_number(head + 8, 4));
    w->end = w->at + cn__h5_number(head + 8, 4);
    return w->good;
}

static void add_block(cn__h5_walk *w, const cn__h5_message *m)
{
    uint64_t at, size;
    w->good = m->size >= 16 && w->blocks < CN_H5_MAX_BLOCKS && cn__h5_get_number(w->h5, m->at, 8, &at) &&
              cn__h5_get_number(w->h5, m->at + 8, 8, &size) && cn__h5_inside(w->h5, at, size);
    if (!w->good) return;
    w->next_at[w->blocks] = at;
    w->next_size[w->blocks++] = size;
}

bool cn__h5_next_message(cn__h5_walk *w, cn__h5_message *out)
{
    unsigned char head[8];
    while (w->good && w->left) {
        if (w->end - w->at < 8) {
            if (w->block == w->blocks) return false;
            w->at = w->next_at[w->block];
            w->end = w->at + w->next_size[w->block++];
            continue;
        }
        w->good =
            cn__h5_get(w->h5, w->at, head, sizeof head) && cn__h5_number(head + 2, 2) <= w->end - w->at - 8;
        if (!w->good) return false;
        *out = (cn__h5_message){.at = w->at + 8,
                                .size = cn__h5_number(head + 2, 2),
                                .type = (message_type)cn__h5_number(head, 2)};
        w->at = out->at + out->size;
        w->left--;
        if (out->type == MESSAGE_CONTINUATION) add_block(w, out);
        else if (!(head[4] & 2)) return w->good; /* a shared message lies elsewhere: Keras has none */
    }
    return false;
}

bool cn__h5_find_message(const cn__h5 *h5, uint64_t header, message_type type, cn__h5_message *out)
{
    cn__h5_walk w;
    if (!cn__h5_begin_walk(h5, header, &w)) return false;
    while (cn__h5_next_message(&w, out))
        if (out->type == type) return true;
    return false;
}

/* ---- opening, continued -------------------------------------------------------------------------------- */

/* Groups with names that are not ASCII keep their links as messages, or where there are many in a heap, which is not
 * read: its address is one of all ones where there is none. */
static bool is_dense(const cn__h5 *h5, uint64_t header)
{
    cn__h5_message m;
    unsigned char head[2];
    uint64_t heap;
    if (!cn__h5_find_message(h5, header, MESSAGE_LINK_INFO, &m)) return false;
    const uint64_t before = m.size >= 2 && cn__h5_get(h5, m.at, head, 2) && (head[1] & 1) ? 10 : 2;
    return m.size < before + 8 || !cn__h5_get_number(h5, m.at + before, 8, &heap) || heap != UINT64_MAX;
}

static cn_status fail_newer(void)
{
    return cn__fail(CN_ERROR_FORMAT,
                    "an HDF5 file of a newer layout than Keras writes; loading and saving it with "
                    "Keras gives one that can be read");
}

cn_status cn__h5_open(const cn__infile *file, cn__h5 **out)
{
    bool newer = false;
    *out = NULL;
    const unsigned long failures = cn__memory_failures();
    cn__h5 *h5 = cn__calloc(1, sizeof *h5);
    if (!h5) return CN_ERROR_MEMORY;
    *h5 = (cn__h5){.file = -1,
                   .bytes = file->bytes,
                   .size = file->size,
                   .errors = &h5->error,
                   .memory_failures = failures};
    cn_status status = file->bytes ? CN_OK : open_file(h5, file->name);
    h5->text_left = h5->size < UINT64_MAX / 4 ? 4 * h5->size : 0;
    if (status == CN_OK) status = read_superblock(h5, &newer);
    if (status == CN_OK && (newer || is_dense(h5, h5->root))) status = fail_newer();
    if (h5->error) status = cn__h5_check_reads(h5);
    if (status == CN_OK) *out = h5;
    else cn__h5_close(h5);
    return status;
}

/* ---- groups -------------------------------------------------------------------------------------------- */

/* A group's B-tree, and the heap that its names are in. */
typedef struct group {
    uint64_t tree, names, names_size;
} group;

static bool open_group(const cn__h5 *h5, uint64_t header, group *out)
{
    cn__h5_message m;
    uint64_t heap;
    unsigned char head[32];
    if (!cn__h5_find_message(h5, header, MESSAGE_SYMBOL_TABLE, &m) || m.size < 16 ||
        !cn__h5_get_number(h5, m.at, 8, &out->tree) || !cn__h5_get_number(h5, m.at + 8, 8, &heap) ||
        !cn__h5_get(h5, heap, head, sizeof head) || memcmp(head, "HEAP", 4) != 0)
        return false;
    out->names_size = cn__h5_number(head + 8, 8);
    out->names = cn__h5_number(head + 24, 8);
    return cn__h5_inside(h5, out->names, out->names_size);
}

/* The name at `offset` of the heap: < 0, 0 or > 0 as `name` comes before it, is it, or comes after it. */
static bool compare(const cn__h5 *h5, const group *g, uint64_t offset, const char *name, int *out)
{
    char found[CN_H5_NAME];
    if (offset >= g->names_size) return false;
    size_t room = g->names_size - offset < CN_H5_NAME ? (size_t)(g->names_size - offset) : CN_H5_NAME;
    if (!cn__h5_get(h5, g->names + offset, found, room) || !memchr(found, '\0', room)) return false;
    *out = strcmp(name, found);
    return true;
}

/* A node of a group's B-tree. Its keys and children take turns: key 0, child 0, key 1, … */
typedef struct node {
    uint64_t first; /* where key 0 is */
    uint64_t count; /* of children */
    int level;      /* 0: the children are symbol table nodes */
} node;

static bool open_node(const cn__h5 *h5, uint64_t at, node *out)
{
    unsigned char head[24];
    if (!cn__h5_get(h5, at, head, sizeof head) || memcmp(head, "TREE", 4) != 0 || head[4] != 0) return false;
    *out = (node){.first = at + 24, .count = cn__h5_number(head + 6, 2), .level = head[5]};
    return out->level < MAX_LEVELS && cn__h5_inside(h5, out->first, out->count * 16 + 8);
}

/* The child that holds `name` if any does: the one whose last name, key i + 1, does not come before it. */
static bool find_child(const cn__h5 *h5, const group *g, const node *n, const char *name, uint64_t *child)
{
    for (uint64_t i = 0; i < n->count; i++) {
        uint64_t key;
        int order;
        if (!cn__h5_get_number(h5, n->first + 16 * (i + 1), 8, &key) || !compare(h5, g, key, name, &order))
            return false;
        if (order <= 0) return cn__h5_get_number(h5, n->first + 16 * i + 8, 8, child);
    }
    return false;
}

/* The symbol table node that holds `name`, down the tree; levels must fall by one. */
static bool find_leaf(const cn__h5 *h5, const group *g, const char *name, uint64_t *leaf)
{
    node n;
    uint64_t at = g->tree;
    if (!open_node(h5, at, &n)) return false;
    for (int level = n.level; level >= 0; level--) {
        if (!open_node(h5, at, &n) || n.level != level || !find_child(h5, g, &n, name, &at)) return false;
    }
    *leaf = at;
    return true;
}

static bool open_leaf(const cn__h5 *h5, uint64_t at, uint64_t *count)
{
    unsigned char head[8];
    if (!cn__h5_get(h5, at, head, sizeof head) || memcmp(head, "SNOD", 4) != 0) return false;
    *count = cn__h5_number(head + 6, 2);
    return cn__h5_inside(h5, at + 8, *count * ENTRY);
}

/* Kinds of links: to an object of this file, to a name in it, to a name in another file. */
typedef enum link_kind { LINK_NONE = -1, LINK_HARD = 0, LINK_SOFT = 1, LINK_EXTERNAL = 64 } link_kind;

/* What is found under a name: of a hard link the object's header. */
typedef struct found_link {
    link_kind kind;
    uint64_t header;
} found_link;

/* Is this link, of version 1, called `name`? */
static bool is_link(const cn__h5 *h5, const cn__h5_message *m, const char *name, found_link *out)
{
    unsigned char head[2], found[CN_H5_NAME];
    uint64_t type = 0, size, at = m->at + 2;
    if (m->size < 2 || !cn__h5_get(h5, m->at, head, 2) || head[0] != 1) return false;
    const int width = 1 << (head[1] & 3);
    if (head[1] & 8 && !cn__h5_get_number(h5, at++, 1, &type)) return false;
    at += (head[1] & 4 ? 8 : 0) + (head[1] & 16 ? 1 : 0);
    if (!cn__h5_get_number(h5, at, width, &size) || size != strlen(name) || size >= sizeof found ||
        !cn__h5_get(h5, at + (uint64_t)width, found, (size_t)size) || memcmp(found, name, size) != 0)
        return false;
    *out = (found_link){.kind = (link_kind)type};
    const uint64_t target = at + (uint64_t)width + size;
    return type != LINK_HARD ||
           (target + 8 <= m->at + m->size && cn__h5_get_number(h5, target, 8, &out->header));
}

static bool find_link(const cn__h5 *h5, uint64_t header, const char *name, found_link *out)
{
    cn__h5_walk w;
    cn__h5_message m;
    if (!cn__h5_begin_walk(h5, header, &w)) return false;
    while (cn__h5_next_message(&w, &m))
        if (m.type == MESSAGE_LINK && is_link(h5, &m, name, out)) return true;
    return false;
}

/* What is called `name`: a link by name has cache type 2. */
static bool find_in_group(const cn__h5 *h5, uint64_t header, const char *name, found_link *out)
{
    group g;
    uint64_t leaf, count;
    if (!open_group(h5, header, &g)) return find_link(h5, header, name, out);
    if (!find_leaf(h5, &g, name, &leaf) || !open_leaf(h5, leaf, &count)) return false;
    for (uint64_t i = 0; i < count; i++) {
        unsigned char entry[ENTRY];
        int order;
        if (!cn__h5_get(h5, leaf + 8 + i * ENTRY, entry, ENTRY) ||
            !compare(h5, &g, cn__h5_number(entry, 8), name, &order))
            return false;
        if (order != 0) continue;
        *out = (found_link){.kind = cn__h5_number(entry + 16, 4) == 2 ? LINK_SOFT : LINK_HARD,
                            .header = cn__h5_number(entry + 8, 8)};
        return true;
    }
    return false;
}

/* Goes down `path` as far as hard links lead; true at its end. *last: what was found there. */
static bool descend(const cn__h5 *h5, const char *path, uint64_t *out, found_link *last)
{
    char name[CN_H5_NAME];
    *out = h5->root;
    *last = (found_link){.kind = LINK_NONE};
    if (strlen(path) >= PATH_SIZE) return false;
    while (*path) {
        size_t size = strcspn(path, "/");
        if (size == 0 || size >= CN_H5_NAME) return false;
        memcpy(name, path, size);
        name[size] = '\0';
        *last = (found_link){.kind = LINK_NONE};
        if (!find_in_group(h5, *out, name, last) || last->kind != LINK_HARD) return false;
        *out = last->header;
        path += size + (path[size] == '/');
    }
    return true;
}

bool cn__h5_find(const cn__h5 *h5, const char *path, uint64_t *out)
{
    found_link last;
    return descend(h5, path, out, &last);
}

bool cn__h5_is_link(const cn__h5 *h5, const char *path)
{
    uint64_t last;
    found_link found;
    return !descend(h5, path, &last, &found) && found.kind != LINK_NONE && found.kind != LINK_HARD;
}

cn_status cn__h5_fail_find(const cn__h5 *h5, const char *what, const char *path)
{
    uint64_t last;
    found_link found;
    const bool whole = descend(h5, path, &last, &found);
    if (!whole && found.kind != LINK_NONE && found.kind != LINK_HARD)
        return cn__fail(CN_ERROR_FORMAT,
                        "%s '%s' is reached over a link to %s; links are not followed, and Keras writes none",
                        what, path, found.kind == LINK_EXTERNAL ? "another file" : "another name");
    if (!whole && is_dense(h5, last))
        return cn__fail(
            CN_ERROR_FORMAT,
            "there is no %s '%s' to be read: HDF5 keeps groups of more than eight names, not all of them "
            "ASCII, in another way; a .keras file of the same model can be read",
            what, path);
    return cn__fail(CN_ERROR_FORMAT, "there is no %s '%s'", what, path);
}

bool cn__h5_has(const cn__h5 *h5, const char *path)
{
    uint64_t header;
    return cn__h5_find(h5, path, &header);
}

/* Adds up the entries of a tree. `budget`: nodes that may still be visited, so that one that refers to itself ends. */
static bool count_entries(const cn__h5 *h5, uint64_t at, int level, uint64_t *budget, uint64_t *total)
{
    node n;
    if (!open_node(h5, at, &n) || (level >= 0 && n.level != level)) return false;
    for (uint64_t i = 0; i < n.count; i++) {
        uint64_t child, count;
        if ((*budget)-- == 0 || !cn__h5_get_number(h5, n.first + 16 * i + 8, 8, &child)) return false;
        if (n.level > 0 ? !count_entries(h5, child, n.level - 1, budget, total)
                        : !open_leaf(h5, child, &count))
            return false;
        if (n.level == 0) *total += count;
    }
    return true;
}

/* Of a group that keeps its links as messages. */
static size_t count_links(const cn__h5 *h5, uint64_t header)
{
    cn__h5_walk w;
    cn__h5_message m;
    size_t count = 0;
    if (!cn__h5_begin_walk(h5, header, &w)) return 0;
    while (cn__h5_next_message(&w, &m)) count += m.type == MESSAGE_LINK;
    return count;
}

size_t cn__h5_count(const cn__h5 *h5, const char *path)
{
    group g;
    uint64_t header, total = 0, budget = h5->size / 8; /* a node takes 8 bytes at least */
    if (!cn__h5_find(h5, path, &header)) return 0;
    if (!open_group(h5, header, &g)) return count_links(h5, header);
    return count_entries(h5, g.tree, -1, &budget, &total) ? (size_t)total : 0;
}
