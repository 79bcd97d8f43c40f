/* The statements of the language, one by one: what each takes and by what default, comments, quotes, lines that go on,
 * layers below a model, both spellings, and what is answered to a mistake. */
#include "lab/support.h"

/* ---- a statement as text -------------------------------------------------------------------------------------- */

static void add_number(cn__text *out, double v)
{
    if (v != v) cn__text_add(out, "none");
    else cn__text_printf(out, "%g", v);
}

static void add_ints(cn__text *out, const cn__ints *ints)
{
    cn__text_add(out, "[");
    for (size_t i = 0; i < ints->count; i++)
        cn__text_printf(out, "%s%lld", i ? ", " : "", (long long)ints->items[i]);
    cn__text_add(out, "]");
}

static void add_argument(cn__arena *arena, cn__text *out, const cn__param *p, const void *arguments)
{
    const void *at = (const char *)arguments + p->offset;
    cn__text_printf(out, " %s=", p->name);
    switch (p->type) {
    case CN_PARAM_BOOL: cn__text_add(out, *(const bool *)at ? "true" : "false"); break;
    case CN_PARAM_MAYBE_INT:
        if (*(const int64_t *)at == INT64_MIN) cn__text_add(out, "none");
        else cn__text_printf(out, "%lld", (long long)*(const int64_t *)at);
        break;
    case CN_PARAM_INT: cn__text_printf(out, "%lld", (long long)*(const int64_t *)at); break;
    case CN_PARAM_FLOAT:
    case CN_PARAM_MAYBE_FLOAT: add_number(out, *(const double *)at); break;
    case CN_PARAM_WORD:
        cn__text_add(out, *(const char *const *)at ? *(const char *const *)at : "none");
        break;
    case CN_PARAM_INTS: add_ints(out, at); break;
    case CN_PARAM_VALUE: {
        const cn__value *v = *(const cn__value *const *)at;
        cn__text_add(out, v ? cn__value_text(arena, v) : "none");
        break;
    }
    default: fail_msg("argument %s has a type that no statement takes", p->name);
    }
}

/* "fit a b: epochs=2 …" or the mistake; "| layers" at the end. */
static void describe(cn__arena *arena, const cn__statement *s, cn__text *out)
{
    if (!s->kind) {
        cn__text_printf(out, "%zu: %s\n", s->line, cn_error());
        return;
    }
    cn__text_printf(out, "%zu: %s", s->line, s->kind->name);
    for (size_t i = 0; i < s->name_count; i++) cn__text_printf(out, " %s", s->names[i]);
    cn__text_add(out, ":");
    for (size_t i = s->kind->takes != CN_TAKES_NONE; i < s->kind->param_count; i++)
        add_argument(arena, out, &s->kind->params[i], &s->arguments);
    if (s->layers) cn__text_printf(out, " | %zu: %s", s->layers_line, s->layers);
    if (!s->layers || s->layers[strlen(s->layers) - 1] != '\n') cn__text_add(out, "\n");
}

/* All statements of a text, a line each. */
static void reads(const char *text, const char *expected)
{
    cn__arena arena = {0};
    cn__text out = {0};
    cn__statement s;
    size_t line = 1;
    char *copy = (char *)exact_copy(text, strlen(text) + 1);
    const char *p = copy;
    while (cn__statement_next(&arena, &p, &line, &s)) describe(&arena, &s, &out);
    is_text(out.data ? out.data : "", expected);
    cn__text_free(&out);
    cn__arena_free(&arena);
    free(copy);
}

static void says_of(const char *text, const char *message)
{
    char expected[3000];
    snprintf(expected, sizeof expected, "1: %s\n", message);
    reads(text, expected);
}

/* ---- what each takes -------------------------------------------------------------------------------------------- */

