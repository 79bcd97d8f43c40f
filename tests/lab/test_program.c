/* Statements together: models and fits in their order, what the options change, which trainings have the same key, and
 * what normalise makes. Mistakes are test_mistakes.c's. */
#include "lab/support.h"

#include "formats/tensorboard/event_file.h"

static int set_up(void **state)
{
    if (enter_home(state) != 0) return -1;
    put_points(100);
    put_digits(60, 20);
    return 0;
}

/* ---- programs as text --------------------------------------------------------------------------------------- */

/* Models by name with parameters, and jobs as "a 3" (epochs) with "after" and "fresh". */
static void has(const cn__program *p, const char *expected)
{
    cn__text out = {0};
    for (size_t i = 0; i < p->model_count; i++)
        cn__text_printf(&out, "%s %zu; ", p->models[i]->name, p->models[i]->parameters);
    for (size_t i = 0; i < p->job_count; i++) {
        const cn__job *j = p->jobs[i];
        cn__text_printf(&out, "%s %s epochs %lld seed %llu", i ? "," : "fit", j->model->name,
                        (long long)j->fit.epochs, (unsigned long long)j->seed);
        if (j->after) cn__text_printf(&out, " after %zu", j->after->number);
        if (j->fresh) cn__text_add(&out, " fresh");
        if (j->repeat) cn__text_add(&out, " repeat");
    }
    is_text(out.data ? out.data : "", expected);
    cn__text_free(&out);
}

/* The key of the last job of a document. */
static void last_key(const char *text, cn__lab_options options, char key[65])
{
    cn__program p;
    opens(&p, text, options);
    assert_true(p.job_count > 0);
    memcpy(key, p.jobs[p.job_count - 1]->key, 65);
    assert_int_equal(strlen(key), 64);
    cn__program_free(&p);
}

static bool same_key(const char *one, const char *other)
{
    char a[65], b[65];
    char *copy = strdup(block(one)); /* block() has one place */
    last_key(copy, no_options, a);
    free(copy);
    last_key(block(other), no_options, b);
    return strcmp(a, b) == 0;
}

/* ---- models ------------------------------------------------------------------------------------------------------ */

static void like_takes_the_layers_of_another(void **state)
{
    (void)state;
    cn__program p;
    opens(&p, block(DATA "model a\n  dense 3\n  dense 4\nmodel b like=a\nmodel c like=a\n  dense 4\n"),
          no_options);
    has(&p, "a 25; b 25; c 12; ");
    is_text(p.models[1]->layers, "  dense 3\n  dense 4\n");
    cn__program_free(&p);
}

static void without_an_input_the_datas_shape_is_taken(void **state)
{
    (void)state;
    cn__program p;
    opens(&p,
          block("model a\n  dense 4 softmax\n" DATA
                "model b\n  input 7\n  dense 4\nmodel c\n  Input 5\n  dense 4\n" COMPILE "fit a\n"),
          no_options);
    has(&p, "a 12; b 32; c 24; fit a epochs 1 seed 0");
    cn__program_free(&p);
    /* a model that stands above the data's last change */
    opens(&p, block("dataset mnist\nmodel a\n  dense 3\ndataset flatten\nsummary a\n"),
          (cn__lab_options){.data_dir = "digits"});
    has(&p, "a 435; ");
    cn__program_free(&p);
}

/* ---- fits -------------------------------------------------------------------------------------------------------- */

static void a_second_fit_goes_on_from_the_first(void **state)
{
    (void)state;
    cn__program p;
    opens(&p,
          block(DATA MODEL COMPILE FIT
                "fit a epochs=3\ncompile a optimizer=sgd loss=mse\nfit a epochs=4\nfit a epochs=5\n"),
          no_options);
    has(&p,
        "a 12; fit a epochs 2 seed 0, a epochs 3 seed 0 after 1, a epochs 4 seed 0 after 2 fresh, a epochs 5 seed 0 after 3");
    is_text(p.jobs[0]->file, "models/a-1.keras");
    is_text(p.jobs[2]->file, "models/a-3.keras");
    is_text(p.jobs[3]->file, "models/a.keras");
    is_text(p.jobs[1]->optimizer, "rmsprop");
    is_text(p.jobs[2]->optimizer, "sgd");
    is_text(p.jobs[2]->loss, "mse");
    cn__program_free(&p);
}

