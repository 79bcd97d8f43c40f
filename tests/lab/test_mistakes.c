/* Mistakes in a document: what each statement must find above it and in the data, and each reported once, with its line, not
 * in all that follows from it. */
#include "lab/support.h"

/* far.npy (n): what no label can be. */
static void put_far_labels(size_t n)
{
    double *far = calloc(n, sizeof *far);
    assert_non_null(far);
    for (size_t i = 0; i < n; i++) far[i] = i % 2 ? 1e30 : -1;
    put_array("far.npy", CN_FLOAT64, 1, &n, far);
    free(far);
}

static int set_up(void **state)
{
    if (enter_home(state) != 0) return -1;
    put_points(100);
    put_far_labels(100);
    put_digits(60, 20);
    return cn__make_dirs("pictures") == CN_OK ? 0 : -1;
}

/* ---- what statements need -------------------------------------------------------------------------------------- */

static void data_must_stand_above(void **state)
{
    (void)state;
    static const char *const needing[] = {"dataset info",      "dataset show",      "dataset grid",
                                          "dataset histogram", "dataset normalise", "dataset flatten",
                                          "dataset reshape 4", "dataset one_hot"};
    for (size_t i = 0; i < COUNT_OF(needing); i++) {
        char text[100], expected[200];
        int name = (int)strcspn(needing[i], "4");
        while (needing[i][name - 1] == ' ') name--;
        snprintf(text, sizeof text, "%s\n", needing[i]);
        snprintf(expected, sizeof expected,
                 "lab.md:2: %.*s: no data set stands above this line; expected dataset mnist, for example",
                 name, needing[i]);
        is_refused(text, expected);
    }
    is_refused("model a\n  input 2\n  dense 4\ncompile a loss=mse\nfit a\n",
               "lab.md:6: fit: no data set stands above this line; expected dataset mnist, for example");
}

static void a_model_must_stand_above(void **state)
{
    (void)state;
    for (int verb = CN_VERB_SUMMARY; verb < CN_VERBS; verb++) {
        const cn__statement_kind *kind = cn__statement_kind_of((cn__verb)verb);
        char text[200], expected[300];
        snprintf(text, sizeof text, DATA MODEL "%s aa%s\n", kind->name,
                 verb == CN_VERB_COMPILE ? " loss=mse"
                 : verb == CN_VERB_SAVE  ? " m.keras"
                                         : "");
        snprintf(expected, sizeof expected, "lab.md:6: unknown model 'aa'; did you mean 'a'? Known: a");
        is_refused(text, expected);
    }
    is_refused(DATA "summary a\n", "lab.md:4: unknown model 'a'; no model stands above this line");
}

static void compile_and_fit_must_stand_above(void **state)
{
    (void)state;
    for (int verb = CN_VERB_PLAN; verb < CN_VERBS; verb++) {
        const cn__statement_kind *kind = cn__statement_kind_of((cn__verb)verb);
        char text[300], expected[300];
        const char *more = verb == CN_VERB_SAVE ? " m.keras" : "";
        if (kind->needs < CN_NEEDS_COMPILED) continue;
        snprintf(text, sizeof text, DATA MODEL "%s a%s\n", kind->name, more);
        snprintf(expected, sizeof expected,
                 "lab.md:6: %s: model 'a' is not compiled; expected above: compile a loss=…", kind->name);
        is_refused(text, expected);
        if (kind->needs < CN_NEEDS_FIT) continue;
        snprintf(text, sizeof text, DATA MODEL COMPILE "%s a%s\n", kind->name, more);
        snprintf(expected, sizeof expected, "lab.md:7: %s: model 'a' is not trained; expected above: fit a",
                 kind->name);
        is_refused(text, expected);
    }
}