static void every_statement_has_its_defaults(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"dataset mnist",
         "dataset: name=mnist target=none columns=none task=none missing=none ignore=none number=none category=none missing_values=none missing_indicator=false date=none text=none words=1000 ordinal=none bins=none log=none target_scale=none header=none names=none "
         "separator=none decimal=none encoding=none skip_bad_rows=false plain_quotes=false test=none stratify=none "
         "group=none time=none x=none y=none test_x=none test_y=none "
         "test_split=0.2 image_size=[] color_mode=none"},
        {"dataset info", "dataset info: caption=none"},
        {"dataset show", "dataset show: index=0 matrix=true inverted=false of=none caption=none"},
        {"dataset grid",
         "dataset grid: rows=2 columns=5 first=0 title=none inverted=false of=none caption=none"},
        {"dataset histogram", "dataset histogram: column=none log=false of=none caption=none"},
        {"dataset describe", "dataset describe: caption=none"},
        {"dataset scatter a b", "dataset scatter: x=a y=b colour=none log=none caption=none"},
        {"dataset correlation", "dataset correlation: caption=none"},
        {"dataset pairs", "dataset pairs: columns=none colour=none caption=none"},
        {"dataset boxplot", "dataset boxplot: columns=none by=none caption=none"},
        {"dataset missing", "dataset missing: caption=none"},
        {"dataset normalise", "dataset normalise: by=none of=none"},
        {"dataset flatten", "dataset flatten: of=none"},
        {"dataset reshape 28 28 1", "dataset reshape: shape=[28, 28, 1] of=none"},
        {"dataset one_hot", "dataset one_hot: of=none"},
        {"model a", "model a: title=none like=none weights=none include_top=true seed=none"},
        {"summary a", "summary a: caption=none"},
        {"plan a", "plan a: batch_size=32"},
        {"compile a loss=mse",
         "compile a: optimizer=none loss=mse metrics=none weighted_metrics=none loss_weights=none convolution=default"},
        {"fit a",
         "fit a: epochs=1 batch_size=none validation_split=0 validation_data=none callbacks=none shuffle=true "
         "reshuffle=true class_weight=none sample_weight=none initial_epoch=0 validation_batch_size=0 validation_freq=1 verbose=1"},
        {"evaluate a", "evaluate a: tta=1 caption=none"},
        {"predict a", "predict a: count=10 data=none output=none tta=1 caption=none"},
        {"save a m.keras", "save a: file=m.keras"},
        {"plot history a", "plot history a: limit=none log=false caption=none"},
        {"plot difference a", "plot difference a: accuracy_limit=0.05 loss_limit=0.1 caption=none"},
        {"plot convergence a", "plot convergence a: caption=none"},
        {"plot prediction a", "plot prediction a: output=none caption=none"},
        {"plot roc a", "plot roc a: output=none caption=none"},
        {"plot precision_recall a", "plot precision_recall a: output=none caption=none"},
        {"plot calibration a", "plot calibration a: output=none caption=none"},
        {"plot residuals a", "plot residuals a: output=none caption=none"},
        {"plot model a", "plot model a: caption=none"},
        {"plot kernels a", "plot kernels a: layer=none channel=0 count=16 columns=8 caption=none"},
        {"plot activations a", "plot activations a: layer=none sample=0 count=16 columns=9 caption=none"},
        {"plot gradcam a", "plot gradcam a: layer=none sample=0 class=none caption=none"},
        {"plot boundary a", "plot boundary a: caption=none"},
        {"plot reconstruction a", "plot reconstruction a: count=8 inverted=false caption=none"},
        {"compare a", "compare a: title=none caption=none by=mean"},
        {"costs a", "costs a: caption=none"},
        {"confusion a", "confusion a: output=none threshold=none caption=none"},
        {"report a", "report a: output=none threshold=none caption=none"},
        {"misclassified a", "misclassified a: rows=2 columns=5 inverted=false output=none caption=none"},
        {"weights a", "weights a: count=16 columns=8 caption=none"},
        {"repeat a", "repeat a: seeds=5 caption=none"},
        {"crossvalidate a", "crossvalidate a: folds=5 stratify=false repeats=1 caption=none"},
        {"importance a", "importance a: repeats=5 caption=none"},
        {"ensemble a", "ensemble a: by=both output=none caption=none"},
        {"sweep a over units=[8..64 log]",
         "sweep a: epochs=1 batch_size=none validation_split=0 validation_data=none callbacks=none shuffle=true "
         "reshuffle=true class_weight=none sample_weight=none initial_epoch=0 validation_batch_size=0 validation_freq=1 trials=0 "
         "sampler=none pruner=none objective=none epoch=last seeds=1 ahead=16 keep=1 caption=none"},
    };
    assert_int_equal(COUNT_OF(cases), CN_VERBS); /* a new statement gets its line here */
    for (size_t i = 0; i < CN_VERBS; i++) {
        says_of(cases[i][0], cases[i][1]);
        const char *name = cn__statement_kind_of((cn__verb)i)->name;
        assert_true(strncmp(cases[i][1], name, strlen(name)) == 0);
    }
}

