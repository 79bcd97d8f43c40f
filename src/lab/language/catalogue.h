/* Every sentence that the program puts into a lab's output, in both languages, as one table: a line a message. Those with
 * %-marks are formats, with the same marks in both. */
#ifndef CN_LAB_CATALOGUE_H
#define CN_LAB_CATALOGUE_H

#include "base/arena.h"
#include "cornu/train.h"

typedef enum cn__language { CN_SPANISH, CN_ENGLISH, CN_LANGUAGES } cn__language;

#define CN_CATALOGUE(X)                                                                                           \
    /* splits and metrics */                                                                                      \
    X(TRAINING, "Entrenamiento", "Training")                                                                      \
    X(VALIDATION, "Validación", "Validation")                                                                     \
    X(TEST, "Prueba", "Test")                                                                                     \
    X(EPOCH, "Época", "Epoch")                                                                                    \
    X(ACCURACY, "Exactitud", "Accuracy")                                                                          \
    X(LOSS, "Pérdida", "Loss")                                                                                    \
    X(MAE, "Error absoluto medio", "Mean absolute error")                                                         \
    X(MSE, "Error cuadrático medio", "Mean squared error")                                                        \
    X(BOTH, "%s y %s", "%s and %s")                                                                               \
    X(MODEL, "Modelo", "Model")                                                                                   \
    X(CLASS, "Clase", "Class")                                                                                    \
    X(LABEL, "Etiqueta", "Label")                                                                                 \
    /* data */                                                                                                    \
    X(PART, "Parte", "Part")                                                                                      \
    X(SAMPLE, "Muestra", "Sample")                                                                                \
    X(SAMPLES, "Muestras", "Samples")                                                                             \
    X(SHAPE, "Forma de una muestra", "Shape of a sample")                                                         \
    X(TYPE, "Tipo", "Type")                                                                                       \
    X(RANGE, "Valores", "Values")                                                                                 \
    X(PIXELS, "píxeles", "pixels")                                                                                \
    X(CLASSES, "Clases", "Classes")                                                                               \
    X(COLUMN, "Columna", "Column")                                                                                \
    X(ARRAY, "Matriz", "Array")                                                                                   \
    X(VALUE, "Valor", "Value")                                                                                    \
    X(MEAN, "Media", "Mean")                                                                                      \
    X(DEVIATION, "Desviación", "Deviation")                                                                       \
    X(MEDIAN, "Mediana", "Median")                                                                                \
    X(LEAST, "Mínimo", "Minimum")                                                                                 \
    X(MOST, "Máximo", "Maximum")                                                                                  \
    X(TARGET, "Valor a predecir: %s", "To predict: %s")                                                           \
    X(INFO_CAPTION, "El conjunto %s.", "The data set %s.")                                                        \
    X(SAMPLE_CAPTION, "Muestra %zu del entrenamiento, etiqueta %s.", "Training sample %zu, label %s.")            \
    X(ROW_CAPTION, "Fila %zu del entrenamiento.", "Row %zu of the training part.")                                \
    X(GRID_CAPTION_ONE, "Muestra %zu del entrenamiento con su etiqueta.",                                         \
      "Training sample %zu with its label.")                                                                      \
    X(GRID_CAPTION, "Muestras %zu a %zu del entrenamiento con su etiqueta.",                                      \
      "Training samples %zu to %zu with their labels.")                                                           \
    X(CLASSES_CAPTION, "Muestras de cada clase en entrenamiento y prueba.",                                       \
      "Samples of each class, training and test.")                                                                \
    X(TARGET_CAPTION, "Distribución de %s en entrenamiento y prueba.",                                            \
      "Distribution of %s, training and test.")                                                                   \
    X(CLASSES_TITLE, "¿Cuántas muestras hay de cada clase?", "How many samples of each class?")                   \
    X(TARGET_TITLE, "Cómo se reparten los valores", "How the values are spread")                                  \
    X(DROPPED_ONE, "%zu fila a la que falta algún valor queda fuera.",                                            \
      "%zu row that lacks a value is left out.")                                                                  \
    X(DROPPED, "%zu filas a las que falta algún valor quedan fuera.",                                             \
      "%zu rows that lack a value are left out.")                                                                 \
    X(FILLED_ONE, "%zu valor que faltaba se ha rellenado con la media de su columna.",                            \
      "%zu value was missing and is filled with its column's mean.")                                              \
    X(FILLED, "%zu valores que faltaban se han rellenado con la media de su columna.",                            \
      "%zu values were missing and are filled with their column's mean.")                                         \
    X(FILLED_WITH, "Valores que faltaban y se han rellenado (%s): %zu.",                                          \
      "Missing values that were filled (%s): %zu.")                                                               \
    X(VALUES_PRESENT, "Valores", "Count")                                                                         \
    X(MISSING_VALUES, "Faltan", "Missing")                                                                        \
    X(DISTINCT, "Distintos", "Distinct")                                                                          \
    X(MOST_FREQUENT, "Más frecuente", "Most frequent")                                                            \
    X(FREQUENCY, "Veces", "Times")                                                                                \
    X(COLUMN_CAPTION, "Distribución de la columna %s.", "Distribution of the column %s.")                         \
    X(NOT_OVER_ZERO_ONE, "%s Queda fuera %zu fila con valores que no son mayores que 0.",                         \
      "%s %zu row with values that are not over 0 is left out.")                                                  \
    X(NOT_OVER_ZERO, "%s Quedan fuera %zu filas con valores que no son mayores que 0.",                           \
      "%s %zu rows with values that are not over 0 are left out.")                                                \
    X(SCATTER_CAPTION, "%s frente a %s.", "%s against %s.")                                                       \
    X(PAIRS_CAPTION, "Cada columna frente a las demás; en la diagonal, sus histogramas.",                         \
      "Each column against the others; histograms on the diagonal.")                                              \
    X(BOXPLOT_CAPTION,                                                                                            \
      "Diagramas de caja: los bigotes abarcan 1.5 veces el rango intercuartílico; los demás valores son puntos.", \
      "Box plots: whiskers extend to 1.5 times the interquartile range; values beyond are points.")               \
    X(CORRELATION_CAPTION, "Correlación de Pearson entre las columnas de números.",                               \
      "Pearson's correlation between the columns of numbers.")                                                    \
    X(MISSING_CAPTION, "Porcentaje de valores que faltan en cada columna.",                                       \
      "Percentage of values that are missing in each column.")                                                    \
    X(MISSING_SHARE, "Faltan, por ciento", "Missing, per cent")                                                   \
    X(NONE_MISSING, "No falta ningún valor.", "No value is missing.")                                             \
    /* training */                                                                                                \
    X(HISTORY_TITLE, "%s: entrenamiento y validación", "%s: training and validation")                             \
    X(HISTORY_CAPTION, "%s por época, en entrenamiento y validación.",                                            \
      "%s by epoch, training and validation.")                                                                    \
    X(CROSSING, "Cruce", "Crossing")                                                                              \
    X(LIMIT, "límite %s", "limit %s")                                                                             \
    X(OVERFIT_LIMIT, "umbral %s", "threshold %s")                                                                 \
    X(DIFFERENCE, "Diferencia", "Difference")                                                                     \
    X(DIFFERENCE_TITLE, "%s: distancia entre entrenamiento y validación",                                         \
      "%s: distance between training and validation")                                                             \
    X(DIFFERENCE_CAPTION,                                                                                         \
      "%s: diferencia absoluta entre entrenamiento y validación por época, con los umbrales de sobreajuste.",     \
      "%s: absolute difference between training and validation by epoch, with the thresholds of over-fitting.")   \
    X(NO_VALIDATION, "sin validación", "no validation")                                                           \
    X(NORMALISED_LOSS, "Pérdida / pérdida inicial", "Loss / first loss")                                          \
    X(CONVERGENCE_TITLE, "¿Cuál converge antes?", "Which converges first?")                                       \
    X(CONVERGENCE_CAPTION, "Pérdida normalizada por la de la primera época.",                                     \
      "Loss divided by that of the first epoch.")                                                                 \
    X(SPEED, "Velocidad media (por época)", "Mean speed (per epoch)")                                             \
    X(LAST_RATIO, "Pérdida final / inicial", "Last / first loss")                                                 \
    X(SPEED_CAPTION, "Descenso medio de la pérdida normalizada por época.",                                       \
      "Mean decrease of the normalised loss per epoch.")                                                          \
    X(BEST_EPOCH, "Mejor época de validación", "Best validation epoch")                                           \
    X(AXIS_BEGINS, "%s (eje desde %s)", "%s (axis from %s)")                                                      \
    X(STOPPED, "parada: %s", "stopped: %s")                                                                       \
    /* reasons to stop, from cn_stop */                                                                           \
    X(STOP_EARLY_ONE, "early_stopping: %s no ha mejorado respecto a %.6g (época %zu) en %zu época",               \
      "early_stopping: %s has not improved on %.6g (epoch %zu) for %zu epoch")                                    \
    X(STOP_EARLY, "early_stopping: %s no ha mejorado respecto a %.6g (época %zu) en %zu épocas",                  \
      "early_stopping: %s has not improved on %.6g (epoch %zu) for %zu epochs")                                   \
    X(STOP_BELOW, "stop_below: %s = %.6g bajó de %g en la época %zu",                                             \
      "stop_below: %s = %.6g fell below %g in epoch %zu")                                                         \
    X(STOP_NAN, "terminate_on_nan: la pérdida fue NaN en el lote %zu",                                            \
      "terminate_on_nan: the loss was NaN at batch %zu")                                                          \
    X(STOP_INFINITE, "terminate_on_nan: la pérdida fue infinita en el lote %zu",                                  \
      "terminate_on_nan: the loss was infinite at batch %zu")                                                     \
    X(EXPECTED_ERROR, "Error esperado", "Expected error")                                                         \
    X(NO_ERROR, "se esperaba un error en este bloque y no lo hubo",                                               \
      "an error was expected in this block, and there was none")                                                  \
    /* comparisons */                                                                                             \
    X(COMPARE_TITLE, "Comparativa de modelos", "Comparison of models")                                            \
    X(COMPARE_CAPTION, "Media de las épocas en entrenamiento y en validación; prueba al final.",                  \
      "Means over the epochs in training and in validation; test at the end.")                                    \
    X(COMPARE_LAST_CAPTION, "Última época en entrenamiento y en validación; prueba al final.",                    \
      "Last epoch in training and in validation; test at the end.")                                               \
    X(COMPARE_BEST_CAPTION, "Mejor época en entrenamiento y en validación; prueba al final.",                     \
      "Best epoch in training and in validation; test at the end.")                                               \
    X(MEAN_TRAINING, "%s entr.", "%s train.")                                                                     \
    X(MEAN_VALIDATION, "%s valid.", "%s valid.")                                                                  \
    X(AT_TEST, "%s prueba", "%s test")                                                                            \
    X(PARAMETERS, "Parámetros", "Parameters")                                                                     \
    X(THOUSANDS, "Parámetros (miles)", "Parameters (thousands)")                                                  \
    X(MFLOPS, "MFLOPs", "MFLOPs")                                                                                 \
    X(COSTS_TITLE, "Coste de cada modelo", "Cost of each model")                                                  \
    X(COSTS_CAPTION,                                                                                              \
      "Parámetros y operaciones de una muestra (2 por multiplicación y suma, 1 por sesgo; entre 1024²).",         \
      "Parameters and operations of a sample (2 per multiplication and addition, 1 per bias; divided by 1024²).") \
    /* classes */                                                                                                 \
    X(ENSEMBLE_MISTAKES, "Errores", "Mistakes")                                                                   \
    X(ENSEMBLE_ACCURACY, "Exactitud de prueba", "Test accuracy")                                                  \
    X(ENSEMBLE_MEAN, "Conjunto: media de las probabilidades", "Ensemble: mean of the probabilities")              \
    X(ENSEMBLE_VOTE, "Conjunto: voto de la mayoría", "Ensemble: vote of the majority")                            \
    X(ENSEMBLE_CAPTION, "%zu redes, cada una por su cuenta y todas juntas, en la prueba.",                        \
      "%zu networks, each alone and all combined, on the test part.")                                             \
    X(CONFUSION_TITLE, "%s: matriz de confusión", "%s: confusion matrix")                                         \
    X(CONFUSION_CAPTION_ONE,                                                                                      \
      "%s: etiqueta verdadera (filas) y predicha (columnas) en %s muestra de prueba.",                            \
      "%s: true (rows) and predicted (columns) label of %s test sample.")                                         \
    X(CONFUSION_CAPTION,                                                                                          \
      "%s: etiqueta verdadera (filas) y predicha (columnas) en las %s muestras de prueba.",                       \
      "%s: true (rows) and predicted (columns) label of the %s test samples.")                                    \
    X(TRUE_LABEL, "Etiqueta verdadera", "True label")                                                             \
    X(PREDICTED_LABEL, "Etiqueta predicha", "Predicted label")                                                    \
    X(TRUE_VALUE, "Verdadero", "True")                                                                            \
    X(PREDICTED, "Predicho", "Predicted")                                                                         \
    X(PROBABILITY, "Probabilidad", "Probability")                                                                 \
    X(ERROR_OF, "Error", "Error")                                                                                 \
    X(SUPPORT, "Total", "Support")                                                                                \
    X(SUPPORT_COLUMN, "Muestras", "Support")                                                                      \
    X(PRECISION, "Precisión", "Precision")                                                                        \
    X(RECALL, "Exhaustividad", "Recall")                                                                          \
    X(F1, "F1", "F1")                                                                                             \
    X(MACRO, "Media simple", "Macro average")                                                                     \
    X(WEIGHTED, "Media ponderada", "Weighted average")                                                            \
    X(REPORT_CAPTION, "%s: informe de clasificación en la prueba.",                                               \
      "%s: classification report on the test part.")                                                              \
    X(CORNER, "real\\pred.", "true\\pred.")                                                                       \
    X(PREDICT_CAPTION, "%s: primeras predicciones sobre la prueba.",                                              \
      "%s: first predictions on the test part.")                                                                  \
    X(OUTPUTS_SHOWN, "Se muestran las salidas 1 a %zu de %zu.", "Outputs 1 to %zu of %zu are shown.")             \
    X(PREDICTION_TITLE, "%s: predicho frente a verdadero", "%s: predicted against true")                          \
    X(PREDICTION_CAPTION,                                                                                         \
      "%s: valores predichos frente a los verdaderos en la prueba; en la diagonal, iguales.",                     \
      "%s: predicted against true values of the test part; on the diagonal they are equal.")                      \
    X(MISTAKES_CAPTION, "%s: los errores cometidos con más seguridad (verdadera → predicha).",                    \
      "%s: the mistakes made with most confidence (true → predicted).")                                           \
    X(NO_MISTAKES, "no hay errores", "there are no mistakes")                                                     \
    X(WEIGHTS_CAPTION, "%s: pesos de la primera capa, una imagen por unidad (azul y naranja: signo).",            \
      "%s: weights of the first layer, one picture per unit (blue and orange: sign).")                            \
    X(WEIGHTS_CAPTION_COLOUR, "%s: pesos de la primera capa, una imagen por unidad (gris: cero).",                \
      "%s: weights of the first layer, one picture per unit (grey: zero).")                                       \
    X(NETWORK_CAPTION, "%s: capas, formas y parámetros.", "%s: layers, shapes and parameters.")                   \
    X(KERNELS_CAPTION, "%s: núcleos de la capa %s (azul y naranja: signo).",                                      \
      "%s: kernels of layer %s (blue and orange: sign).")                                                         \
    X(KERNELS_CAPTION_COLOUR, "%s: núcleos de la capa %s (gris: cero).",                                          \
      "%s: kernels of layer %s (grey: zero).")                                                                    \
    X(ACTIVATIONS_CAPTION, "%s: lo que da la capa %s con la muestra %zu de la prueba, un mapa por filtro.",       \
      "%s: output of layer %s for test sample %zu, one map per filter.")                                          \
    X(BOUNDARY_CAPTION, "%s: la clase que predice en cada punto, y las muestras de la prueba.",                   \
      "%s: predicted class at each point, and the samples of the test part.")                                     \
    X(RECONSTRUCTION_CAPTION, "%s: arriba, imágenes de la prueba; debajo, sus reconstrucciones.",                 \
      "%s: pictures of the test part, and their reconstructions below.")                                          \
    X(GRADCAM_CAPTION, "%s: qué partes de la muestra %zu de la prueba apoyan %s (Grad-CAM, capa %s).",            \
      "%s: which parts of test sample %zu speak for %s (Grad-CAM, layer %s).")                                    \
    X(GRADCAM_EMPTY, "%s: ninguna parte de la muestra %zu apoya %s en la capa %s; el mapa está vacío.",           \
      "%s: in sample %zu nothing speaks for %s (layer %s); the map is empty.")                                    \
    X(HEAT_MAP, "Mapa", "Map")                                                                                    \
    X(OVERLAY, "Superpuesto", "Overlaid")                                                                         \
    X(REPEAT_TITLE, "%s con %zu semillas", "%s with %zu seeds")                                                   \
    X(REPEAT_CAPTION, "%s: media y desviación típica de %zu entrenamientos con otras semillas.",                  \
      "%s: mean and standard deviation of %zu trainings with other seeds.")                                       \
    X(REPEATS_TITLE, "Con %zu semillas cada uno", "With %zu seeds each")                                          \
    X(REPEATS_TRAINING, "Media en entrenamiento de %zu semillas; la banda es la desviación típica.",              \
      "Mean in training over %zu seeds; the band is the standard deviation.")                                     \
    X(REPEATS_VALIDATION, "Media en validación de %zu semillas; la banda es la desviación típica.",               \
      "Mean in validation over %zu seeds; the band is the standard deviation.")                                   \
    X(REPEATS_TABLE, "Media ± desviación típica de %zu semillas: última época, y prueba.",                        \
      "Mean ± standard deviation over %zu seeds: last epoch, and test.")                                          \
    X(REPEAT_TABLE, "%s: %zu entrenamientos con otras semillas; última época, y prueba.",                         \
      "%s: %zu trainings with other seeds; last epoch, and test.")                                                \
    X(REPEATS_VALUES, "Los valores de las %zu semillas en la prueba.",                                            \
      "Each of the values of %zu seeds at the test.")                                                             \
    X(LINE, "Línea", "Line")                                                                                      \
    X(NEW_ROWS_CAPTION, "%s: predicciones para filas nuevas.", "%s: predictions for new rows.")                   \
    X(IMPORTANCE, "Importancia", "Importance")                                                                    \
    X(IMPORTANCE_CAPTION, "%s: cuánto empeora en la prueba (%s) si se mezclan los valores de una columna.",       \
      "%s: how much worse the test part's %s gets when a column's values are mixed.")                             \
    X(TRIAL, "Prueba nº", "Trial")                                                                                \
    X(TRIALS, "Redes probadas", "Trials")                                                                         \
    X(BEST_SO_FAR, "La mejor hasta entonces", "Best so far")                                                      \
    X(SWEEP_LOG,                                                                                                  \
      "Redes probadas: %zu; completas %zu, detenidas antes %zu, fallidas %zu. La mejor es la %zu.",               \
      "Trials: %zu; complete %zu, pruned %zu, failed %zu. The best is trial %zu.")                                \
    X(SWEEP_CAPTION, "%s: las mejores de las redes probadas.", "%s: the best of the trials.")                     \
    X(SWEEP_IMPORTANCE, "%s: qué parte de la varianza de «%s» explica por sí sola cada dimensión (ω²).",          \
      "%s: the share of the variance of %s that each dimension explains by itself (ω²).")                         \
    X(SWEEP_FIGURE, "%s: lo que alcanza cada red probada.", "%s: the result of each trial.")                      \
    X(FALSE_POSITIVE_RATE, "Tasa de falsos positivos", "False positive rate")                                     \
    X(TRUE_POSITIVE_RATE, "Tasa de verdaderos positivos", "True positive rate")                                   \
    X(AREA, "área", "area")                                                                                       \
    X(BRIER, "índice de Brier", "Brier score")                                                                    \
    X(SHARE_OF_CLASS, "Proporción de la clase", "Share of the class")                                             \
    X(ONE_CLASS, "la parte de prueba solo tiene una clase", "the test part has one class only")                   \
    X(ROC_CAPTION, "Curvas ROC en la prueba; en la diagonal, el azar.",                                           \
      "ROC curves on the test part; the diagonal is chance.")                                                     \
    X(PRECISION_RECALL_CAPTION, "Precisión frente a exhaustividad en la prueba.",                                 \
      "Precision against recall on the test part.")                                                               \
    X(CALIBRATION_CAPTION,                                                                                        \
      "Probabilidad predicha y proporción observada en la prueba; en la diagonal, iguales.",                      \
      "Predicted probability and observed share on the test part; on the diagonal they are equal.")               \
    X(RESIDUAL, "Verdadero − predicho", "True − predicted")                                                       \
    X(RESIDUALS_CAPTION, "%s: errores frente a lo predicho en la prueba.",                                        \
      "%s: errors against predicted values of the test part.")                                                    \
    X(MEAN_DEVIATION, "Media ± desviación", "Mean ± deviation")                                                   \
    X(FOLD, "Pliegue", "Fold")                                                                                    \
    X(FOLDS_CAPTION, "%s: validación cruzada; cada valor es del pliegue que ese entrenamiento no vio.",           \
      "%s: cross-validation; each value is of the fold that the training did not see.")                           \
    X(LAST_EPOCH, "última época", "last epoch")                                                                   \
    /* the first page, the terminal */                                                                            \
    X(RESULT, "Resultado", "Result")                                                                              \
    X(BEST, "Mejor modelo", "Best model")                                                                         \
    X(BEST_TIED, "Mejores modelos, empatados", "Best models, tied")                                               \
    X(TIE, "Empate", "Tie")                                                                                       \
    X(TIE_MARGIN, "diferencias de hasta %.4f, dos errores típicos con %s muestras",                               \
      "differences up to %.4f, two standard errors with %s samples")                                              \
    X(BEST_VALIDATION, "%s de validación", "Validation %s")                                                       \
    X(BEST_TEST, "%s de prueba", "Test %s")                                                                       \
    X(MODELS_TRAINED, "Modelos entrenados", "Models trained")                                                     \
    X(TIME, "Tiempo de entrenamiento", "Training time")                                                           \
    X(MACHINE, "Máquina", "Machine")                                                                              \
    X(SEED, "Semilla", "Seed")                                                                                    \
    X(HASH, "Huella de los resultados", "Hash of the results")                                                    \
    X(DATA, "Datos", "Data")                                                                                      \
    X(FIGURE, "figura", "figure")                                                                                 \
    X(CACHE_TROUBLE, "La caché no guarda nada: %s.", "The cache keeps nothing: %s.")                              \
    X(TRAINED_ONE, "%zu entrenamiento nuevo", "%zu new training")                                                 \
    X(TRAINED, "%zu entrenamientos nuevos", "%zu new trainings")                                                  \
    X(THERE_ONE, "%zu ya hecho", "%zu already there")                                                             \
    X(THERE, "%zu ya hechos", "%zu already there")                                                                \
    X(WRITTEN, "Escrito: %s", "Written: %s")                                                                      \
    X(NOT_RUN, "(no ejecutado)", "(not run)")                                                                     \
    X(BEGUN_ONE, "Laboratorio %s: %zu entrenamiento, semilla %llu", "Lab %s: %zu training, seed %llu")            \
    X(BEGUN, "Laboratorio %s: %zu entrenamientos, semilla %llu", "Lab %s: %zu trainings, seed %llu")              \
    /* citations */                                                                                               \
    X(REFERENCES, "Referencias", "References")                                                                    \
    X(BIBLIOGRAPHY, "Bibliografía", "Bibliography")                                                               \
    X(AND, "y", "and")                                                                                            \
    X(NO_YEAR, "s. f.", "n.d.")

/* Of a sentence that counts: NAME, or NAME_ONE for a count of one. */
#define CN_COUNTED(name_, count_) ((count_) == 1 ? CN_MSG_##name_##_ONE : CN_MSG_##name_)

#define CN_MSG_NAME(name_, es_, en_) CN_MSG_##name_,
typedef enum cn__msg { CN_CATALOGUE(CN_MSG_NAME) CN_MSG_COUNT } cn__msg;

const char *cn__catalogue(cn__language language, cn__msg word);
/* 407050 as the language writes it: "407,050" in English; in Spanish "407 050", with a space that does not break, and "5130". */
char *cn__grouped(cn__language language, long long value, char *out, size_t size);
/* The mark between groups of three digits, and from how many digits on it stands. */
const char *cn__group_mark(cn__language language, size_t *least);
/* Why a training stopped, in the arena; "" if it did not, NULL when out of memory. `text` is the callback's own, for one
 * that gave nothing else. */
const char *cn__catalogue_stop(cn__arena *arena, cn__language language, const cn_stop *stop,
                               const char *text);

#endif
