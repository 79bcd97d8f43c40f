/* A reader of HDF5 files for the part of the format that Keras uses: groups with a symbol table, arrays in one piece,
 * attributes of texts. Written after the "HDF5 File Format Specification Version 3.0" of The HDF Group; the names of
 * structures are its own. Numbers in the file are little-endian. */
#include "formats/hdf5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_SIZE = 1024,    /* of one link or attribute */
    PATH_SIZE = 4096,    /* of a path: groups may hold themselves, and paths come from the file */
    MAX_OBJECTS = 65535, /* of a heap: their numbers have 16 bits */
    MAX_BLOCKS = 1024,   /* that one object's header continues in */
    MAX_LEVELS = 64,     /* of a B-tree */
    MAX_TEXT = 64 << 20, /* bytes of one text */
    ENTRY = 40,          /* bytes of a symbol table entry */
    PIECE = 1 << 16      /* bytes converted at a time */
};

typedef enum message_type {
    MESSAGE_DATASPACE = 0x01,
    MESSAGE_LINK_INFO = 0x02,
    MESSAGE_DATATYPE = 0x03,
    MESSAGE_EXTERNAL = 0x07,
    MESSAGE_LAYOUT = 0x08,
    MESSAGE_ATTRIBUTE = 0x0c,
    MESSAGE_CONTINUATION = 0x10,
    MESSAGE_SYMBOL_TABLE = 0x11
} message_type;

struct cn__h5 {
    int file; /* or -1, then … */
    const unsigned char *bytes;
    uint64_t size, root; /* root: the header of the root group */
    uint64_t text_left;  /* bytes of text that may still be read */
};

/* ---- bytes --------------------------------------------------------------------------------------------- */

static bool inside(const cn__h5 *h5, uint64_t at, uint64_t size)
{
    return at <= h5->size && size <= h5->size - at;
}

/* Copies bytes `at` … out of the file; false where the file does not have them. */
static bool get(const cn__h5 *h5, uint64_t at, void *out, size_t size)
{
    if (!inside(h5, at, size)) return false;
    if (h5->file < 0) {
        memcpy(out, h5->bytes + at, size);
        return true;
    }
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(h5->file, (char *)out + done, size - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        done += (size_t)got;
    }
    return true;
}

static uint64_t number(const unsigned char *bytes, int size)
{
    uint64_t value = 0;
    for (int i = size - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return value;
}

static bool get_number(const cn__h5 *h5, uint64_t at, int size, uint64_t *out)
{
    unsigned char bytes[8];
    if (!get(h5, at, bytes, (size_t)size)) return false;
    *out = number(bytes, size);
    return true;
}

static cn_status damaged(const char *what, const char *name)
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
    if (!get(h5, 0, head, sizeof head) || memcmp(head, signature, 8) != 0)
        return cn__fail(CN_ERROR_FORMAT, "not an HDF5 file");
    *newer = head[8] > 1;
    if (*newer) return CN_OK;
    const uint64_t at = head[8] == 0 ? 24 : 28;
    if (head[13] != 8 || head[14] != 8 || !get_number(h5, at, 8, &base) ||
        !get_number(h5, at + 16, 8, &end) || !get_number(h5, at + 40, 8, &h5->root) || base != 0)
        return damaged("its first block", "");
    if (end > h5->size)
        return cn__fail(CN_ERROR_FORMAT, "cut short: it has %llu bytes of %llu", (unsigned long long)h5->size,
                        (unsigned long long)end);
    return CN_OK;
}

static cn_status open_file(cn__h5 *h5, const char *path)
{
    struct stat info;
    h5->file = open(path, O_RDONLY | O_CLOEXEC);
    if (h5->file < 0 || fstat(h5->file, &info) != 0)
        return cn__fail(CN_ERROR_FILE, "cannot be opened: %s", strerror(errno));
    h5->size = info.st_size < 0 ? 0 : (uint64_t)info.st_size;
    return CN_OK;
}

