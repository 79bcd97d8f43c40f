/* The layer notation: "dense 512 relu; dropout 0.3", a layer a line or between semicolons, '#' for
 * comments. A line is a call without its parentheses: the words between spaces become its arguments. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"

/* Where one of `marks` (or the end) stands outside brackets and quotes. */
static const char *find_mark(const char *p, const char *end, const char *marks)
{
    int depth = 0;
    char quote = 0;
    for (; p < end; p++) {
        if (quote) quote = *p == quote ? 0 : quote;
        else if (*p == '\'' || *p == '"') quote = *p;
        else if (strchr("([{", *p)) depth++;
        else if (strchr(")]}", *p)) depth--;
        else if (depth <= 0 && strchr(marks, *p)) break;
    }
    return p;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && isspace((unsigned char)*p)) p++;
    return p;
}

/* "dense 512 relu" -> "dense(512, relu)"; a line that is a call already stays as it is. */
static void line_to_call(const char *line, const char *end, cn__text *call)
{
    const char *word = line;
    while (word < end && !isspace((unsigned char)*word) && *word != '(') word++;
    cn__text_add_bytes(call, line, (size_t)(word - line));
    const char *next = skip_space(word, end);
    if (next < end && *next == '(') {
        cn__text_add_bytes(call, next, (size_t)(end - next));
        return;
    }
    cn__text_add(call, "(");
    bool tight = false; /* a comma with no space behind it stays so: "0,3" is told from "0, 3" */
    for (bool first = true; next < end && !call->failed; first = false) {
        const char *stop = find_mark(next, end, " \t\r\n,");
        /* spaces around '=' stay inside one argument */
        bool joined = *next == '=' || (!first && call->data[call->size - 1] == '=');
        if (!first && !joined) cn__text_add(call, tight ? "," : ", ");
        cn__text_add_bytes(call, next, (size_t)(stop - next));
        next = skip_space(stop, end);
        tight =
            next == stop && next < end && *next == ',' && next + 1 < end && !isspace((unsigned char)next[1]);
        if (next < end && *next == ',') next = skip_space(next + 1, end);
    }
    cn__text_add(call, ")");
}

/* "dropout 0,3": a comma parts arguments, and no layer takes a 0 before another number. */
static cn_status check_comma(const char *line, const char *end)
{
    for (const char *p = line + 1; p + 3 < end; p++)
        if (isspace((unsigned char)*p) && p[1] == '0' && p[2] == ',' && isdigit((unsigned char)p[3])) {
            int digits = 1;
            while (p + 3 + digits < end && isdigit((unsigned char)p[3 + digits])) digits++;
            return cn__fail(CN_ERROR_ARGUMENT, "0,%.*s, expected a point as the decimal mark: 0.%.*s", digits,
                            p + 3, digits, p + 3);
        }
    return CN_OK;
}

static cn_status add_line(cn_model *model, const char *line, const char *end, int number)
{
    cn__text call = {0};
    line_to_call(line, end, &call);
    cn_status written = check_comma(line, end);
    cn_layer *layer = call.failed || written != CN_OK ? NULL : cn_layer_new(call.data);
    if (call.failed) cn__fail_memory(call.size, "a layer's notation");
    cn__text_free(&call);
    if (!layer) cn__fail_in("line %d, '%.*s'", number, (int)(end - line > 60 ? 60 : end - line), line);
    return cn_model_add(model, layer);
}

cn_status cn_model_add_notation(cn_model *model, const char *text)
{
    const char *end = text + strlen(text);
    size_t before = model->layer_count;
    int number = 1;
    for (const char *p = text; p < end;) {
        const char *stop = find_mark(p, end, "\n;#"), *first = skip_space(p, stop), *last = stop;
        while (last > first && isspace((unsigned char)last[-1])) last--;
        if (last > first) CN_TRY(add_line(model, first, last, number));
        if (stop < end && *stop == '#') stop += strcspn(stop, "\n");
        if (stop < end) stop++;
        for (; p < stop; p++) number += *p == '\n';
    }
    if (model->layer_count == before && model->failed == CN_OK)
        return cn__fail(CN_ERROR_ARGUMENT, "no layers in '%.60s'; expected lines such as dense 512 relu",
                        text);
    return CN_OK;
}
