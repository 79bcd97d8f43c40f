/* A report as the lab of the sixteen networks makes it: twelve sections in Spanish, logs of up to thirty epochs,
 * forty-odd figures, tables. The numbers are made up, but of the right kind. */
#ifndef CN_TESTS_REPORT_SEED_REPORT_H
#define CN_TESTS_REPORT_SEED_REPORT_H

#include "base/arena.h"
#include "figure/samples.h"
#include "report/report.h"

enum { SEED_MODELS = 16, SEED_EPOCHS = 30, SEED_MOST = 128 };

typedef struct seed_model {
    char name[40], id[16];
    int section, epochs;
    double values[4][SEED_EPOCHS], gaps[2][SEED_EPOCHS];
    cn__series series[2][2], gap_series[2];
    cn__panel panels[2], gap_panels[2];
    cn__figure history, differences;
    cn__report_output outputs[6];
} seed_model;

typedef struct seed_report {
    cn__arena arena;
    seed_model models[SEED_MODELS];
    cn__block blocks[SEED_MOST];
    size_t block_count;
    cn__text log; /* all logs, for who looks for their lines */
    cn__report_table summary;
    cn__report report;
} seed_report;

static const char *const seed_titles[13] = {"Los datos",
                                            "Información del conjunto",
                                            "Preparación",
                                            "La primera red",
                                            "Compilación y entrenamiento",
                                            "Más y menos neuronas",
                                            "¿Por qué diez salidas?",
                                            "Más épocas",
                                            "Parar a tiempo",
                                            "La función de activación",
                                            "La inicialización de los pesos",
                                            "El optimizador",
                                            "La red final"};

/* ---- numbers ---------------------------------------------------------------------------------------------- */

static void seed_values(seed_model *m, int index)
{
    double floor_loss = 0.28 - 0.015 * index, over = 0.0035 * (index % 5);
    for (int e = 0; e < m->epochs; e++) {
        double training = floor_loss + 0.2 * exp(-0.55 * e) - 0.0015 * e * (index % 4);
        double validation =
            floor_loss + 0.03 + 0.07 * exp(-0.8 * e) + over * e * 0.6 + 0.006 * wave(index, e);
        m->values[2][e] = training > 0.01 ? training : 0.01 + 0.001 * e;
        m->values[3][e] = validation;
        m->values[0][e] = 1 - 0.29 * m->values[2][e];
        m->values[1][e] = 1 - 0.28 * validation;
        m->gaps[0][e] = fabs(m->values[0][e] - m->values[1][e]);
        m->gaps[1][e] = fabs(m->values[2][e] - m->values[3][e]);
    }
}

static size_t seed_best(const double *values, int n, double sign)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (sign * values[i] > sign * values[best]) best = i;
    return (size_t)best + 1;
}

/* ---- figures ---------------------------------------------------------------------------------------------- */

static void seed_figures(seed_report *r, seed_model *m)
{
    static const cn__limit limits[2][1] = {{{"umbral 0.05", 0.05}}, {{"umbral 0.10", 0.10}}};
    static const char *const titles[2] = {"Exactitud", "Pérdida"};
    static const char *const units[2] = {"Fracción de aciertos", "Entropía cruzada (nats)"};
    size_t n = (size_t)m->epochs;
    for (int p = 0; p < 2; p++) {
        m->series[p][0] = (cn__series){
            .name = "Entrenamiento", .split = CN_SPLIT_TRAINING, .count = n, .y = m->values[2 * p]};
        m->series[p][1] = (cn__series){.name = "Validación",
                                       .split = CN_SPLIT_VALIDATION,
                                       .count = n,
                                       .y = m->values[2 * p + 1],
                                       .best = seed_best(m->values[2 * p + 1], m->epochs, p ? -1 : 1)};
        m->panels[p] = (cn__panel){.title = titles[p],
                                   .x = {.title = "Época", .integer = true},
                                   .y = {.title = units[p]},
                                   .series = m->series[p],
                                   .series_count = 2,
                                   .crossings = "Cruce"};
        m->gap_series[p] = (cn__series){.split = CN_SPLIT_TRAINING, .count = n, .y = m->gaps[p]};
        m->gap_panels[p] = (cn__panel){.kind = CN_PANEL_BARS,
                                       .title = titles[p],
                                       .x = {.title = "Época", .integer = true},
                                       .y = {.title = "|entrenamiento − validación|"},
                                       .series = &m->gap_series[p],
                                       .series_count = 1,
                                       .limits = limits[p],
                                       .limit_count = 1};
    }
    m->history = (cn__figure){
        .title = cn__arena_format(&r->arena, "%s: entrenamiento y validación", m->name),
        .caption = cn__arena_format(&r->arena,
                                    "%s: exactitud y pérdida durante las %d épocas, en entrenamiento y en "
                                    "validación; los círculos señalan dónde se cruzan las curvas.",
                                    m->name, m->epochs),
        .panels = m->panels,
        .panel_count = 2};
    m->differences = (cn__figure){
        .title = cn__arena_format(&r->arena, "%s: distancia entre entrenamiento y validación", m->name),
        .caption = cn__arena_format(&r->arena, "%s: diferencias absolutas, con los umbrales de sobreajuste.",
                                    m->name),
        .panels = m->gap_panels,
        .panel_count = 2};
}