void cn__h5_close(cn__h5 *h5)
{
    if (!h5) return;
    if (h5->file >= 0) close(h5->file);
    cn__free(h5);
}

double cn__h5_size(const cn__h5 *h5) { return (double)h5->size; }

/* ---- object headers ------------------------------------------------------------------------------------ */

/* A message of an object's header, where its data lies in the file. */
typedef struct message {
    uint64_t at, size;
    message_type type;
} message;

/* Goes through a header's messages, block by block. */
typedef struct walk {
    const cn__h5 *h5;
    uint64_t at, end; /* of the block */
    uint64_t next_at[MAX_BLOCKS], next_size[MAX_BLOCKS];
    int blocks, block;
    uint64_t left; /* messages that the header says it has */
    bool good;
} walk;

static bool begin_walk(const cn__h5 *h5, uint64_t header, walk *w)
{
    unsigned char head[16];
    w->h5 = h5;
    w->blocks = w->block = 0;
    w->good = get(h5, header, head, sizeof head) && head[0] == 1;
    if (!w->good) return false;
    w->left = number(head + 2, 2);
    w->at = header + 16;
    w->good = inside(h5, w->at, number(head + 8, 4));
    w->end = w->at + number(head + 8, 4);
    return w->good;
}

static void add_block(walk *w, const message *m)
{
    uint64_t at, size;
    w->good = m->size >= 16 && w->blocks < MAX_BLOCKS && get_number(w->h5, m->at, 8, &at) &&
              get_number(w->h5, m->at + 8, 8, &size) && inside(w->h5, at, size);
    if (!w->good) return;
    w->next_at[w->blocks] = at;
    w->next_size[w->blocks++] = size;
}

/* The next message; false at the end, or where the header is damaged (then w->good is false). */
static bool next_message(walk *w, message *out)
{
    unsigned char head[8];
    while (w->good && w->left) {
        if (w->end - w->at < 8) {
            if (w->block == w->blocks) return false;
            w->at = w->next_at[w->block];
            w->end = w->at + w->next_size[w->block++];
            continue;
        }
        w->good = get(w->h5, w->at, head, sizeof head) && number(head + 2, 2) <= w->end - w->at - 8;
        if (!w->good) return false;
        *out = (message){.at = w->at + 8, .size = number(head + 2, 2), .type = (message_type)number(head, 2)};
        w->at = out->at + out->size;
        w->left--;
        if (out->type == MESSAGE_CONTINUATION) add_block(w, out);
        else if (!(head[4] & 2)) return w->good; /* a shared message lies elsewhere: Keras has none */
    }
    return false;
}

static bool find_message(const cn__h5 *h5, uint64_t header, message_type type, message *out)
{
    walk w;
    if (!begin_walk(h5, header, &w)) return false;
    while (next_message(&w, out))
        if (out->type == type) return true;
    return false;
}

/* ---- opening, continued -------------------------------------------------------------------------------- */

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
    cn__h5 *h5 = cn__calloc(1, sizeof *h5);
    if (!h5) return CN_ERROR_MEMORY;
    *h5 = (cn__h5){.file = -1, .bytes = file->bytes, .size = file->size};
    cn_status status = file->bytes ? CN_OK : open_file(h5, file->name);
    h5->text_left = h5->size < UINT64_MAX / 4 ? 4 * h5->size : 0;
    if (status == CN_OK) status = read_superblock(h5, &newer);
    /* a root group with link messages is newer too, whatever the superblock says */
    if (status == CN_OK && (newer || find_message(h5, h5->root, MESSAGE_LINK_INFO, &(message){0})))
        status = fail_newer();
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
    message m;
    uint64_t heap;
    unsigned char head[32];
    if (!find_message(h5, header, MESSAGE_SYMBOL_TABLE, &m) || m.size < 16 ||
        !get_number(h5, m.at, 8, &out->tree) || !get_number(h5, m.at + 8, 8, &heap) ||
        !get(h5, heap, head, sizeof head) || memcmp(head, "HEAP", 4) != 0)
        return false;
    out->names_size = number(head + 8, 8);
    out->names = number(head + 24, 8);
    return inside(h5, out->names, out->names_size);
}