static void every_statement_takes_its_arguments(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"dataset labs/heating.csv target=energy columns=[area, wind] task=regression missing=drop ignore=none number=none category=none missing_values=none missing_indicator=false date=none text=none words=1000 ordinal=none bins=none log=none target_scale=none header=none names=none "
         "separator=none decimal=none encoding=none skip_bad_rows=false plain_quotes=false test=none stratify=none "
         "group=none time=none test_split=0.25",
         "dataset: name=labs/heating.csv target=energy columns=[area, wind] task=regression missing=drop ignore=none number=none category=none missing_values=none missing_indicator=false date=none text=none words=1000 ordinal=none bins=none log=none target_scale=none header=none names=none "
         "separator=none decimal=none encoding=none skip_bad_rows=false plain_quotes=false test=none stratify=none "
         "group=none time=none x=none y=none test_x=none "
         "test_y=none test_split=0.25 image_size=[] color_mode=none"},
        {"dataset x='~/a-b/x.npz:train' y=../y.npy test_x=./tx.npy, test_y=/d/t10k-labels-idx1-ubyte",
         "dataset: name=none target=none columns=none task=none missing=none ignore=none number=none category=none missing_values=none missing_indicator=false date=none text=none words=1000 ordinal=none bins=none log=none target_scale=none header=none names=none "
         "separator=none decimal=none encoding=none skip_bad_rows=false plain_quotes=false test=none stratify=none "
         "group=none time=none x='~/a-b/x.npz:train' y=../y.npy test_x=./tx.npy "
         "test_y=/d/t10k-labels-idx1-ubyte test_split=0.2 image_size=[] color_mode=none"},
        {"dataset pets image_size=[32, 24] color_mode=rgb",
         "dataset: name=pets target=none columns=none task=none missing=none ignore=none number=none category=none missing_values=none missing_indicator=false date=none text=none words=1000 ordinal=none bins=none log=none target_scale=none header=none names=none "
         "separator=none decimal=none encoding=none skip_bad_rows=false plain_quotes=false test=none stratify=none "
         "group=none time=none x=none y=none test_x=none test_y=none "
         "test_split=0.2 image_size=[32, 24] color_mode=rgb"},
        {"dataset \"my table.csv\" target='a b'",
         "dataset: name=my table.csv target='a b' columns=none task=none missing=none ignore=none number=none category=none missing_values=none missing_indicator=false date=none text=none words=1000 ordinal=none bins=none log=none target_scale=none header=none names=none "
         "separator=none decimal=none encoding=none skip_bad_rows=false plain_quotes=false test=none stratify=none "
         "group=none time=none x=none y=none test_x=none test_y=none "
         "test_split=0.2 image_size=[] color_mode=none"},
        {"dataset info caption=\"What there is\"", "dataset info: caption=What there is"},
        {"dataset show 7 matrix=false",
         "dataset show: index=7 matrix=false inverted=false of=none caption=none"},
        {"dataset grid 3 4 first=20 title=\"Label: {label}\" inverted=true",
         "dataset grid: rows=3 columns=4 first=20 title=Label: {label} inverted=true of=none caption=none"},
        {"dataset normalise by=standard", "dataset normalise: by=standard of=none"},
        {"dataset normalise 127.5", "dataset normalise: by=127.5 of=none"},
        {"dataset reshape 784", "dataset reshape: shape=[784] of=none"},
        {"dataset reshape -1, 28", "dataset reshape: shape=[-1, 28] of=none"},
        {"model a \"A title\" like=b",
         "model a: title=A title like=b weights=none include_top=true seed=none"},
        {"model a title='x'", "model a: title=x like=none weights=none include_top=true seed=none"},
        {"plan a, b batch_size=64", "plan a b: batch_size=64"},
        {"compile a, b optimizer=adam(learning_rate=0.0005) loss=categorical_crossentropy metrics=[accuracy, top_k(k=3)] "
         "weighted_metrics=accuracy loss_weights=none",
         "compile a b: optimizer=adam(learning_rate=0.0005) loss=categorical_crossentropy metrics=[accuracy, top_k(k=3)] "
         "weighted_metrics=accuracy loss_weights=none convolution=default"},
        {"fit a b c epochs=15 batch_size=16 validation_split=0.25 validation_data=test "
         "callbacks=[early_stopping(monitor=val_loss, patience=3), stop_below(value=0.2)] shuffle=false reshuffle=false "
         "class_weight={0: 2, 1: 0.5} initial_epoch=3 validation_batch_size=8 validation_freq=2",
         "fit a b c: epochs=15 batch_size=16 validation_split=0.25 validation_data=test "
         "callbacks=[early_stopping(monitor=val_loss, patience=3), stop_below(value=0.2)] shuffle=false reshuffle=false "
         "class_weight={0: 2, 1: 0.5} sample_weight=none initial_epoch=3 validation_batch_size=8 validation_freq=2 verbose=1"},
        {"fit a,b,c , d epochs = 2",
         "fit a b c d: epochs=2 batch_size=none validation_split=0 validation_data=none "
         "callbacks=none shuffle=true reshuffle=true class_weight=none sample_weight=none initial_epoch=0 "
         "validation_batch_size=0 validation_freq=1 verbose=1"},
        {"fit a 3 16",
         "fit a: epochs=3 batch_size=16 validation_split=0 validation_data=none callbacks=none "
         "shuffle=true reshuffle=true class_weight=none sample_weight=none initial_epoch=0 validation_batch_size=0 "
         "validation_freq=1 verbose=1"},
        {"predict a count=3", "predict a: count=3 data=none output=none tta=1 caption=none"},
        {"save a file=a/b.weights.h5", "save a: file=a/b.weights.h5"},
        {"plot history a, b limit=0.2", "plot history a b: limit=0.2 log=false caption=none"},
        {"plot difference a accuracy_limit=none loss_limit=1e-2",
         "plot difference a: accuracy_limit=none loss_limit=0.01 caption=none"},
        {"plot   convergence a b", "plot convergence a b: caption=none"},
        {"compare a b title=\"Which, then?\" caption='#1'",
         "compare a b: title=Which, then? caption=#1 by=mean"},
        {"misclassified a rows=1 columns=3",
         "misclassified a: rows=1 columns=3 inverted=false output=none caption=none"},
        {"weights a count=4 columns=2", "weights a: count=4 columns=2 caption=none"},
        {"repeat a seeds=3", "repeat a: seeds=3 caption=none"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) says_of(cases[i][0], cases[i][1]);
}