static void a_model_may_have_a_seed_of_its_own(void **state)
{
    (void)state;
    cn__program p;
    opens(&p,
          block(DATA MODEL "model b like=a seed=8\ncompile a, b loss=categorical_crossentropy\nfit a, b\n"
                           "repeat b seeds=2\n"),
          (cn__lab_options){.seed = "5"});
    has(&p, "a 12; b 12; fit a epochs 1 seed 5, b epochs 1 seed 8, b epochs 1 seed 9 repeat");
    cn__program_free(&p);
    assert_false(same_key(DATA MODEL COMPILE FIT, DATA "model a seed=1\n  dense 4 softmax\n" COMPILE FIT));
    is_refused(DATA "model a seed=-1\n  dense 3\n",
               "lab.md:4: model: seed = -1, expected an integer from 0 to 1000000000, or none");
}

static void a_repeat_is_the_first_fit_with_other_seeds(void **state)
{
    (void)state;
    cn__program p;
    opens(&p, block(DATA MODEL COMPILE FIT "confusion a\nrepeat a seeds=3\n"),
          (cn__lab_options){.seed = "5"});
    has(&p, "a 12; fit a epochs 2 seed 5, a epochs 2 seed 6 repeat, a epochs 2 seed 7 repeat");
    assert_true(p.jobs[0]->wants_prediction && p.jobs[0]->wants_test);
    assert_true(!p.jobs[1]->wants_prediction && p.jobs[1]->wants_test);
    cn__program_free(&p);
    opens(
        &p,
        block(DATA MODEL
              "model b like=a\ncompile a, b loss=categorical_crossentropy\nfit a, b\nrepeat a, b seeds=2\n"),
        no_options);
    has(&p,
        "a 12; b 12; fit a epochs 1 seed 0, b epochs 1 seed 0, a epochs 1 seed 1 repeat, b epochs 1 seed 1 repeat");
    assert_true(p.models[1]->repeat_count == 2 && p.models[1]->repeats[0] == p.jobs[1]);
    assert_ptr_equal(p.models[1]->repeats[1], p.jobs[3]);
    cn__program_free(&p);
    is_refused(DATA MODEL COMPILE FIT FIT "repeat a\n",
               "lab.md:9: repeat: a was trained by more than one fit; only a first fit can be repeated");
}

static void missing_values_become_the_mean_of_the_training_part(void **state)
{
    (void)state;
    cn__program p;
    cn__text table = {0};
    cn__text_add(&table, "a,row\n");
    for (int i = 0; i < 20; i++)
        cn__text_printf(&table, i % 3 ? "%d,%d\n" : "%.0d,%d\n", i % 3 ? i * i : 0, i);
    put_text("holes.csv", table.data);
    cn__text_free(&table);
    opens(&p, block("dataset holes.csv target=row missing=mean\n"), no_options);
    const cn__stage *s = p.stages.items[0];
    double sum = 0, count = 0;
    assert_int_equal(s->x.shape[0] + s->test_x.shape[0], 20);
    for (size_t i = 0; i < s->x.shape[0]; i++)
        if ((int)cn_array_at(&s->y, i) % 3) sum += cn_array_at(&s->x, i), count++;
    for (int test = 0; test < 2; test++) {
        const cn_array *x = test ? &s->test_x : &s->x, *y = test ? &s->test_y : &s->y;
        for (size_t i = 0; i < x->shape[0]; i++) {
            int row = (int)cn_array_at(y, i);
            double expected = row % 3 ? row * row : (double)(float)(sum / count);
            assert_true(cn_array_at(x, i) == expected);
        }
    }
    assert_int_equal(s->filled, 7);
    assert_int_equal(s->dropped, 0);
    cn__program_free(&p);
}

static void data_of_a_fit_is_what_stands_above_it(void **state)
{
    (void)state;
    cn__program p;
    opens(&p,
          block(DATA MODEL COMPILE FIT "dataset normalise by=2\nmodel b like=a\ncompile b loss=mse\nfit b\n"),
          no_options);
    assert_ptr_equal(p.jobs[1]->data->before, p.jobs[0]->data);
    assert_true(cn_array_at(&p.jobs[1]->data->x, 0) * 2 == cn_array_at(&p.jobs[0]->data->x, 0));
    cn__program_free(&p);
}

static void a_check_touches_no_file_of_a_callback(void **state)
{
    (void)state;
    cn__program p;
    put_text("log.csv", "kept");
    opens(
        &p,
        block(
            DATA MODEL COMPILE
            "fit a callbacks=[csv_logger(log.csv), model_checkpoint(none/c.keras), tensorboard(none/logs)]\n"),
        no_options);
    assert_int_equal(p.job_count, 1);
    assert_true(p.jobs[0]->writes_files);
    cn__program_free(&p);
    char *text = text_of("log.csv");
    is_text(text, "kept");
    cn__free(text);
    assert_false(cn__dir_exists("none"));
}

