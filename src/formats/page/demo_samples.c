/* Choosing and naming the samples of a page. */
#include "formats/page/demo_samples.h"

#include <math.h>

#include "base/arena.h"
#include "base/text/text.h"

static size_t class_of(const cn__demo_targets *t, size_t n)
{
    if (!t->rows) return (size_t)cn_array_at(t->y, n);
    size_t best = 0;
    for (size_t i = 1; i < t->outputs; i++)
        if (cn_array_at(t->y, n * t->outputs + i) > cn_array_at(t->y, n * t->outputs + best)) best = i;
    return best;
}

static bool is_one_hot(const cn_array *y, size_t samples, size_t outputs)
{
    for (size_t n = 0; n < samples; n++) {
        size_t ones = 0, zeros = 0;
        for (size_t i = 0; i < outputs; i++) {
            ones += cn_array_at(y, n * outputs + i) == 1;
            zeros += cn_array_at(y, n * outputs + i) == 0;
        }
        if (ones != 1 || zeros != outputs - 1) return false;
    }
    return true;
}

/* One output may stand for two classes. */
static bool are_two_classes(const cn_array *y, size_t samples)
{
    size_t n = 0;
    while (n < samples && (cn_array_at(y, n) == 0 || cn_array_at(y, n) == 1)) n++;
    return n == samples;
}

static cn_status check_classes(const cn_array *y, size_t samples, size_t outputs)
{
    for (size_t n = 0; n < samples; n++) {
        const double class = cn_array_at(y, n);
        if (!(class >= 0 && class < (double)outputs && class == floor(class)))
            return cn__fail(CN_ERROR_DATA, "label %zu is %g; expected a class from 0 to %zu", n, class,
                            outputs - 1);
    }
    return CN_OK;
}

cn_status cn__demo_targets_read(const cn_array *y, size_t samples, size_t outputs, cn__demo_targets *out)
{
    *out = (cn__demo_targets){.y = y, .outputs = outputs};
    if (!y) return CN_OK;
    const size_t size = cn_array_size(y);
    out->rows = size != samples && y->ndim > 1 && y->shape[0] == samples && size == samples * outputs;
    if (size != samples && !out->rows)
        return cn__fail(CN_ERROR_SHAPE, "%zu labels for %zu samples", size, samples);
    if (out->rows) out->classes = is_one_hot(y, samples, outputs) ? outputs : 0;
    else if (outputs == 1) out->classes = are_two_classes(y, samples) ? 2 : 0;
    else {
        CN_TRY(check_classes(y, samples, outputs));
        out->classes = outputs;
    }
    return CN_OK;
}

size_t cn__demo_choose(const cn__demo_targets *t, size_t samples, size_t wanted, size_t *chosen)
{
    if (wanted > samples) wanted = samples;
    if (!t->classes) {
        for (size_t i = 0; i < wanted; i++) chosen[i] = i;
        return wanted;
    }
    size_t count = 0, *next = cn__calloc(t->classes, sizeof *next), idle = 0;
    for (size_t class = 0; next && count < wanted && idle < t->classes; class = (class + 1) % t->classes) {
        while (next[class] < samples && class_of(t, next[class]) != class) next[class]++;
        idle = next[class] < samples ? 0 : idle + 1;
        if (next[class] < samples) chosen[count++] = next[class]++;
    }
    cn__free(next);
    return count;
}

const char *cn__demo_name(const cn__demo_targets *t, size_t n, const char *const *names, char *buffer,
                          size_t size)
{
    *buffer = '\0';
    if (t->classes && names && t->outputs > 1) return names[class_of(t, n)];
    if (t->classes) cn__format(buffer, size, "%zu", class_of(t, n));
    else if (t->y && !t->rows) cn__format(buffer, size, "%.4g", cn_array_at(t->y, n));
    return buffer;
}
