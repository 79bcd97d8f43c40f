/* Opening models, and writing scores as text and JSON. */
#include "cli/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "base/text/value.h"
#include "cli/output/report.h"
#include "formats/files.h"
#include "model/model.h"

cn_status cn__open_model(const char *file, const char *layers, cn_model **out)
{
    if (!file == !layers)
        return cn__fail(CN_ERROR_ARGUMENT, "give %s --model FILE or --layers NOTATION",
                        file ? "only one of" : "the network with");
    *out = file ? cn_model_load_network(file) : cn_model_from_notation(NULL, layers);
    return *out ? CN_OK : cn_error_status();
}

cn_status cn__open_compiled(const char *option, const char *file, cn_model **out)
{
    *out = cn_model_load(file);
    if (!*out) return cn_error_status();
    if ((*out)->compiled) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "--%s '%s': it does not say with which optimizer and loss it was trained; --model takes "
                    "such a file",
                    option, file);
}

cn_status cn__read_shape(const char *text, int *ndim, size_t *shape)
{
    cn__arena arena = {0};
    cn__value list;
    cn_status status = cn__value_parse_list(&arena, text, &list);
    if (status == CN_OK && list.count == 1 && list.items[0].kind == CN_VALUE_LIST) list = list.items[0];
    bool good = status == CN_OK && list.count > 0 && list.count <= CN_MAX_RANK;
    *ndim = 0;
    for (size_t i = 0; good && i < list.count; i++) {
        good = list.items[i].kind == CN_VALUE_INT && list.items[i].integer > 0;
        shape[(*ndim)++] = (size_t)list.items[i].integer;
    }
    cn__arena_free(&arena);
    if (good) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "--input must be a sample's shape, as in 784 or 28,28, not '%s'",
                    text);
}

cn_status cn__check_model_output(const char *option, const char *path, bool weights_only)
{
    if (!path) return CN_OK;
    CN_TRY(cn__check_writable(option, path));
    return cn__make_model_path_ready(path, weights_only) == CN_OK ? CN_OK : cn__fail_in("--%s", option);
}

cn_status cn__check_writable(const char *option, const char *path)
{
    if (!path) return CN_OK;
    if (cn__dir_exists(path))
        return cn__fail(CN_ERROR_FILE, "%s%s%s%s: this is a directory", option ? "--" : "",
                        option ? option : "", option ? " " : "", path);
    char *folder = cn__path_parent(path);
    if (!folder) return CN_ERROR_MEMORY;
    cn__remove_stale(folder); /* of a run that was killed */
    cn__free(folder);
    cn_status status = cn__outfile_check(path);
    return status == CN_OK || !option ? status : cn__fail_in("--%s", option);
}

void cn__print_logs(FILE *out, const char *title, const cn_logs *logs)
{
    if (title) fprintf(out, "%s: ", title);
    for (size_t i = 0; i < cn_logs_count(logs); i++)
        fprintf(out, "%s%s: %.4f", i ? " - " : "", cn_logs_name(logs, i),
                cn_logs_value(logs, i) == cn_logs_value(logs, i) ? cn_logs_value(logs, i) : (double)NAN);
    fprintf(out, "\n");
}

/* ---- JSON --------------------------------------------------------------------------------------------- */

static json_t *history_object(const cn_history *history)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < cn_history_count(history); i++) {
        const char *name = cn_history_name(history, i);
        cn__json_set(object, name,
                     cn__report_numbers(cn_history_get(history, name), cn_history_epochs(history)));
    }
    return object;
}

cn_status cn__write_logs(const char *path, const cn_logs *logs)
{
    cn__json_begin();
    return cn__report_write(path, cn__report_logs(logs));
}

cn_status cn__write_history(const char *path, const cn_history *history, const cn_logs *evaluate,
                            const cn_logs *test)
{
    cn__json_begin();
    json_t *root = json_object();
    if (!root) return cn__fail_memory(0, "JSON");
    cn__json_set(root, "history", history_object(history));
    cn__json_set(root, "seconds",
                 cn__report_numbers(cn_history_seconds(history), cn_history_epochs(history)));
    if (cn_history_stopped(history)) cn__json_set(root, "stopped", json_string(cn_history_stopped(history)));
    if (evaluate) cn__json_set(root, "evaluate", cn__report_logs(evaluate));
    if (test) cn__json_set(root, "test", cn__report_logs(test));
    return cn__report_write(path, root);
}

cn_status cn__check_weights_given(cn_model *model, bool fresh, const char *weights, const cn_array *x)
{
    if (!fresh || weights) return CN_OK;
    CN_TRY(cn_model_build(model, x->ndim - 1, x->shape + 1));
    if (cn_model_weight_count(model) == 0) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "the network has no weights yet: give --weights");
}