/* The name at `offset` of the heap: < 0, 0 or > 0 as `name` comes before it, is it, or comes after it. */
static bool compare(const cn__h5 *h5, const group *g, uint64_t offset, const char *name, int *out)
{
    char found[NAME_SIZE];
    if (offset >= g->names_size) return false;
    size_t room = g->names_size - offset < NAME_SIZE ? (size_t)(g->names_size - offset) : NAME_SIZE;
    if (!get(h5, g->names + offset, found, room) || !memchr(found, '\0', room)) return false;
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
    if (!get(h5, at, head, sizeof head) || memcmp(head, "TREE", 4) != 0 || head[4] != 0) return false;
    *out = (node){.first = at + 24, .count = number(head + 6, 2), .level = head[5]};
    return out->level < MAX_LEVELS && inside(h5, out->first, out->count * 16 + 8);
}

/* The child that holds `name` if any does: the one whose last name, key i + 1, does not come before it. */
static bool find_child(const cn__h5 *h5, const group *g, const node *n, const char *name, uint64_t *child)
{
    for (uint64_t i = 0; i < n->count; i++) {
        uint64_t key;
        int order;
        if (!get_number(h5, n->first + 16 * (i + 1), 8, &key) || !compare(h5, g, key, name, &order))
            return false;
        if (order <= 0) return get_number(h5, n->first + 16 * i + 8, 8, child);
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
    if (!get(h5, at, head, sizeof head) || memcmp(head, "SNOD", 4) != 0) return false;
    *count = number(head + 6, 2);
    return inside(h5, at + 8, *count * ENTRY);
}

/* The header of the thing called `name`: not of one that is a link by name (cache type 2). */
static bool find_in_group(const cn__h5 *h5, uint64_t header, const char *name, uint64_t *out)
{
    group g;
    uint64_t leaf, count;
    if (!open_group(h5, header, &g) || !find_leaf(h5, &g, name, &leaf) || !open_leaf(h5, leaf, &count))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        unsigned char entry[ENTRY];
        int order;
        if (!get(h5, leaf + 8 + i * ENTRY, entry, ENTRY) || !compare(h5, &g, number(entry, 8), name, &order))
            return false;
        if (order != 0) continue;
        *out = number(entry + 8, 8);
        return number(entry + 16, 4) != 2;
    }
    return false;
}

/* The header of the object at `path`. */
static bool find(const cn__h5 *h5, const char *path, uint64_t *out)
{
    char name[NAME_SIZE];
    *out = h5->root;
    if (strlen(path) >= PATH_SIZE) return false;
    while (*path) {
        size_t size = strcspn(path, "/");
        if (size == 0 || size >= NAME_SIZE) return false;
        memcpy(name, path, size);
        name[size] = '\0';
        if (!find_in_group(h5, *out, name, out)) return false;
        path += size + (path[size] == '/');
    }
    return true;
}

bool cn__h5_has(const cn__h5 *h5, const char *path)
{
    uint64_t header;
    return find(h5, path, &header);
}

/* Adds up the entries of a tree. `budget`: nodes that may still be visited, so that one that refers to itself ends. */
static bool count_entries(const cn__h5 *h5, uint64_t at, int level, uint64_t *budget, uint64_t *total)
{
    node n;
    if (!open_node(h5, at, &n) || (level >= 0 && n.level != level)) return false;
    for (uint64_t i = 0; i < n.count; i++) {
        uint64_t child, count;
        if ((*budget)-- == 0 || !get_number(h5, n.first + 16 * i + 8, 8, &child)) return false;
        if (n.level > 0 ? !count_entries(h5, child, n.level - 1, budget, total)
                        : !open_leaf(h5, child, &count))
            return false;
        if (n.level == 0) *total += count;
    }
    return true;
}