static void a_statement_must_fit_the_data(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {DATA "dataset grid\n", "lab.md:4: dataset grid: the data set has no pictures"},
        {DATA "dataset show 80\n", "lab.md:4: dataset show: sample 80, expected 0 to 79"},
        {DATA "dataset reshape 3\n",
         "lab.md:4: an array of shape (80, 2) (160 elements) cannot take the shape (80, 3)"},
        {DATA "dataset normalise by=minmx\n",
         "lab.md:4: unknown way to normalise 'minmx'; did you mean 'minmax'? Known: standard, minmax"},
        {DATA "dataset normalise by=0\n",
         "lab.md:4: dataset normalise: by=0, expected a number over 0, standard or minmax"},
        {"dataset x=points.npy y=sums.npy\ndataset one_hot\n",
         "lab.md:3: dataset one_hot: the targets are numbers, not classes"},
        {"dataset x=points.npy\n", "lab.md:2: dataset x=points.npy: y=FILE is missing"},
        {"dataset x=points.npy y=classes.npy test_x=points.npy\n",
         "lab.md:2: dataset: test_x and test_y go together"},
        {"dataset x=points.npy y=classes.npy test_split=0.001\n",
         "lab.md:2: dataset: test_split: a share of 0.001 of 100 samples leaves one part empty"},
        {"dataset x=points.npy y=classes.npy test_split=0\n",
         "lab.md:2: dataset: test_split: a test part of 0; expected a share between 0 and 1, such as 0.2"},
        {"dataset x=points.npy y=classes.npy task=clasification\n",
         "lab.md:2: unknown task 'clasification'; did you mean 'classification'? Known: classification, regression"},
        {"dataset x=points.npy y=classes.npy test_x=points.npy test_y=far.npy task=classification\n",
         "lab.md:2: dataset: task=classification expects labels from 0 to 999, one a sample; the labels to test are "
         "not"},
        {"dataset x=none.npy y=classes.npy\n", "lab.md:2: dataset: there is no file ./none.npy"},
        {"dataset x=pointz.npy y=classes.npy\n",
         "lab.md:2: dataset: there is no file ./pointz.npy; did you mean 'points.npy'?"},
        {"dataset x=none.npz:x y=classes.npy\n", "lab.md:2: dataset: there is no file ./none.npz"},
        {"dataset x=pictures y=classes.npy\n",
         "lab.md:2: dataset: ./pictures is a folder; expected a file: a table, or pictures as one array (.npy, .npz:name, "
         "IDX). A folder of images is loaded with dataset pictures"},
        {"dataset pictures\n",
         "lab.md:2: dataset: pictures holds no folder; expected a folder a class with PNG or JPEG files, as in pictures/cat/1.png"},
        {"dataset picturs\n", "lab.md:2: dataset: there is no folder picturs; did you mean 'pictures'?"},
        {"dataset pictures/none\n", "lab.md:2: dataset: there is no folder pictures/none"},
        {"dataset mnist image_size=28\n", "lab.md:2: dataset mnist: image_size is for a folder of images"},
        {"dataset mnits\n",
         "lab.md:2: unknown data set, or word after 'dataset', 'mnits'; did you mean 'mnist'? Known: mnist, fashion_mnist, cifar10, cifar100, "
         "info, show, grid, histogram, describe, scatter, correlation, pairs, boxplot, missing, normalise, flatten, reshape, one_hot"},
        {"dataset gird rows=2\n",
         "lab.md:2: unknown data set, or word after 'dataset', 'gird'; did you mean 'grid'? Known: mnist, fashion_mnist, cifar10, cifar100, "
         "info, show, grid, histogram, describe, scatter, correlation, pairs, boxplot, missing, normalise, flatten, reshape, one_hot"},
        {"dataset mnist target=label\n", "lab.md:2: dataset mnist: target is for tables, FILE.csv"},
        {"dataset houses.bin target=price\n",
         "lab.md:2: dataset houses.bin: expected a table such as FILE.csv, arrays x=FILE y=FILE, or a name such as "
         "mnist"},
        {"dataset\n",
         "lab.md:2: dataset: no name; expected for example: dataset mnist, or dataset x=X.npy y=Y.npy"},
        {DATA MODEL COMPILE FIT "misclassified a\n", "lab.md:8: misclassified: the data set has no pictures"},
        {DATA MODEL COMPILE FIT "weights a\n", "lab.md:8: weights: the data set has no pictures"},
        {DATA MODEL COMPILE FIT "plot prediction a\n",
         "lab.md:8: plot prediction: the targets of a are classes; expected confusion a"},
        {DATA MODEL COMPILE "plan a batch_size=81\n",
         "lab.md:7: plan: batch_size = 81, expected at most 80, the training samples"},
        {DATA MODEL COMPILE FIT "save a m.txt\n",
         "lab.md:8: save: 'm.txt' ends in none of .keras, .h5, .weights.h5, .npz, .json"},
        {DATA MODEL COMPILE FIT "save a ../m.keras\n",
         "lab.md:8: save: '../m.keras' is not inside the lab's folder; expected a plain name"},
        {DATA MODEL COMPILE FIT "save a /m.keras\n",
         "lab.md:8: save: '/m.keras' is not inside the lab's folder; expected a plain name"},
        {DATA MODEL COMPILE FIT "save a results.json\n",
         "lab.md:8: save: the lab itself writes 'results.json'; expected another name"},
        {DATA MODEL COMPILE FIT "save a models/b.keras\n",
         "lab.md:8: save: the lab itself writes 'models/b.keras'; expected another name"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) is_refused(cases[i][0], cases[i][1]);
    is_refused(
        "dataset x=points.npy y=sums.npy\nmodel a\n  dense 1\ncompile a loss=mse\nfit a\nreport a\nconfusion a\n",
        "lab.md:7: report: the targets of a are numbers, not classes\n"
        "lab.md:8: confusion: the targets of a are numbers, not classes");
}

