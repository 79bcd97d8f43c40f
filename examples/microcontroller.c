/* A network for a microcontroller: trained here, written as a C file with 8-bit weights that needs nothing of Cornu
 * (docs/export-c.md).
 *     cc microcontroller.c $(pkg-config --cflags --libs cornu) -lm -o microcontroller && ./microcontroller
 *     arm-none-eabi-gcc -mcpu=cortex-m4 -O2 -c sine.c */
#include <cornu/cornu.h>
#include <math.h>
#include <stdio.h>

enum { N = 1000 };

int main(void)
{
    static float inputs[N], targets[N];
    for (int n = 0; n < N; n++) inputs[n] = (float)n / N * 6.2832F, targets[n] = sinf(inputs[n]);
    cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){N, 1});
    cn_array y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){N, 1});

    cn_model *m = cn_model_new("sine");
    cn_model_set_seed(m, 2);
    cn_model_add(m, cn_input(1));
    cn_model_add(m, cn_dense(16, .activation = "relu"));
    cn_model_add(m, cn_dense(16, .activation = "relu"));
    cn_model_add(m, cn_dense(1));
    cn_model_compile(m, .optimizer = "adam(learning_rate=0.01)", .loss = "mse");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 100);

    cn_array rounded = {0};
    cn_export_c_report report;
    const cn_export_c_options options = {
        .int8 = true, .samples = &x, .test = &x, .test_outputs = &rounded, .report = &report};
    if (!h || cn_model_export_c(m, "sine.c", &options) != CN_OK)
        return fprintf(stderr, "%s\n", cn_error()), 1;
    double worst = 0;
    for (size_t n = 0; n < N; n++) worst = fmax(worst, fabs(cn_array_at(&rounded, n) - targets[n]));
    printf("sine.c: %zu bytes of weights (%zu as float32), %zu bytes of scratch\n", report.weight_bytes,
           report.float_weight_bytes, report.scratch_bytes);
    printf("off from sin by %.3f at most\n", worst);
    cn_array_free(&rounded);
    cn_history_free(h);
    cn_model_free(m);
    return 0;
}