/* ---- blocks ----------------------------------------------------------------------------------------------- */

static void seed_block(seed_report *r, cn__block block)
{
    if (r->block_count < SEED_MOST) r->blocks[r->block_count++] = block;
}

static void seed_prose(seed_report *r, const char *text)
{
    seed_block(r, (cn__block){.kind = CN_BLOCK_PROSE, .text = text});
}

/* As Keras writes it with verbose=2, on one line. The rate stands in some: a line longer than most. */
static const char *seed_log(seed_report *r, const seed_model *m, bool rate)
{
    cn__text text = {0};
    for (int e = 0; e < m->epochs; e++) {
        cn__text_printf(
            &text,
            "Epoch %d/%d\n1407/1407 - %ds - %dms/step - accuracy: %.4f - loss: %.4f - val_accuracy: "
            "%.4f - val_loss: %.4f",
            e + 1, m->epochs, 1 + e % 3, 1 + e % 3, m->values[0][e], m->values[2][e], m->values[1][e],
            m->values[3][e]);
        if (rate) cn__text_printf(&text, " - learning_rate: %.4e", 5e-4 / (1 + e));
        cn__text_add(&text, "\n");
    }
    const char *copy = cn__arena_strdup(&r->arena, text.data);
    cn__text_add(&r->log, text.data);
    cn__text_free(&text);
    return copy;
}

static const char seed_summary[] =
    "Model: \"%s\"\n"
    "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
    "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃\n"
    "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
    "│ dense (Dense)                   │ (None, 512)            │       401,920 │\n"
    "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
    "│ dense_1 (Dense)                 │ (None, 10)             │         5,130 │\n"
    "└─────────────────────────────────┴────────────────────────┴───────────────┘\n"
    " Total params: 407,050 (1.55 MB)\n"
    " Trainable params: 407,050 (1.55 MB)\n"
    " Non-trainable params: 0 (0.00 B)\n";

static void seed_training(seed_report *r, seed_model *m, int index)
{
    size_t n = 0;
    m->outputs[n++] =
        (cn__report_output){.kind = CN_OUTPUT_LOG, .text = cn__arena_format(&r->arena, seed_summary, m->id)};
    m->outputs[n++] = (cn__report_output){.kind = CN_OUTPUT_LOG, .text = seed_log(r, m, index == 13)};
    m->outputs[n++] = (cn__report_output){.kind = CN_OUTPUT_FIGURE,
                                          .id = cn__arena_format(&r->arena, "%s-history", m->id),
                                          .figure = &m->history};
    m->outputs[n++] = (cn__report_output){.kind = CN_OUTPUT_FIGURE,
                                          .id = cn__arena_format(&r->arena, "%s-differences", m->id),
                                          .figure = &m->differences};
    m->outputs[n++] = (cn__report_output){
        .kind = CN_OUTPUT_LOG, .text = "313/313 - 0s - 742us/step - accuracy: 0.9205 - loss: 0.2872\n"};
    seed_block(r, (cn__block){.kind = CN_BLOCK_CELL,
                              .text = cn__arena_format(
                                  &r->arena,
                                  "model %s \"%s\"\n  input 784\n  dense 512 relu\n  dense "
                                  "10 softmax\nsummary %s\ncompile %s optimizer=adam "
                                  "loss=categorical_crossentropy metrics=accuracy\nfit %s "
                                  "epochs=%d batch_size=32 validation_split=0.25\nplot "
                                  "history %s\nplot difference %s\nevaluate %s\n",
                                  m->id, m->name, m->id, m->id, m->id, m->epochs, m->id, m->id, m->id),
                              .outputs = m->outputs,
                              .output_count = n});
}