static void a_fit_is_tried_before_anything_runs(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {DATA "model a\n  dense 5 softmax\n" COMPILE "fit a\n",
         "lab.md:7: y: target and output must have the same shape: target (None, 4), output (None, 5)"},
        {DATA MODEL COMPILE "fit a epochs=3 initial_epoch=3\n",
         "lab.md:7: fit: initial_epoch = 3, expected less than epochs = 3"},
        {DATA MODEL COMPILE "fit a validation_data=train\n",
         "lab.md:7: fit: validation_data=train: expected test (the data set's test part), a file, or the name of a "
         "data set"},
        {DATA MODEL COMPILE "fit a validation_data=rows.csv\n",
         "lab.md:7: fit: validation_data=rows.csv: dataset: there is no file ./rows.csv"},
        {DATA MODEL COMPILE "fit a callbacks=early_stopping(monitor=val_los)\n",
         "lab.md:7: callback early_stopping: unknown monitored value 'val_los'. Known: accuracy, loss"},
        {DATA MODEL COMPILE "fit a class_weight=heavy\n", NULL},
        {DATA MODEL "compile a loss=categorical_crosentropy\n", NULL},
        {DATA MODEL "compile a optimizer=adm loss=mse\n", NULL},
        {DATA MODEL "compile a loss=mse metrics=[accuracy, acuracy]\n", NULL},
    };
    static const char *const begin[] = {
        "class_weight", "unknown loss 'categorical_crosentropy'; did you mean 'categorical_crossentropy'?",
        "unknown optimizer 'adm'; did you mean 'adam'?",
        "unknown metric 'acuracy'; did you mean 'accuracy'?"};
    for (size_t i = 0, k = 0; i < COUNT_OF(cases); i++) {
        if (cases[i][1]) {
            is_refused(cases[i][0], cases[i][1]);
            continue;
        }
        cn__program p;
        bool missing;
        assert_int_not_equal(cn__program_open(&p, "lab.md", block(cases[i][0]), &no_options, &missing),
                             CN_OK);
        cn__program_free(&p);
        says(begin[k++]);
        assert_null(strchr(cn_error(), '\n'));
    }
}