/* ---- options ------------------------------------------------------------------------------------------------------- */

static void only_leaves_out_other_models(void **state)
{
    (void)state;
    static const char text[] =
        DATA MODEL "model b like=a\nmodel c like=a\ncompile a, b, c loss=categorical_crossentropy\n"
                   "fit a, b, c\nevaluate a, b\ncompare a, c\nsummary b\n";
    cn__program p;
    opens(&p, block(text), (cn__lab_options){.only = "a, c"});
    has(&p, "a 12; b 12; c 12; fit a epochs 1 seed 0, c epochs 1 seed 0");
    const cn__lab_part *part = &p.parts[0];
    assert_int_equal(part->steps[7].statement.name_count, 2); /* evaluate: b has its place */
    assert_true(part->steps[7].jobs[0]->wants_test && part->steps[7].jobs[1]->wants_test);
    assert_true(part->steps[8].wanted);
    assert_true(part->steps[9].wanted); /* a summary needs no training */
    cn__program_free(&p);
    is_refused_with(block(text), &(cn__lab_options){.only = "a,bb"},
                    "--only: unknown model 'bb'; did you mean 'b'? Known: a, b, c");
}

static void epochs_limit_and_samples_shorten_a_look(void **state)
{
    (void)state;
    cn__program p;
    const cn__lab_options quick = {.epochs_limit = 3, .samples = 40, .data_dir = "digits"};
    opens(&p, block(DATA MODEL COMPILE FIT "fit a epochs=9\nfit a epochs=20 initial_epoch=10\n"), quick);
    has(&p, "a 12; fit a epochs 2 seed 0, a epochs 3 seed 0 after 1, a epochs 13 seed 0 after 2");
    assert_int_equal(p.jobs[0]->data->x.shape[0], 40);
    assert_int_equal(p.jobs[0]->data->y.shape[0], 40);
    assert_int_equal(p.jobs[0]->data->test_labels.shape[0], 20);
    cn__program_free(&p);
    opens(&p, block("dataset mnist\ndataset info\n"), quick);
    assert_int_equal(p.parts[0].steps[1].stage->x.shape[0], 40);
    assert_int_equal(p.parts[0].steps[1].stage->images.shape[0], 40);
    assert_int_equal(p.parts[0].steps[1].stage->labels.shape[0], 40);
    assert_int_equal(p.parts[0].steps[1].stage->test_x.shape[0], 20);
    cn__program_free(&p);
}

static void the_seed_comes_from_the_document_or_the_option(void **state)
{
    (void)state;
    cn__program p;
    opens(&p, "---\nseed: 9\n---\n", no_options);
    assert_int_equal(p.seed, 9);
    cn__program_free(&p);
    opens(&p, "---\nseed: 9\n---\n", (cn__lab_options){.seed = "9223372036854775807"});
    assert_true(p.seed == INT64_MAX);
    cn__program_free(&p);
    is_refused_with("", &(cn__lab_options){.seed = "1e3"},
                    "--seed 1e3, expected a whole number from 0 to 2^63 - 1");
    is_refused_with("", &(cn__lab_options){.seed = "-1"},
                    "--seed -1, expected a whole number from 0 to 2^63 - 1");
    is_refused_with("", &(cn__lab_options){.seed = ""},
                    "--seed , expected a whole number from 0 to 2^63 - 1");
}

static void the_language_comes_from_the_document_or_the_option(void **state)
{
    (void)state;
    cn__program p;
    opens(&p, "---\nlanguage: es\n---\n", no_options);
    assert_int_equal(p.language, 0);
    cn__program_free(&p);
    opens(&p, "---\nlanguage: es\n---\n", (cn__lab_options){.language = "en"});
    assert_int_equal(p.language, 1);
    cn__program_free(&p);
    is_refused_with("---\nlanguage: fr\n---\n", NULL, "lab.md:2: unknown language 'fr'. Known: es, en");
    is_refused_with("", &(cn__lab_options){.language = "e"}, "unknown language 'e'. Known: es, en");
}

static void the_summary_names_models(void **state)
{
    (void)state;
    is_refused_with("---\nsummary: a, bb\n---\n```cornu\n" DATA MODEL "model b like=a\n```\n", NULL,
                    "lab.md:2: summary: unknown model 'bb'; did you mean 'b'? Known: a, b");
}