static const char *const seed_table_cells[] = {"Modelo",
                                               "Exactitud entr. (media)",
                                               "Exactitud valid. (media)",
                                               "Exactitud prueba",
                                               "Pérdida entr.",
                                               "Pérdida valid.",
                                               "Pérdida prueba",
                                               "Modelo 1-216",
                                               "0.908",
                                               "0.913",
                                               "0.918",
                                               "0.326",
                                               "0.313",
                                               "0.294",
                                               "Modelo 1-512",
                                               "0.909",
                                               "0.913",
                                               "0.920",
                                               "0.324",
                                               "0.313",
                                               "0.287",
                                               "Modelo 1-1024",
                                               "0.906",
                                               "0.910",
                                               "0.919",
                                               "0.332",
                                               "0.320",
                                               "0.294",
                                               "Modelo 2-512-128",
                                               "0.951",
                                               "0.963",
                                               "0.968",
                                               "0.163",
                                               "0.129",
                                               "0.110"};
static const char *const seed_report_cells[] = {"Clase",
                                                "Precisión",
                                                "Exhaustividad",
                                                "F1",
                                                "Soporte",
                                                "0",
                                                "0.99",
                                                "0.99",
                                                "0.99",
                                                "980",
                                                "1",
                                                "0.99",
                                                "1.00",
                                                "0.99",
                                                "1135",
                                                "2",
                                                "0.97",
                                                "0.98",
                                                "0.98",
                                                "1032",
                                                "3",
                                                "0.98",
                                                "0.98",
                                                "0.98",
                                                "1010",
                                                "4",
                                                "0.98",
                                                "0.98",
                                                "0.98",
                                                "982",
                                                "5",
                                                "0.98",
                                                "0.98",
                                                "0.98",
                                                "892",
                                                "6",
                                                "0.98",
                                                "0.99",
                                                "0.98",
                                                "958",
                                                "7",
                                                "0.98",
                                                "0.97",
                                                "0.98",
                                                "1028",
                                                "8",
                                                "0.97",
                                                "0.97",
                                                "0.97",
                                                "974",
                                                "9",
                                                "0.98",
                                                "0.97",
                                                "0.97",
                                                "1009",
                                                "exactitud",
                                                "",
                                                "",
                                                "0.98",
                                                "10000",
                                                "media simple",
                                                "0.98",
                                                "0.98",
                                                "0.98",
                                                "10000",
                                                "media ponderada",
                                                "0.98",
                                                "0.98",
                                                "0.98",
                                                "10000"};

static cn__report_output seed_figure(const char *id, const char *caption, const cn__figure *figure)
{
    return (cn__report_output){.kind = CN_OUTPUT_FIGURE, .id = id, .caption = caption, .figure = figure};
}

/* What a section compares at its end. */
static void seed_comparison(seed_report *r, int section)
{
    cn__report_output *outputs = cn__arena_array(&r->arena, 4, sizeof *outputs);
    size_t n = 0;
    const char *id = cn__arena_format(&r->arena, "section-%d", section);
    if (section == 0)
        outputs[n++] = seed_figure(id, "Las diez primeras imágenes con su etiqueta.", image_grid());
    if (section == 5) {
        outputs[n++] =
            seed_figure(id, "Media de las épocas en entrenamiento y validación, y prueba.", comparison());
        outputs[n++] =
            (cn__report_output){.kind = CN_OUTPUT_TABLE,
                                .caption = "Media de las épocas en entrenamiento y validación, y prueba.",
                                .table = {7, 5, seed_table_cells, true}};
        outputs[n++] = seed_figure("costs", "Parámetros (miles) y operaciones (MFLOP) de cada red.", costs());
    }
    if (section == 7) outputs[n++] = seed_figure(id, "Treinta épocas: sobreajuste.", history30());
    if (section == 9) {
        outputs[n++] = seed_figure(id, "Pérdida relativa a la de la primera época.", convergence());
        outputs[n++] = seed_figure("six", NULL, six_figures());
    }
    if (section == 10) outputs[n++] = seed_figure(id, "Cinco semillas: media y desviación.", band());
    if (section == 11) outputs[n++] = seed_figure(id, "Distribución de los pesos.", histogram());
    if (section == 12) {
        outputs[n++] = seed_figure(id, "Matriz de confusión de la red final.", confusion());
        outputs[n++] = (cn__report_output){.kind = CN_OUTPUT_TABLE,
                                           .caption = "Informe de clasificación de la red final.",
                                           .table = {5, 14, seed_report_cells, true}};
        outputs[n++] = seed_figure("kernels", "Los pesos de la primera capa.", kernels());
    }
    if (n)
        seed_block(r, (cn__block){.kind = CN_BLOCK_CELL,
                                  .text = cn__arena_format(&r->arena, "compare section%d\n", section),
                                  .outputs = outputs,
                                  .output_count = n});
}