static void both_spellings_mean_the_same(void **state)
{
    (void)state;
    says_of("dataset normalize", "dataset normalise: by=none of=none");
    says_of("dataset onehot", "dataset one_hot: of=none");
    says_of("dataset one-hot", "dataset one_hot: of=none");
}

/* ---- lines --------------------------------------------------------------------------------------------------------- */

static void comments_and_empty_lines_are_nothing(void **state)
{
    (void)state;
    reads("", "");
    reads("\n# only\n   # a comment\n\n", "");
    reads("# first\n\nsummary a # of a\n  # below\nsummary b#c\n",
          "3: summary a: caption=none\n5: summary b: caption=none\n");
    reads("compare a title=\"a # b\" # c\n", "1: compare a: title=a # b caption=none by=mean\n");
    reads("compare a title='it is \"#\"'#\n", "1: compare a: title=it is \"#\" caption=none by=mean\n");
}

static void quotes_may_hold_escaped_quotes(void **state)
{
    (void)state;
    says_of("model a \"a \\\"b # c\\\" d, e\" # f",
            "model a: title=a \"b # c\" d, e like=none weights=none include_top=true seed=none");
    says_of("model a 'don\\'t stop' like=b",
            "model a: title=don't stop like=b weights=none include_top=true seed=none");
    says_of("model a \"\\\\\" like=b", "model a: title=\\ like=b weights=none include_top=true seed=none");
}

static void a_line_that_ends_in_a_backslash_goes_on(void **state)
{
    (void)state;
    reads("plan a \\\n  batch_size=4\nsummary a\n", "1: plan a: batch_size=4\n3: summary a: caption=none\n");
    reads("plan \\  \na, \\ # and\n b batch_size=\\\n  4\n\nsummary a",
          "1: plan a b: batch_size=4\n6: summary a: caption=none\n");
    reads("summary a \\", "1: summary a: caption=none\n");
    reads("summary \\\n\n", "1: summary: no model is named; expected for example: summary m512\n");
}