static void other_data_take_the_place_of_the_documents(void **state)
{
    (void)state;
    cn__program p;
    opens(&p, block("dataset fashion_mnist\ndataset info\n"),
          (cn__lab_options){.data = "mnist", .data_dir = "digits"});
    is_text(p.stages.items[0]->name, "mnist");
    cn__program_free(&p);
    is_refused_with(
        block("dataset mnist\n"), &(cn__lab_options){.data = "mnits"},
        "lab.md:2: unknown data set, or word after 'dataset', 'mnits'; did you mean 'mnist'? Known: mnist, "
        "fashion_mnist, cifar10, cifar100, info, show, grid, histogram, describe, scatter, correlation, pairs, boxplot, missing, normalise, flatten, reshape, one_hot");
}

/* ---- keys ----------------------------------------------------------------------------------------------------------------- */

static void what_does_not_decide_a_result_changes_no_key(void **state)
{
    (void)state;
    assert_true(same_key(DATA MODEL COMPILE FIT, DATA MODEL COMPILE FIT));
    assert_true(same_key(DATA MODEL COMPILE FIT, "# text\n" DATA MODEL COMPILE FIT));
    assert_true(
        same_key(DATA MODEL COMPILE FIT, DATA MODEL COMPILE "fit a, epochs = 2 \\\n batch_size=8 # quick\n"));
    assert_true(
        same_key(DATA MODEL COMPILE FIT, DATA "model a \"Title\"\n\n  dense 4 softmax # out\n" COMPILE FIT));
    assert_true(same_key(DATA "dataset normalise by=2\n" MODEL COMPILE FIT,
                         DATA "dataset normalise  2 # halves\n" MODEL COMPILE FIT));
    assert_true(same_key(DATA MODEL COMPILE FIT, DATA MODEL "model b like=a\n" COMPILE "summary a\n" FIT));
}

