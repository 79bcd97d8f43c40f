/* A cell that the program wrote names its pictures as the document does; in other cells the same name may be another
 * picture, so it is preceded by the cell's number. */
#include "lab/language/attachments.h"

#include <string.h>

static const char scheme[] = "](attachment:";

/* The value of a digit of base64; 64: it is none. */
static unsigned digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (unsigned)(at - digits) : 64;
}

/* False for a text that is no base64; it may be in several lines. */
static bool decode(const char *text, cn__text *out)
{
    unsigned bits = 0, count = 0;
    for (; *text && *text != '='; text++) {
        if (*text == '\n' || *text == '\r') continue;
        const unsigned value = digit(*text);
        if (value == 64) return false;
        bits = bits << 6 | value;
        if (++count % 4 == 1) continue;
        const unsigned char byte = (unsigned char)(bits >> (count % 4 == 2 ? 4 : count % 4 == 3 ? 2 : 0));
        cn__text_add_bytes(out, &byte, 1);
    }
    text += strspn(text, "=\r\n");
    return !*text && count % 4 != 1 && out->size > 0;
}

static cn_status add(cn__arena *arena, const char *name, const char *base64, const cn__attachment **list)
{
    cn__text bytes = {0};
    cn_status status = CN_OK;
    if (decode(base64, &bytes) && !bytes.failed) {
        cn__attachment *made = cn__arena_alloc(arena, sizeof *made);
        char *data = cn__arena_alloc(arena, bytes.size);
        if (made && data) {
            memcpy(data, bytes.data, bytes.size);
            *made = (cn__attachment){.name = name, .data = data, .size = bytes.size, .next = *list};
            *list = made;
        } else {
            status = CN_ERROR_MEMORY;
        }
    }
    if (bytes.failed) status = cn__fail_memory(bytes.size, "a picture");
    cn__text_free(&bytes);
    return status;
}

static bool is_kept(const json_t *cell)
{
    const json_t *own = json_object_get(json_object_get(cell, "metadata"), "cornu");
    return json_object_get(own, "source") != NULL;
}

static cn_status read_cell(const json_t *cell, size_t number, cn__arena *arena, const cn__attachment **list)
{
    const char *name, *type;
    json_t *types, *base64;
    json_object_foreach(json_object_get(cell, "attachments"), name, types)
    {
        const char *own = is_kept(cell) ? cn__arena_strdup(arena, name)
                                        : cn__arena_format(arena, "cell-%zu-%s", number, name);
        if (!own) return CN_ERROR_MEMORY;
        json_object_foreach(types, type, base64)
        {
            if (json_is_string(base64)) CN_TRY(add(arena, own, json_string_value(base64), list));
        }
    }
    return CN_OK;
}

cn_status cn__attachments_read(const json_t *cells, cn__arena *arena, const cn__attachment **out)
{
    size_t i;
    json_t *cell;
    *out = NULL;
    json_array_foreach(cells, i, cell) CN_TRY(read_cell(cell, i + 1, arena, out));
    return CN_OK;
}

const cn__attachment *cn__attachment_find(const cn__attachment *list, const char *url)
{
    for (; list; list = list->next) {
        const char *a = list->name, *b = url;
        while (*a && (*a == *b || (*a == '-' && *b == '/'))) a++, b++;
        if (*a == *b) return list;
    }
    return NULL;
}

void cn__attachments_rename(cn__text *out, const char *source, size_t cell)
{
    for (const char *at; (at = strstr(source, scheme)); source = at + sizeof scheme - 1) {
        cn__text_add_bytes(out, source, (size_t)(at - source));
        cn__text_printf(out, "](cell-%zu-", cell);
    }
    cn__text_add(out, source);
}