static void seed_error(seed_report *r)
{
    static const cn__report_output error = {
        .kind = CN_OUTPUT_ERROR,
        .text =
            "labs/mnist.es.md:212: la red 'm5' no se puede entrenar: la etiqueta tiene la forma (None, 10) y "
            "la salida (None, 5)\nSe esperaban formas iguales: ponga 10 unidades en la última capa."};
    seed_block(
        r, (cn__block){
               .kind = CN_BLOCK_CELL,
               .text = "model m5 \"Cinco salidas\"\n  input 784\n  dense 512\n  dense 5 softmax\nfit m5\n",
               .outputs = &error,
               .output_count = 1});
}

static void seed_section(seed_report *r, int section)
{
    cn__text text = {0};
    cn__text_printf(&text, "# %d. %s\n\n", section, seed_titles[section]);
    for (int k = 0; k < 1 + section % 3; k++)
        cn__text_printf(
            &text,
            "La exactitud de validación es `0.%04d`: la red de %d neuronas **generaliza** mejor que la "
            "anterior, aunque la diferencia —apenas unas milésimas— cabe en el azar de una sola "
            "semilla. ¿Qué ocurre si se añaden más épocas? *La pérdida de validación deja de bajar.*\n\n",
            9100 + 7 * section + k, 216 + 40 * section);
    if (section == 2)
        cn__text_add(
            &text,
            "- los valores pasan de 0–255 a 0–1 como `float32`;\n- cada imagen pasa a ser un vector de "
            "784 números;\n- las etiquetas pasan a ser vectores *one-hot*.\n\n"
            "| Paso | Antes | Después |\n|:--|:--|:--|\n| normalizar | (60000, 28, 28) uint8 | "
            "(60000, 28, 28) float32 |\n| aplanar | (60000, 28, 28) | (60000, 784) |\n\n");
    if (section == 4 || section == 9)
        cn__text_printf(&text, "## %d.1 Entrenamiento\n\nUna frase corta.\n", section);
    seed_prose(r, cn__arena_strdup(&r->arena, text.data));
    cn__text_free(&text);
    for (int i = 0; i < SEED_MODELS; i++)
        if (r->models[i].section == section) seed_training(r, &r->models[i], i);
    if (section == 6) seed_error(r);
    seed_comparison(r, section);
    if (section > 3)
        seed_prose(
            r,
            "Los números lo dicen: la red de dos capas gana en las seis cifras, y su coste es menor que el "
            "de la red de 1024 neuronas.\n");
}

static const char *const seed_summary_cells[] = {"Resultado",
                                                 "",
                                                 "Mejor red",
                                                 "Final: 512-relu, 128-relu, dropout 0.3",
                                                 "Exactitud de validación",
                                                 "0.9796",
                                                 "Exactitud de prueba",
                                                 "0.9812",
                                                 "Parámetros",
                                                 "468,874 (1.79 MB)",
                                                 "Tiempo del laboratorio",
                                                 "2 min 41 s",
                                                 "Máquina",
                                                 "AMD EPYC, 2 núcleos",
                                                 "Semilla",
                                                 "42",
                                                 "Huella de los resultados",
                                                 "a2b7aa1738df0d0e"};

static seed_report *new_seed_report(void)
{
    static const int sections[SEED_MODELS] = {4, 5, 5, 5, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 11, 12};
    static const int epochs[SEED_MODELS] = {5, 5, 5, 5, 15, 30, 30, 30, 15, 15, 15, 15, 15, 15, 30, 15};
    seed_report *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    for (int i = 0; i < SEED_MODELS; i++) {
        seed_model *m = &r->models[i];
        cn__format(m->name, sizeof m->name, "Modelo %d-%d", 1 + i / 15, 216 + 40 * i);
        cn__format(m->id, sizeof m->id, "m%d", 216 + 40 * i);
        m->section = sections[i];
        m->epochs = epochs[i];
        seed_values(m, i);
        seed_figures(r, m);
    }
    for (int section = 0; section < 13; section++) seed_section(r, section);
    r->summary =
        (cn__report_table){.columns = 2, .rows = 9, .cells = seed_summary_cells, .head_column = true};
    r->report = (cn__report){.title = "Redes neuronales: dieciséis redes sobre MNIST",
                             .subtitle = "Informe de laboratorio",
                             .author = "Una estudiante",
                             .language = CN_REPORT_SPANISH,
                             .summary = &r->summary,
                             .blocks = r->blocks,
                             .block_count = r->block_count};
    return r;
}

static void free_seed_report(seed_report *r)
{
    cn__text_free(&r->log);
    cn__arena_free(&r->arena);
    free(r);
}

#endif