size_t cn__h5_count(const cn__h5 *h5, const char *path)
{
    group g;
    uint64_t header, total = 0, budget = h5->size / 8; /* a node takes 8 bytes at least */
    if (!find(h5, path, &header) || !open_group(h5, header, &g) ||
        !count_entries(h5, g.tree, -1, &budget, &total))
        return 0;
    return (size_t)total;
}

/* ---- shapes and types ---------------------------------------------------------------------------------- */

/* A dataspace: 0 dimensions for a single number. */
static bool read_space(const cn__h5 *h5, uint64_t at, uint64_t size, cn_array *out)
{
    unsigned char head[8];
    if (size < 4 || !get(h5, at, head, size < 8 ? 4 : 8)) return false;
    const int ndim = head[1];
    const bool null = head[0] == 2 && head[3] == 2;
    const uint64_t first = head[0] == 1 ? 8 : 4;
    if ((head[0] != 1 && head[0] != 2) || null || ndim > CN_MAX_DIMS || size < first + 8 * (uint64_t)ndim)
        return false;
    *out = (cn_array){.dtype = CN_FLOAT32, .ndim = ndim};
    for (int i = 0; i < ndim; i++) {
        uint64_t dim;
        if (!get_number(h5, at + first + 8 * (uint64_t)i, 8, &dim)) return false;
        out->shape[i] = (size_t)dim;
    }
    return true;
}

typedef enum type_class { TYPE_WHOLE = 0, TYPE_FLOAT = 1, TYPE_TEXT = 3, TYPE_VARIABLE = 9 } type_class;

typedef struct type {
    type_class class;
    size_t size; /* bytes of one */
    bool big_endian, is_signed;
} type;

/* float32 and float64 have their bits where IEEE 754 has them: offset, precision, exponent, mantissa, bias. */
static bool is_ieee(const unsigned char *bits, size_t size, unsigned sign)
{
    static const unsigned char single[12] = {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0},
                               both[12] = {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0};
    return (size == 4 && sign == 31 && memcmp(bits, single, 12) == 0) ||
           (size == 8 && sign == 63 && memcmp(bits, both, 12) == 0);
}

/* All bits of a whole number count. */
static bool is_plain_whole(const unsigned char *bits, size_t size)
{
    return (size == 4 || size == 8) && number(bits, 2) == 0 && number(bits + 2, 2) == 8 * size;
}

static bool read_type(const cn__h5 *h5, uint64_t at, uint64_t size, type *out)
{
    unsigned char head[20] = {0};
    if (size < 8 || !get(h5, at, head, size < sizeof head ? (size_t)size : sizeof head)) return false;
    *out = (type){.class = (type_class)(head[0] & 15),
                  .size = (size_t)number(head + 4, 4),
                  .big_endian = head[1] & 1,
                  .is_signed = head[1] & 8};
    switch (out->class) {
    case TYPE_WHOLE: return size >= 12 && is_plain_whole(head + 8, out->size);
    case TYPE_FLOAT: return size >= 20 && !(head[1] & 0x40) && is_ieee(head + 8, out->size, head[2]);
    case TYPE_TEXT: return out->size > 0;
    case TYPE_VARIABLE: return (head[1] & 15) == 1 && out->size == 16; /* of characters */
    }
    return false;
}

/* ---- arrays -------------------------------------------------------------------------------------------- */

static cn_status check_shape(const cn_array *found, const char *path, const cn_array *out)
{
    char wanted[120], got[120];
    bool same = found->ndim == out->ndim;
    for (int i = 0; same && i < found->ndim; i++) same = found->shape[i] == out->shape[i];
    if (same) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "%s has shape %s, expected %s", path,
                    cn_array_shape_text(found, got, sizeof got),
                    cn_array_shape_text(out, wanted, sizeof wanted));
}