static void what_decides_a_result_changes_the_key(void **state)
{
    (void)state;
    static const char *const others[] = {
        DATA MODEL COMPILE "fit a epochs=3 batch_size=8\n",
        DATA MODEL COMPILE "fit a epochs=2 batch_size=9\n",
        DATA MODEL COMPILE "fit a epochs=2 batch_size=8 shuffle=false\n",
        DATA MODEL COMPILE "fit a epochs=2 batch_size=8 reshuffle=false\n",
        DATA MODEL COMPILE "fit a epochs=2 batch_size=8 validation_split=0.5\n",
        DATA MODEL COMPILE "fit a epochs=2 batch_size=8 validation_data=test\n",
        DATA MODEL COMPILE "fit a epochs=2 batch_size=8 callbacks=stop_below(value=0.1)\n",
        DATA MODEL COMPILE "fit a epochs=2 batch_size=8 class_weight={0: 2}\n",
        DATA MODEL COMPILE "fit a epochs=2 batch_size=8 initial_epoch=1\n",
        DATA MODEL COMPILE FIT FIT,
        DATA MODEL "compile a optimizer=sgd loss=categorical_crossentropy metrics=accuracy\n" FIT,
        DATA MODEL "compile a loss=mse metrics=accuracy\n" FIT,
        DATA MODEL "compile a loss=categorical_crossentropy metrics=mae\n" FIT,
        DATA MODEL "compile a loss=categorical_crossentropy metrics=accuracy convolution=fast\n" FIT,
        DATA "model a\n  dense 4 softmax use_bias=false\n" COMPILE FIT,
        DATA "dataset normalise by=2\n" MODEL COMPILE FIT,
        "dataset x=points.npy y=classes.npy test_split=0.25\ndataset one_hot\n" MODEL COMPILE FIT,
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (same_key(DATA MODEL COMPILE FIT, others[i])) fail_msg("the key is the same with:\n%s", others[i]);
    char one[65], other[65];
    char *text = strdup(block(DATA MODEL COMPILE FIT));
    last_key(text, no_options, one);
    last_key(text, (cn__lab_options){.seed = "1"}, other);
    assert_string_not_equal(one, other);
    last_key(text, (cn__lab_options){.samples = 50}, other);
    assert_string_not_equal(one, other);
    last_key(text, (cn__lab_options){.threads = 2, .jobs = 2, .language = "es", .no_times = true}, other);
    assert_string_equal(one, other);
    put_points(101);
    last_key(text, no_options, other);
    assert_string_not_equal(one, other);
    put_points(100);
    free(text);
}

/* ---- folders of images ---------------------------------------------------------------------------------------- */

static void a_folder_of_images_is_a_stage_with_names(void **state)
{
    (void)state;
    unsigned char pixels[16];
    for (int i = 0; i < 8; i++) {
        char path[60], folder[40];
        cn__text png = {0};
        memset(pixels, 10 * i, sizeof pixels);
        snprintf(folder, sizeof folder, "shades/%s", i < 4 ? "dark" : "light");
        snprintf(path, sizeof path, "%d.png", i);
        succeeds(cn__png_grey(4, 4, pixels, &png));
        put(folder, path, png.data, png.size);
        cn__text_free(&png);
    }
    cn__program p;
    opens(&p, block("dataset shades test_split=0.25\ndataset normalise\n"), no_options);
    const cn__stage *s = p.parts[0].stage;
    is_text(s->name, "shades");
    is_text(s->class_names[1], "light");
    assert_true(s->classes == 2 && s->task == CN_TASK_CLASSES && cn__stage_has_images(s));
    assert_true(s->x.shape[0] == 6 && s->test_x.shape[0] == 2 && s->labels.shape[0] == 6);
    for (size_t i = 0; i < 6; i++) /* as the file is, over 255 */
        assert_true((cn_array_at(&s->x, 16 * i) > 35.0 / 255) == (cn_array_at(&s->labels, i) == 1));
    cn__program_free(&p);
}

/* ---- what normalise makes ------------------------------------------------------------------------------------- */

static void is_divided(const cn_array *whole, const cn_array *made)
{
    cn_array divided;
    succeeds(cn_array_to_float32(&divided, whole, 255));
    for (size_t i = 0; i < cn_array_size(whole); i++)
        if (cn_array_at(made, i) != cn_array_at(&divided, i)) fail_msg("element %zu", i);
    cn_array_free(&divided);
}

static void bytes_are_normalised_where_they_lie(void **state)
{
    (void)state;
    cn__program p;
    opens(&p, block("dataset mnist\ndataset normalise\ndataset flatten\n"),
          (cn__lab_options){.data_dir = "digits"});
    const cn__stage *flat = p.parts[0].stage, *loaded = cn__stage_first(flat);
    assert_ptr_equal(flat->x.data, loaded->x.data);
    is_divided(&loaded->x, &flat->x);
    is_divided(&loaded->test_x, &flat->test_x);
    cn__program_free(&p);
}

static void data_is_normalised_twice(void **state)
{
    (void)state;
    static const char *const second[] = {"by=2", "by=standard", "by=minmax"};
    for (int i = 0; i < 3; i++) {
        char text[200];
        cn__program p;
        snprintf(text, sizeof text,
                 "dataset mnist\ndataset normalise\ndataset flatten\ndataset normalise %s\n", second[i]);
        opens(&p, block(text), (cn__lab_options){.data_dir = "digits"});
        double low, high;
        cn_array_range(&p.parts[0].stage->x, &low, &high);
        if (i == 0) assert_true(low == 0 && high == 0.5);
        if (i == 1) assert_true(low < 0 && high > 1);
        if (i == 2) assert_true(low == 0 && high == 1);
        cn__program_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_touches_no_file_of_a_callback),
        cmocka_unit_test(like_takes_the_layers_of_another),
        cmocka_unit_test(without_an_input_the_datas_shape_is_taken),
        cmocka_unit_test(a_second_fit_goes_on_from_the_first),
        cmocka_unit_test(a_repeat_is_the_first_fit_with_other_seeds),
        cmocka_unit_test(a_model_may_have_a_seed_of_its_own),
        cmocka_unit_test(missing_values_become_the_mean_of_the_training_part),
        cmocka_unit_test(data_of_a_fit_is_what_stands_above_it),
        cmocka_unit_test(only_leaves_out_other_models),
        cmocka_unit_test(epochs_limit_and_samples_shorten_a_look),
        cmocka_unit_test(the_seed_comes_from_the_document_or_the_option),
        cmocka_unit_test(the_language_comes_from_the_document_or_the_option),
        cmocka_unit_test(the_summary_names_models),
        cmocka_unit_test(other_data_take_the_place_of_the_documents),
        cmocka_unit_test(what_does_not_decide_a_result_changes_no_key),
        cmocka_unit_test(what_decides_a_result_changes_the_key),
        cmocka_unit_test(a_folder_of_images_is_a_stage_with_names),
        cmocka_unit_test(bytes_are_normalised_where_they_lie),
        cmocka_unit_test(data_is_normalised_twice),
    };
    return cmocka_run_group_tests(tests, set_up, leave);
}