/* ---- models ---------------------------------------------------------------------------------------------------- */

static void names_of_models_are_words_of_their_own(void **state)
{
    (void)state;
    is_refused(DATA MODEL "model b\n  dense 1\n" MODEL, "lab.md:8: model 'a' is already defined in line 4");
    is_refused("model 1a\n  dense 1\n",
               "lab.md:2: model '1a': a name is made of letters, digits and _ and begins with a letter");
    is_refused("model 12\n  dense 1\n",
               "lab.md:2: model: no model is named; expected for example: model m512");
    is_refused("model a-b\n  dense 1\n",
               "lab.md:2: model 'a-b': a name is made of letters, digits and _ and begins with a letter");
    is_refused("model best\n  dense 1\n",
               "lab.md:2: model 'best': the word means something else in {{…}}; take another name");
    is_refused("model a\n", "lab.md:2: model a has no layers; they stand indented below it, one a line");
}

static void like_of_none_or_of_each_other_is_a_mistake(void **state)
{
    (void)state;
    is_refused(DATA MODEL "model b like=aa\n", "lab.md:6: unknown model 'aa'; did you mean 'a'? Known: a");
    is_refused("model a like=a\n", "lab.md:2: unknown model 'a'; no model stands above this line");
    is_refused("model a like=b\nmodel b like=c\nmodel c like=a\n",
               "lab.md:2: unknown model 'b'; no model stands above this line\n"
               "lab.md:3: unknown model 'c'. Known: a");
}

static void a_wrong_layer_is_told_with_its_own_line(void **state)
{
    (void)state;
    is_refused(
        DATA "model a \\\n  \"Title\"\n\n  # comment\n  dense 3\n  dense 4 rellu\n  drpout 2\nsummary a\n",
        "lab.md:9: 'dense 4 rellu': layer dense: unknown activation 'rellu'; did you mean 'relu'? Known: celu, elu, "
        "exponential, gelu, hard_sigmoid, hard_silu, hard_swish, leaky_relu, linear, log_softmax, mish, relu, relu6, "
        "selu, sigmoid, silu, softmax, softplus, softsign, swish, tanh");
    cn__text text = {0};
    cn__text_add(&text, "```cornu\nmodel a\n  dense 3 ");
    for (int i = 0; i < 5000; i++) cn__text_add(&text, "relu");
    cn__text_add(&text, "\n```\n");
    is_refused_with(text.data, NULL, "lab.md:3: a layer of 20008 bytes, expected at most 16384");
    cn__text_free(&text);
}

/* ---- reported once ------------------------------------------------------------------------------------------------- */

static void a_mistake_is_told_once_not_in_all_that_follows(void **state)
{
    (void)state;
    is_refused_with(
        "```cornu\n" DATA "model a titel=x\n  dense 4 softmax\n" COMPILE FIT
        "plot history a\nmodel b like=a\n"
        "model c\n  dense 4 softmax\ncompile c loss=categorical_crossentropy\nfit c epochs=two\n"
        "plot history c\nevaluate c\nmodel d\n  dense 4 softmax\ncompile d loss=mes\nfit d\ncompare c, d\n```\n"
        "{{a.loss.last}} {{c.loss.last}} {{d.loss.last}} {{best(a, c, d).title}}\n",
        NULL,
        "lab.md:4: model: unknown argument 'titel'; did you mean 'title'? Known: models, title, like, weights, include_top, seed\n"
        "lab.md:13: fit: epochs = two, expected an integer from 1 to 1000000000\n"
        "lab.md:18: unknown loss 'mes'; did you mean 'mse'? Nearest of 26 known: mse, mae, bce, kld, mape, msle");
    is_refused_with(
        "```cornu\ndataset mnits\ndataset info\ndataset normalise\n" MODEL COMPILE FIT
        "```\n{{data.train}} {{a.epochs}}\n",
        NULL,
        "lab.md:2: unknown data set, or word after 'dataset', 'mnits'; did you mean 'mnist'? Known: mnist, "
        "fashion_mnist, cifar10, cifar100, info, show, grid, histogram, describe, scatter, correlation, pairs, boxplot, missing, normalise, flatten, reshape, one_hot");
}