/* Where an array's bytes are: all of them in the file, one behind the other. */
static cn_status find_bytes(const cn__h5 *h5, uint64_t header, const char *path, uint64_t size, uint64_t *at)
{
    message m;
    unsigned char head[18] = {0};
    uint64_t length;
    if (!find_message(h5, header, MESSAGE_LAYOUT, &m) || m.size < 4 ||
        !get(h5, m.at, head, m.size < sizeof head ? (size_t)m.size : sizeof head))
        return damaged("array", path);
    if (head[0] != 3 || head[1] > 1 || find_message(h5, header, MESSAGE_EXTERNAL, &(message){0}))
        return cn__fail(
            CN_ERROR_FORMAT,
            "%s is chunked, compressed or kept elsewhere; expected it in one piece, as Keras writes it",
            path);
    const bool compact = head[1] == 0;
    length = compact ? number(head + 2, 2) : number(head + 10, 8);
    *at = compact ? m.at + 4 : number(head + 2, 8);
    if (compact ? m.size < 4 + length : m.size < 18) return damaged("array", path);
    if (!compact && *at == UINT64_MAX)
        return cn__fail(CN_ERROR_FORMAT, "%s has no numbers in the file", path);
    return length == size && inside(h5, *at, size) ? CN_OK : damaged("array", path);
}

static float to_float(const unsigned char *bytes, const type *t)
{
    unsigned char turned[8];
    for (size_t i = 0; i < t->size; i++) turned[i] = bytes[t->big_endian ? t->size - 1 - i : i];
    uint64_t bits = number(turned, (int)t->size);
    uint32_t low = (uint32_t)bits;
    float single;
    double wide;
    memcpy(&single, &low, sizeof single);
    memcpy(&wide, &bits, sizeof wide);
    return t->size == 4 ? single : (float)wide;
}

static int64_t to_whole(const unsigned char *bytes, const type *t)
{
    unsigned char turned[8];
    for (size_t i = 0; i < t->size; i++) turned[i] = bytes[t->big_endian ? t->size - 1 - i : i];
    uint64_t value = number(turned, (int)t->size);
    if (t->size == 4) return t->is_signed ? (int32_t)(uint32_t)value : (int64_t)value;
    return (int64_t)value;
}

/* Are the file's numbers those of this machine already? */
static bool is_native(const type *t, const cn_array *out)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && !t->big_endian && t->class == TYPE_FLOAT &&
           t->size == sizeof(float) && out->dtype == CN_FLOAT32;
}

/* Reads `count` numbers, a piece at a time. */
static bool convert(const cn__h5 *h5, uint64_t at, const type *t, size_t count, const cn_array *out)
{
    if (is_native(t, out)) return get(h5, at, out->data, count * t->size);
    unsigned char *piece = cn__malloc(PIECE);
    const size_t most = PIECE / t->size;
    bool good = piece != NULL;
    for (size_t first = 0; good && first < count; first += most) {
        size_t n = count - first < most ? count - first : most;
        good = get(h5, at + first * t->size, piece, n * t->size);
        for (size_t i = 0; good && i < n; i++) {
            if (out->dtype == CN_INT64) ((int64_t *)out->data)[first + i] = to_whole(piece + i * t->size, t);
            else ((float *)out->data)[first + i] = to_float(piece + i * t->size, t);
        }
    }
    cn__free(piece);
    return good;
}

static bool find_shape(const cn__h5 *h5, uint64_t header, cn_array *shape)
{
    message space;
    return find_message(h5, header, MESSAGE_DATASPACE, &space) && read_space(h5, space.at, space.size, shape);
}