static void layers_stand_indented_below_a_model(void **state)
{
    (void)state;
    reads(
        "model a\n  input 4\n\tdense 3 relu # three\n\n  # a comment\n  dense 2\n\n# another\nsummary a\n",
        "1: model a: title=none like=none weights=none include_top=true seed=none | 2:   input 4\n\tdense 3 relu # three\n\n  # a comment\n  dense 2\n"
        "9: summary a: caption=none\n");
    reads(
        "model a \\\n  \"T\"\n\n  dense 2\nmodel b\n dense 1",
        "1: model a: title=T like=none weights=none include_top=true seed=none | 3: \n  dense 2\n5: model b: title=none like=none weights=none include_top=true seed=none | 6:  dense 1\n");
    reads(
        "model a\nsummary a\n",
        "1: model a: title=none like=none weights=none include_top=true seed=none\n2: summary a: caption=none\n");
    reads("fit a\n  dense 2\nsummary a\n",
          "1: the lines under 'fit' are indented; only a model's layers are\n3: summary a: caption=none\n");
    reads("\n  dense 2\nsummary a\n",
          "2: 'dense 2' is indented, and there is no model above it\n3: summary a: caption=none\n");
}

/* ---- mistakes --------------------------------------------------------------------------------------------------------- */

/* A statement that is not read, and how its message begins. */
static void begins_with(const char *text, const char *message)
{
    cn__arena arena = {0};
    cn__statement s;
    size_t line = 1;
    const char *p = text;
    assert_true(cn__statement_next(&arena, &p, &line, &s));
    if (s.kind) fail_msg("'%s' was read", text);
    if (strncmp(cn_error(), message, strlen(message)) != 0)
        fail_msg("'%s': got %s\nexpected %s", text, cn_error(), message);
    cn__arena_free(&arena);
}

static void an_unknown_word_is_answered_with_the_nearest(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"modl a", "unknown statement 'modl'; did you mean 'model'?"},
        {"sumary a", "unknown statement 'sumary'; did you mean 'summary'?"},
        {"train a", "unknown statement 'train'."},
        {"normalize by=255", "unknown statement 'normalize'; did you mean 'dataset normalise'?"},
        {"history a", "unknown statement 'history'; did you mean 'plot history'?"},
        {"dense 10 softmax", "unknown statement 'dense'; a layer stands indented below its model's line"},
        {"plot histroy a",
         "unknown word after 'plot': 'histroy'; did you mean 'history'? Known: history, difference, "
         "convergence, prediction"},
        {"plot a",
         "unknown word after 'plot': 'a'. Known: history, difference, convergence, prediction, roc, precision_recall, calibration, residuals, model, kernels, activations, gradcam, boundary, reconstruction; for example: plot history m512"},
        {"fit(a, epochs=5)", "'fit(' is Python; a statement has no parentheses: fit m512 …"},
        {"model = Sequential()",
         "'model =' is Python; expected the lab's way: model NAME, and its layers indented below it, one a line"},
        {"dataset = load(1)", "'dataset =' is Python; expected the lab's way: dataset mnist"},
        {"fit a epochs:5", "fit: 'epochs:5', expected epochs=5"},
        {"compile a loss=mse lr=0.1",
         "compile: lr is the optimizer's; expected for example: optimizer=adam(learning_rate=0.1)"},
        {"fit a validation_split=20",
         "fit: validation_split = 20, expected a number from 0 to 0.99; 20 in a hundred is 0.2"},
        {"plot", "plot: what? Expected for example: plot history m512"},
        {"fit a epoch=3", "fit: unknown argument 'epoch'; did you mean 'epochs'?"},
        {"fit a validation_splt=0.2",
         "fit: unknown argument 'validation_splt'; did you mean 'validation_split'?"},
        {"dataset grid row=3", "dataset grid: unknown argument 'row'; did you mean 'rows'?"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) begins_with(cases[i][0], cases[i][1]);
}