static void a_name_that_no_model_has_is_told_once(void **state)
{
    (void)state;
    is_refused_with("```cornu\n" DATA MODEL COMPILE FIT
                    "fit b\nevaluate b\nplot history a, b\n```\n{{b.epochs}} "
                    "{{best(a, b).title}}\n",
                    NULL, "lab.md:8: unknown model 'b'. Known: a");
    is_refused_with("```cornu\n" DATA MODEL COMPILE FIT "weights b\ndataset reshape 3 1\n```\n", NULL,
                    "lab.md:8: unknown model 'b'. Known: a\n"
                    "lab.md:9: an array of shape (80, 2) (160 elements) cannot take the shape (80, 3, 1)");
    is_refused_with("```cornu\nweights b\nfit 3 1`\n```\n", NULL,
                    "lab.md:2: unknown model 'b'; no model stands above this line\n"
                    "lab.md:3: expected the end after a whole value, found '`'\n  1`\n   ^");
    is_refused_with("```cornu\n" DATA MODEL COMPILE "plot history a\nevaluate a\n```\n{{a.epochs}}\n", NULL,
                    "lab.md:7: plot history: model 'a' is not trained; expected above: fit a");
    is_refused_with("```cornu\n" DATA MODEL COMPILE
                    "fit a validation_split=20%\nplot history a\n```\n{{a.epochs}}\n",
                    NULL, "lab.md:7: 20%, expected a share, as in 0.2");
    is_refused_with("```cornu\n" DATA MODEL COMPILE FIT
                    "```\n\n```\nmodel b\n  dense 4\n```\n\n```cornu\nsummary "
                    "b\n```\n{{b.parameters}}\n",
                    NULL, "lab.md:16: unknown model 'b'; line 11 makes it, but in no cornu block");
    is_refused_with("model b \"B\"\n\n{{b.parameters}} {{a.parameters}}\n", NULL,
                    "lab.md:3: {{b.parameters}}: unknown name 'b'; line 1 makes it, but in no cornu block\n"
                    "lab.md:3: {{a.parameters}}: unknown name 'a'. Known: best, worst, data, lab");
}

static void what_follows_in_a_block_that_is_never_closed_is_not_told(void **state)
{
    (void)state;
    is_refused_with("```cornu\n" DATA MODEL COMPILE FIT "\nIt was trained for {{a.epochs}} epochs.\n", NULL,
                    "lab.md:1: the block that begins here is never closed: a line ``` is missing");
}

static void pictures_for_a_dense_layer_are_told_how_to_become_vectors(void **state)
{
    (void)state;
    put_digits(100, 20);
    is_refused_with(
        "```cornu\ndataset mnist\ndataset one_hot\nmodel a\n  dense 10 softmax\n" COMPILE FIT "```\n",
        &(cn__lab_options){.data_dir = "digits"},
        "lab.md:7: y: target and output must have the same shape: target (None, 10), output (None, 12, 10); a "
        "sample is no vector: dataset flatten, or a layer flatten, makes it one");
}

