/* Moving values between C order and panels, and penalties that are computed in C order. */
#include "nn/variable.h"

#include <assert.h>
#include <string.h>

/* Two threads have as many panels each; what is narrow is read in one go. */
static size_t panel_width(const cn__variable *v)
{
    size_t panels = (v->cols + CN_PANEL - 1) / CN_PANEL;
    if (v->cols > 4 * CN_LANES) panels += panels % 2;
    return CN_PAD((v->cols + panels - 1) / panels);
}

size_t cn__variable_panel_count(const cn__variable *v)
{
    const size_t width = panel_width(v);
    return (v->cols + width - 1) / width;
}

cn__variable_panel cn__variable_panel_at(const cn__variable *v, size_t panel)
{
    const size_t width = panel_width(v);
    assert(panel * width < v->cols);
    cn__variable_panel p = {.first = panel * width, .offset = v->rows * width * panel};
    p.cols = v->cols - p.first < width ? v->cols - p.first : width;
    p.width = CN_PAD(p.cols);
    return p;
}

size_t cn__variable_size(const cn__variable *v) { return v->rows * v->cols; }

void cn__variable_gather(const cn__variable *v, const real *panels, real *values)
{
    for (size_t i = 0; i < cn__variable_panel_count(v); i++) {
        cn__variable_panel p = cn__variable_panel_at(v, i);
        for (size_t r = 0; r < v->rows; r++)
            memcpy(values + r * v->cols + p.first, panels + p.offset + r * p.width, p.cols * sizeof(real));
    }
}

void cn__variable_scatter(const cn__variable *v, const real *values, real *panels)
{
    for (size_t i = 0; i < cn__variable_panel_count(v); i++) {
        cn__variable_panel p = cn__variable_panel_at(v, i);
        for (size_t r = 0; r < v->rows; r++)
            memcpy(panels + p.offset + r * p.width, values + r * v->cols + p.first, p.cols * sizeof(real));
    }
}

size_t cn__variable_penalty_workspace(const cn__variable *v)
{
    const cn__regularizer *r = &v->regularizer;
    if (!r->matrix) return 0;
    return 2 * CN_PAD(cn__variable_size(v)) + r->matrix->workspace(r->config, v->rows, v->cols);
}

double cn__variable_penalty(const cn__variable *v, real *grad, real *workspace)
{
    const cn__regularizer *r = &v->regularizer;
    const size_t size = CN_PAD(cn__variable_size(v));
    real *w = workspace, *g = w + size, *rest = g + size;
    cn__variable_gather(v, v->value, w);
    if (!grad) return r->matrix->penalty(r->config, v->rows, v->cols, w, NULL, rest);
    cn__variable_gather(v, grad, g);
    const double penalty = r->matrix->penalty(r->config, v->rows, v->cols, w, g, rest);
    cn__variable_scatter(v, g, grad);
    return penalty;
}