static void a_wrong_value_is_told_with_what_was_expected(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"fit a epochs=0", "fit: epochs = 0, expected an integer from 1"},
        {"fit a epochs=two", "fit: epochs = two, expected an integer from 1"},
        {"fit a epochs=1.5", "fit: epochs = 1.5, expected an integer from 1"},
        {"fit a validation_split=1", "fit: validation_split = 1, expected a number from 0 to 0.99"},
        {"fit a shuffle=maybe", "fit: shuffle = maybe, expected true or false"},
        {"fit a epochs=", "fit: 'epochs=' has no value"},
        {"fit a epochs= , batch_size=2", "fit: 'epochs=' has no value"},
        {"fit a epochs=2 epochs=3", "fit: argument 'epochs' is given twice"},
        {"repeat a seeds=1", "repeat: seeds = 1, expected an integer from 2 to 100"},
        {"dataset reshape a",
         "dataset reshape: shape = [a], expected an integer or a list of integers, each from -1 to 1000000000"},
        {"dataset info 3", "dataset info takes no column, it shows all of them; a caption is caption="},
        {"dataset show caption=3", "dataset show: caption = 3, expected a word or a quoted text"},
        {"dataset flatten 3", "dataset flatten: of: expected the name of an array, or names as in [a, b]"},
        {"compile a", "compile: loss is missing; expected for example: compile a optimizer=adam loss=mse"},
        {"compile a adam mse", "compile: loss is missing; expected for example: compile a "},
        {"model a 784 512 10",
         "model a: only a \"Title\" stands on its line; layers stand indented below it, one a line"},
        {"model a 'A' input 784", "model a: only a \"Title\" stands on its line; layers stand indented"},
        {"save a", "save: argument 'file' is missing"},
        {"fit", "fit: no model is named; expected for example: fit m512"},
        {"plot history", "plot history: no model is named; expected for example: plot history m512"},
        {"compare a, b, a", "compare: 'a' is named twice"},
        {"model a \"open", "a quote that is never closed\n  \"open\n  ^"},
        {"fit a callbacks=[early_stopping(",
         "expected a value, found the end\n  [early_stopping(\n                  ^"},
        /* a comma for a point, a share in hundredths, quotes of a word processor */
        {"fit a validation_split=0,25",
         "fit: validation_split=0,25, expected a point as the decimal mark: 0.25"},
        {"fit a epochs=2, validation_split=12,5",
         "fit: validation_split=12,5, expected a point as the decimal mark: 12.5"},
        {"plot history a limit=0,2", "plot history: limit=0,2, expected a point as the decimal mark: 0.2"},
        {"dataset t.csv target=y test_split=0,2", "dataset: test_split=0,2, expected a point"},
        {"compile a loss=mse optimizer=adam(learning_rate=0,001)",
         "a decimal comma; expected a point as the decimal mark\n  adam(learning_rate=0,001)\n                       ^"},
        {"fit a validation_split=25%", "25%, expected a share, as in 0.25"},
        {"model a \xE2\x80\x9CWide\xE2\x80\x9D",
         "\xE2\x80\x9CWide\xE2\x80\x9D begins with \xE2\x80\x9C, expected a text in straight quotes"},
        /* Python */
        {"a.fit(x, y, epochs=3)", "'a.fit' is Python; expected the lab's way: fit a "},
        {"history = a.fit(x, y)", "'a.fit' is Python; expected the lab's way: fit a "},
        {"a.compile(optimizer='adam')", "'a.compile' is Python; expected the lab's way: compile a "},
        {"model.summary()", "'model.summary' is Python; expected the lab's way: summary NAME "},
        {"model.add(Dense(3))", "'model.add' is Python; a layer stands indented below its model's line"},
        {"import keras", "'import' is Python; a block holds the lab's own statements, as in dataset mnist"},
        {"a.fitt(x)", "unknown statement 'a.fitt'"},
        {"summary models=a", "summary: no model is named; expected for example: summary m512"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) begins_with(cases[i][0], cases[i][1]);
}

static void a_statement_of_10_mb_is_a_mistake(void **state)
{
    (void)state;
    enum { SIZE = 10 << 20 };
    char *text = malloc(SIZE + 64);
    assert_non_null(text);
    memset(text, 'a', SIZE);
    for (int i = 5; i < SIZE; i += 2) text[i] = ' ';
    memcpy(text, "fit ", 4);
    memcpy(text + SIZE, "\nsummary a\n", 12);
    reads(text, "1: a statement of 10485759 bytes, expected at most 16384\n2: summary a: caption=none\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_has_its_defaults),
        cmocka_unit_test(every_statement_takes_its_arguments),
        cmocka_unit_test(both_spellings_mean_the_same),
        cmocka_unit_test(comments_and_empty_lines_are_nothing),
        cmocka_unit_test(quotes_may_hold_escaped_quotes),
        cmocka_unit_test(a_line_that_ends_in_a_backslash_goes_on),
        cmocka_unit_test(layers_stand_indented_below_a_model),
        cmocka_unit_test(an_unknown_word_is_answered_with_the_nearest),
        cmocka_unit_test(a_wrong_value_is_told_with_what_was_expected),
        cmocka_unit_test(a_statement_of_10_mb_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