static void mistakes_of_prose_and_of_blocks_are_told_in_order(void **state)
{
    (void)state;
    is_refused_with(
        "{{x}}\n\n```cornu\n" DATA "sumary a\n```\n\n{{data.trian}}\n\n```cornu\nfitt a\n```\n", NULL,
        "lab.md:1: {{x}}: unknown name 'x'. Known: best, worst, data, lab\n"
        "lab.md:6: unknown statement 'sumary'; did you mean 'summary'? Known: dataset, model, summary, plan, "
        "compile, fit, evaluate, predict, save, compare, costs, confusion, report, misclassified, weights, repeat, crossvalidate, importance, ensemble, sweep, "
        "plot\n"
        "lab.md:9: {{data.trian}}: unknown member of data 'trian'; did you mean 'train'? Known: name, train, "
        "test, classes, features, target\n"
        "lab.md:12: unknown statement 'fitt'; did you mean 'fit'? Known: dataset, model, summary, plan, compile, "
        "fit, evaluate, predict, save, compare, costs, confusion, report, misclassified, weights, repeat, crossvalidate, importance, ensemble, sweep, plot");
}

static void an_error_that_is_expected_is_no_mistake(void **state)
{
    (void)state;
    cn__program p;
    opens(
        &p,
        "```cornu\n" DATA "```\n```cornu expect=error\nmodel a\n  dense 5 rellu\nsummary a\n```\n"
        "```cornu expect=error\nmodel five\n  dense 5 softmax\ncompile five loss=categorical_crossentropy\nfit five\n"
        "plot history five\n```\n{{five.error}} {{a.error}}\n",
        no_options);
    assert_int_equal(p.job_count, 0);
    assert_int_equal(p.parts[1].count, 1); /* the rest of a cell with an error is left out */
    assert_ptr_equal(strstr(p.parts[1].steps[0].mistake, "'dense 5 rellu': layer dense: unknown activation"),
                     p.parts[1].steps[0].mistake);
    assert_int_equal(p.parts[2].count, 3);
    is_text(p.parts[2].steps[2].mistake,
            "y: target and output must have the same shape: target (None, 4), output (None, 5)");
    cn__program_free(&p);
    is_refused_with("```cornu expect=error\nmodel a\n```\n```cornu\nsummary a\n```\n", NULL,
                    "lab.md:5: model 'a' could not be made; line 2 says why");
}

static void missing_data_is_told_once_and_apart(void **state)
{
    (void)state;
    skip_where_the_system_has_mnist();
    cn__program p;
    bool missing;
    const char *text = block("dataset mnist\ndataset normalise\n" MODEL COMPILE FIT "evaluate a\n");
    assert_int_not_equal(cn__program_open(&p, "lab.md", text, &no_options, &missing), CN_OK);
    cn__program_free(&p);
    assert_true(missing);
    assert_ptr_equal(strstr(cn_error(), "lab.md:2: mnist"), cn_error());
    says_not("lab.md:3");
    text = block("dataset mnist\nsumary a\n");
    assert_int_not_equal(cn__program_open(&p, "lab.md", text, &no_options, &missing), CN_OK);
    cn__program_free(&p);
    assert_false(missing); /* there is another mistake, which data will not mend */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_must_stand_above),
        cmocka_unit_test(a_model_must_stand_above),
        cmocka_unit_test(compile_and_fit_must_stand_above),
        cmocka_unit_test(a_statement_must_fit_the_data),
        cmocka_unit_test(a_fit_is_tried_before_anything_runs),
        cmocka_unit_test(names_of_models_are_words_of_their_own),
        cmocka_unit_test(like_of_none_or_of_each_other_is_a_mistake),
        cmocka_unit_test(a_wrong_layer_is_told_with_its_own_line),
        cmocka_unit_test(a_mistake_is_told_once_not_in_all_that_follows),
        cmocka_unit_test(a_name_that_no_model_has_is_told_once),
        cmocka_unit_test(what_follows_in_a_block_that_is_never_closed_is_not_told),
        cmocka_unit_test(pictures_for_a_dense_layer_are_told_how_to_become_vectors),
        cmocka_unit_test(mistakes_of_prose_and_of_blocks_are_told_in_order),
        cmocka_unit_test(an_error_that_is_expected_is_no_mistake),
        cmocka_unit_test(missing_data_is_told_once_and_apart),
    };
    return cmocka_run_group_tests(tests, set_up, leave);
}