cn_status cn__h5_read(const cn__h5 *h5, const char *path, const cn_array *out)
{
    uint64_t header, at = 0;
    message m;
    cn_array shape;
    type t;
    if (!find(h5, path, &header) || !find_message(h5, header, MESSAGE_LAYOUT, &m))
        return cn__fail(CN_ERROR_FORMAT, "there is no array '%s'", path);
    if (!find_shape(h5, header, &shape) || !find_message(h5, header, MESSAGE_DATATYPE, &m))
        return damaged("array", path);
    CN_TRY(check_shape(&shape, path, out));
    const type_class wanted = out->dtype == CN_INT64 ? TYPE_WHOLE : TYPE_FLOAT;
    if (!read_type(h5, m.at, m.size, &t) || t.class != wanted)
        return cn__fail(CN_ERROR_FORMAT, "%s does not hold %s", path,
                        wanted == TYPE_WHOLE ? "whole numbers" : "float32 or float64");
    const size_t count = cn_array_size(out);
    CN_TRY(find_bytes(h5, header, path, (uint64_t)count * t.size, &at));
    return convert(h5, at, &t, count, out) ? CN_OK : damaged("array", path);
}

bool cn__h5_is_scalar(const cn__h5 *h5, const char *path)
{
    uint64_t header;
    cn_array shape;
    message m;
    return find(h5, path, &header) && find_message(h5, header, MESSAGE_LAYOUT, &m) &&
           find_shape(h5, header, &shape) && shape.ndim == 0;
}

/* ---- attributes ---------------------------------------------------------------------------------------- */

/* An attribute's parts in the file. */
typedef struct attribute {
    uint64_t name, name_size, type, type_size, space, space_size, data, data_size;
} attribute;

static uint64_t padded(uint64_t size, bool pad) { return pad ? (size + 7) / 8 * 8 : size; }

/* Version 1 pads each part to 8 bytes, version 3 has a byte for the name's character set. */
static bool open_attribute(const cn__h5 *h5, const message *m, attribute *out)
{
    unsigned char head[9];
    if (m->size < 9 || !get(h5, m->at, head, sizeof head) || head[0] < 1 || head[0] > 3) return false;
    const bool pad = head[0] == 1, shared = head[0] > 1 && (head[1] & 3);
    *out = (attribute){.name_size = number(head + 2, 2),
                       .type_size = number(head + 4, 2),
                       .space_size = number(head + 6, 2)};
    out->name = m->at + (head[0] == 3 ? 9 : 8);
    out->type = out->name + padded(out->name_size, pad);
    out->space = out->type + padded(out->type_size, pad);
    out->data = out->space + padded(out->space_size, pad);
    if (shared || out->data > m->at + m->size) return false;
    out->data_size = m->at + m->size - out->data;
    return true;
}

static bool is_named(const cn__h5 *h5, const attribute *a, const char *name)
{
    char found[NAME_SIZE];
    size_t size = strlen(name) + 1; /* the '\0' is kept too */
    return a->name_size == size && size <= sizeof found && get(h5, a->name, found, size) &&
           memcmp(found, name, size) == 0;
}

static bool find_attribute(const cn__h5 *h5, uint64_t header, const char *name, attribute *out)
{
    walk w;
    message m;
    if (!begin_walk(h5, header, &w)) return false;
    while (next_message(&w, &m))
        if (m.type == MESSAGE_ATTRIBUTE && open_attribute(h5, &m, out) && is_named(h5, out, name))
            return true;
    return false;
}

bool cn__h5_has_attribute(const cn__h5 *h5, const char *path, const char *name)
{
    uint64_t header;
    attribute a;
    return find(h5, path, &header) && find_attribute(h5, header, name, &a);
}

/* `size` bytes of text in the arena, or NULL. */
static char *copy_text(cn__h5 *h5, cn__arena *arena, uint64_t at, uint64_t size)
{
    if (size > MAX_TEXT || size > h5->text_left || !inside(h5, at, size)) return NULL;
    h5->text_left -= size;
    char *text = cn__arena_alloc(arena, (size_t)size + 1);
    return text && get(h5, at, text, (size_t)size) ? text : NULL;
}

