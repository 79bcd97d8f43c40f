/* What was lost while JSON was made, one flag for each thread. */
#include "data/files/json.h"

#include "base/text/text.h"

static _Thread_local bool lost;

void cn__json_begin(void) { lost = false; }

void cn__json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) lost = true;
}

void cn__json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) lost = true;
}

static int add_piece(const char *piece, size_t size, void *text)
{
    cn__text_add_bytes(text, piece, size);
    return ((cn__text *)text)->failed ? -1 : 0;
}

static cn_status fail_lost(void)
{
    return cn__fail(CN_ERROR_MEMORY, "JSON could not be made: out of memory, or a text that is not UTF-8");
}

cn_status cn__json_check(void) { return lost ? fail_lost() : CN_OK; }

/* json_dumps, up to Jansson 2.14, does not notice when the name of an entry could not be added: the text does. */
cn_status cn__json_finish(const json_t *root, size_t flags, char **out)
{
    cn__text text = {0};
    const bool whole =
        root && !lost && json_dump_callback(root, add_piece, &text, flags) == 0 && !text.failed;
    lost = false;
    if (!whole) cn__text_free(&text);
    *out = text.data;
    return *out ? CN_OK : fail_lost();
}

bool cn__json_lacks(const json_t *json) { return !json || json_typeof(json) == JSON_NULL; }

/* Where a piece could not be allocated in the midst of a value, jansson leaves no text. */
bool cn__json_out_of_memory(const json_error_t *error)
{
    if (json_error_code(error) != json_error_out_of_memory && *error->text) return false;
    (void)!cn__fail_memory(0, "JSON");
    return true;
}
