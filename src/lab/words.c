/* Every sentence of the lab in both languages. */
#include "lab/lab.h"

static const char *const words[CN_WORD_COUNT][2] = {
    [CN_WORD_LAB] =
        {"Laboratorio: %s (%s), %zu imágenes de entrenamiento y %zu de prueba, semilla %llu, %zu a la vez",
         "Lab: %s (%s), %zu training and %zu test images, seed %llu, %zu at once"},
    [CN_WORD_EXPECTED_ERROR] = {"error esperado, antes de entrenar", "expected error, before any training"},
    [CN_WORD_NO_ERROR] = {"se esperaba un error y no lo hubo", "an error was expected and there was none"},
    [CN_WORD_TEST] = {"prueba", "test"},
    [CN_WORD_STOPPED] = {"parada", "stopped"},
    [CN_WORD_COMPARISON] = {"Comparativa", "Comparison"},
    [CN_WORD_NETWORK] = {"Modelo", "Network"},
    [CN_WORD_MEAN_ACCURACY] = {"Exact. entr. (media)", "Train acc. (mean)"},
    [CN_WORD_MEAN_VAL_ACCURACY] = {"Exact. valid. (media)", "Val. acc. (mean)"},
    [CN_WORD_TEST_ACCURACY] = {"Exact. prueba", "Test acc."},
    [CN_WORD_MEAN_LOSS] = {"Pérdida entr. (media)", "Train loss (mean)"},
    [CN_WORD_MEAN_VAL_LOSS] = {"Pérdida valid. (media)", "Val. loss (mean)"},
    [CN_WORD_TEST_LOSS] = {"Pérdida prueba", "Test loss"},
    [CN_WORD_COSTS] = {"Costes", "Costs"},
    [CN_WORD_PARAMETERS] = {"Parámetros (miles)", "Parameters (thousands)"},
    [CN_WORD_MFLOPS] = {"MFLOPs", "MFLOPs"},
    [CN_WORD_CONFUSION] = {"Matriz de confusión", "Confusion matrix"},
    [CN_WORD_REPORT] = {"Informe de clasificación", "Classification report"},
    [CN_WORD_BANDS] = {"Última época frente al rango de Keras 3.6",
                       "Last epoch against the range of Keras 3.6"},
    [CN_WORD_LOSS] = {"Pérdida", "Loss"},
    [CN_WORD_BAND] = {"Rango", "Range"},
    [CN_WORD_VALIDATION] = {"Validación", "Validation"},
    [CN_WORD_INSIDE] = {"dentro", "inside"},
    [CN_WORD_OUTSIDE] = {"FUERA", "OUTSIDE"},
    [CN_WORD_TIME] = {"Tiempo total", "Total time"},
    [CN_WORD_RESULTS] = {"Resultados", "Results"},
    [CN_WORD_TRUE_PREDICTED] = {"real\\pred.", "true\\pred."},
    [CN_WORD_ADDED] = {"añadido a la lista original", "added to the original list"},
};

const char *cn__words(cn__language language, cn__word word) { return words[word][language]; }