/* Object `index` of a global heap collection: it lists its objects one behind the other. */
static char *heap_text(cn__h5 *h5, cn__arena *arena, uint64_t heap, uint64_t index, uint64_t length)
{
    unsigned char head[16];
    if (!get(h5, heap, head, sizeof head) || memcmp(head, "GCOL", 4) != 0) return NULL;
    uint64_t size = number(head + 8, 8), at = heap + 16;
    int seen = 0;
    if (!inside(h5, heap, size)) return NULL;
    while (seen++ < MAX_OBJECTS && at - heap + 16 <= size && get(h5, at, head, sizeof head) &&
           number(head, 2) != 0) {
        uint64_t bytes = number(head + 8, 8);
        if (bytes > size - (at - heap) - 16) return NULL;
        if (number(head, 2) == index) return length <= bytes ? copy_text(h5, arena, at + 16, length) : NULL;
        at += 16 + padded(bytes, true);
    }
    return NULL;
}

static char *read_text(cn__h5 *h5, cn__arena *arena, const type *t, uint64_t at)
{
    unsigned char element[16];
    if (t->class == TYPE_TEXT) return copy_text(h5, arena, at, t->size);
    if (!get(h5, at, element, sizeof element)) return NULL;
    const uint64_t length = number(element, 4);
    if (length == 0) return cn__arena_strdup(arena, "");
    return heap_text(h5, arena, number(element + 4, 8), number(element + 12, 4), length);
}

static cn_status add_texts(cn__h5 *h5, cn__arena *arena, const char *path, const char *name, size_t limit,
                           const char **out, size_t *count)
{
    uint64_t header, entries = 1;
    attribute a;
    cn_array shape;
    type t;
    if (!find(h5, path, &header) || !find_attribute(h5, header, name, &a))
        return cn__fail(CN_ERROR_FORMAT, "there is no attribute '%s'", name);
    if (!read_space(h5, a.space, a.space_size, &shape) || shape.ndim > 1) return damaged("attribute", name);
    if (shape.ndim == 1) entries = shape.shape[0];
    if (entries > limit - *count)
        return cn__fail(CN_ERROR_FORMAT, "attribute %s has %llu entries, expected %zu at most", name,
                        (unsigned long long)entries, limit);
    if (entries == 0) return CN_OK; /* an empty list may be of any type */
    if (!read_type(h5, a.type, a.type_size, &t) || (t.class != TYPE_TEXT && t.class != TYPE_VARIABLE))
        return cn__fail(CN_ERROR_FORMAT, "attribute %s holds no text", name);
    for (uint64_t i = 0; i < entries; i++) {
        if (t.size > a.data_size || i * t.size > a.data_size - t.size) return damaged("attribute", name);
        out[*count] = read_text(h5, arena, &t, a.data + i * t.size);
        if (!out[(*count)++]) return damaged("attribute", name);
    }
    return CN_OK;
}

cn_status cn__h5_texts(cn__h5 *h5, cn__arena *arena, const char *path, const char *name, size_t limit,
                       const char ***out, size_t *count)
{
    *count = 0;
    *out = cn__arena_array(arena, limit ? limit : 1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    char piece[NAME_SIZE];
    snprintf(piece, sizeof piece, "%s0", name);
    if (cn__h5_has_attribute(h5, path, name) || !cn__h5_has_attribute(h5, path, piece))
        return add_texts(h5, arena, path, name, limit, *out, count);
    for (size_t i = 0; i <= limit; i++) {
        snprintf(piece, sizeof piece, "%s%zu", name, i);
        if (!cn__h5_has_attribute(h5, path, piece)) return CN_OK;
        CN_TRY(add_texts(h5, arena, path, piece, limit, *out, count));
    }
    return CN_OK;
}

cn_status cn__h5_text(cn__h5 *h5, cn__arena *arena, const char *path, const char *name, const char **out)
{
    const char **found;
    size_t count;
    CN_TRY(cn__h5_texts(h5, arena, path, name, 1, &found, &count));
    if (count != 1) return cn__fail(CN_ERROR_FORMAT, "no text in attribute %s", name);
    *out = found[0];
    return CN_OK;
}
