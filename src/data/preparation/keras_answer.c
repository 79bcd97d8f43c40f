/* The name of a model's last layer, an Identity, says what the layers before it do not: cn__kw_answer writes it. */
#include "data/preparation/keras_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/text/text.h"
#include "data/files/json.h"

/* "_2f" is a byte. Of cn__malloc. */
static char *decode(const char *text, size_t size)
{
    char *out = cn__malloc(size + 1), *to = out;
    for (size_t i = 0; out && i < size; i++) {
        char digits[3] = {0};
        if (text[i] == '_' && i + 2 < size) digits[0] = text[i + 1], digits[1] = text[i + 2], i += 2;
        *to++ = *digits ? (char)strtol(digits, NULL, 16) : text[i];
    }
    if (out) *to = '\0';
    return out;
}

static void keep(char **place, char *text)
{
    cn__free(*place);
    *place = text;
}

/* "shown-real" */
static void read_pair(json_t *into, const char *token, size_t size, bool flag)
{
    const char *mark = memchr(token, '-', size);
    if (!mark) return;
    const size_t first = (size_t)(mark - token);
    char *a = decode(token, first), *b = decode(mark + 1, size - first - 1);
    if (a && b) cn__json_set(into, a, flag ? json_boolean(*b == '1') : json_string(b));
    cn__free(a);
    cn__free(b);
}

static void add_class(cn__kr *r, const char *word)
{
    json_t *target = json_array_get(r->targets, json_array_size(r->targets) - 1),
           *classes = json_object_get(target, "classes");
    if (!target) return;
    if (!classes) cn__json_set(target, "classes", classes = json_array());
    cn__json_append(classes, json_string(word));
}

static void read_token(cn__kr *r, const char *token, size_t size)
{
    char *text = decode(token + 1, size - 1);
    char **const places[] = {&r->prepared, &r->last, &r->fill, &r->number, &r->scale};
    const char *place = strchr("pnfvs", *token);
    if (!text) return;
    if (place) {
        keep(places[place - "pnfvs"], text);
        return;
    }
    json_t *target = json_array_get(r->targets, json_array_size(r->targets) - 1);
    if (*token == 't') cn__json_append(r->targets, json_pack("{s:s}", "name", text));
    if (*token == 'c') add_class(r, text);
    if (*token == 'l' && target) cn__json_set(target, "log", json_true());
    if (*token == 'd') read_pair(r->dates, token + 1, size - 1, true);
    if (*token == 'r') read_pair(r->renamed, token + 1, size - 1, false);
    cn__free(text);
}

const json_t *cn__kr_answer(cn__kr *r)
{
    const size_t begin = strlen(CN_ANSWER);
    const json_t *layer, *found = NULL;
    size_t i;
    json_array_foreach(r->layers, i, layer)
    {
        const char *name = cn__kr_name(layer);
        if (name) cn__json_set(r->by_name, name, json_incref((json_t *)(uintptr_t)layer));
        if (cn__kr_is_a(layer, "Identity") && name && strncmp(name, CN_ANSWER, begin) == 0) found = layer;
    }
    for (const char *p = found ? cn__kr_name(found) + begin : ""; *p;) {
        const size_t n = strcspn(p, ".");
        if (n) read_token(r, p, n);
        p += n + (p[n] == '.');
    }
    return found;
}

void cn__kr_targets(cn__kr *r)
{
    const json_t *layer, *undo = NULL;
    json_t *target;
    size_t i;
    json_array_foreach(r->layers, i, layer)
    {
        const char *name = cn__kr_name(layer);
        if (name && cn__kr_is_a(layer, "Rescaling") && strncmp(name, "undo_scale", 10) == 0) undo = layer;
    }
    json_array_foreach(r->targets, i, target)
    {
        if (!undo || json_object_get(target, "classes")) continue;
        cn__json_set(target, "scale", json_deep_copy(json_array_get(cn__kr_setting(undo, "scale"), i)));
        cn__json_set(target, "shift", json_deep_copy(json_array_get(cn__kr_setting(undo, "offset"), i)));
    }
}
