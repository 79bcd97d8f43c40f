/* The words that the program puts into reports: every one is there in both languages, and takes the same arguments. */
#include "lab/support.h"

#include "lab/run/outcome.h"
#include "lab/language/catalogue.h"

/* The conversions of a format in their order: "%s %zu" -> "s;zu;"; "%%" is none. */
static void conversions(const char *format, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = format; (p = strchr(p, '%'));) {
        p++;
        if (*p == '%') {
            p++;
            continue;
        }
        while (*p && strchr("0123456789.+- #'", *p)) p++;
        while (*p && n + 2 < size) {
            out[n++] = *p;
            if (strchr("diouxXeEfgGcsp", *p++)) break;
        }
        out[n++] = ';';
    }
    out[n] = '\0';
}

static void every_word_is_there_in_both_languages(void **state)
{
    (void)state;
    assert_true(CN_MSG_COUNT > 50);
    for (int i = 0; i < CN_MSG_COUNT; i++)
        for (int language = 0; language < 2; language++) {
            const char *word = cn__catalogue((cn__language)language, (cn__msg)i);
            if (!word || !*word) fail_msg("word %d has nothing in language %d", i, language);
        }
}

static void both_languages_take_the_same_arguments(void **state)
{
    (void)state;
    char es[64], en[64];
    for (int i = 0; i < CN_MSG_COUNT; i++) {
        const char *spanish = cn__catalogue(CN_SPANISH, (cn__msg)i),
                   *english = cn__catalogue(CN_ENGLISH, (cn__msg)i);
        conversions(spanish, es, sizeof es);
        conversions(english, en, sizeof en);
        if (strcmp(es, en) != 0) fail_msg("'%s' takes %s, '%s' takes %s", spanish, es, english, en);
    }
}

static void every_word_is_utf_8_without_blanks_around_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * CN_MSG_COUNT; i++) {
        const char *word = cn__catalogue((cn__language)(i % 2), (cn__msg)(i / 2));
        size_t size = strlen(word), n;
        for (size_t at = 0; at < size; at += n)
            if (!(n = cn__utf8_length(word + at, size - at))) fail_msg("'%s' is not UTF-8", word);
        if (strchr(" \t\n", word[0]) || strchr(" \t\n", word[size - 1]))
            fail_msg("'%s' has blanks around it", word);
    }
}

/* Words that both languages share must be reported here: another that is equal has not been translated. */
static void few_words_are_the_same_in_both(void **state)
{
    (void)state;
    static const cn__msg same[] = {CN_MSG_ERROR_OF, CN_MSG_F1, CN_MSG_MFLOPS, CN_MSG_MEAN_VALIDATION};
    for (int i = 0; i < CN_MSG_COUNT; i++) {
        const char *spanish = cn__catalogue(CN_SPANISH, (cn__msg)i),
                   *english = cn__catalogue(CN_ENGLISH, (cn__msg)i);
        bool known = false;
        for (size_t k = 0; k < COUNT_OF(same); k++) known = known || same[k] == (cn__msg)i;
        if (!known && strcmp(spanish, english) == 0) fail_msg("'%s' is the same in both languages", spanish);
    }
}

/* The word behind the last "%zu", in "(epoch %zu) for %zu epochs": "epochs"; "" for none. */
static const char *counted_word(const char *format, char *out, size_t size)
{
    const char *at = NULL;
    for (const char *p = format; (p = strstr(p, "%zu ")); p += 4) at = p + 4;
    snprintf(out, size, "%.*s", at ? (int)strcspn(at, " ,.;)") : 0, at ? at : "");
    return out;
}

static bool is_plural(const char *word) { return *word && word[strlen(word) - 1] == 's'; }

/* NAME_ONE stands before NAME. */
static void what_is_counted_has_a_singular(void **state)
{
    (void)state;
    static const cn__msg of_two_at_least[] = {
        CN_MSG_REPEAT_TITLE,       CN_MSG_REPEAT_CAPTION,  CN_MSG_REPEATS_TITLE, CN_MSG_REPEATS_TRAINING,
        CN_MSG_REPEATS_VALIDATION, CN_MSG_REPEATS_TABLE,   CN_MSG_REPEAT_TABLE,  CN_MSG_REPEATS_VALUES,
        CN_MSG_TIE_MARGIN,         CN_MSG_ENSEMBLE_CAPTION};
    int counting = 0;
    for (int i = 1; i < 2 * CN_MSG_COUNT; i++) {
        cn__language language = (cn__language)(i % 2);
        const char *many = cn__catalogue(language, (cn__msg)(i / 2));
        char word[40], before[40], one[64], all[64];
        bool known = false;
        for (size_t k = 0; k < COUNT_OF(of_two_at_least); k++)
            known = known || of_two_at_least[k] == (cn__msg)(i / 2);
        if (known || !is_plural(counted_word(many, word, sizeof word))) continue;
        const char *single = cn__catalogue(language, (cn__msg)(i / 2 - 1));
        conversions(single, one, sizeof one);
        conversions(many, all, sizeof all);
        counted_word(single, before, sizeof before);
        if (strcmp(one, all) != 0 || !*before || is_plural(before) || strncmp(before, word, 3) != 0)
            fail_msg("'%s' has no singular before it", many);
        counting++;
    }
    assert_int_equal(counting, 11);
    assert_int_equal(CN_COUNTED(DROPPED, 1), CN_MSG_DROPPED_ONE);
    assert_int_equal(CN_COUNTED(DROPPED, 2), CN_MSG_DROPPED);
    assert_int_equal(CN_COUNTED(DROPPED, 0), CN_MSG_DROPPED);
}

static void reasons_to_stop_are_told_in_the_language(void **state)
{
    (void)state;
    static const struct {
        cn_stop stop;
        const char *es, *en;
    } cases[] = {{{CN_STOP_EARLY, "val_loss", 0.312953, 0, 6, 3},
                  "early_stopping: val_loss no ha mejorado respecto a 0.312953 (época 6) en 3 épocas",
                  "early_stopping: val_loss has not improved on 0.312953 (epoch 6) for 3 epochs"},
                 {{CN_STOP_EARLY, "loss", (double)INFINITY, 0, 1, 1},
                  "early_stopping: loss no ha mejorado respecto a inf (época 1) en 1 época",
                  "early_stopping: loss has not improved on inf (epoch 1) for 1 epoch"},
                 {{CN_STOP_BELOW, "loss", 0.08, 0.1, 4, 0},
                  "stop_below: loss = 0.08 bajó de 0.1 en la época 4",
                  "stop_below: loss = 0.08 fell below 0.1 in epoch 4"},
                 {{CN_STOP_NAN, "loss", (double)NAN, 0, 2, 0},
                  "terminate_on_nan: la pérdida fue NaN en el lote 2",
                  "terminate_on_nan: the loss was NaN at batch 2"},
                 {{CN_STOP_NAN, "loss", (double)INFINITY, 0, 17, 0},
                  "terminate_on_nan: la pérdida fue infinita en el lote 17",
                  "terminate_on_nan: the loss was infinite at batch 17"},
                 {{.kind = CN_STOP_CALLBACK}, "as it came", "as it came"},
                 {{.kind = CN_STOP_NONE}, "", ""}};
    cn__arena arena = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const cn_stop *stop = &cases[i].stop;
        assert_string_equal(cn__catalogue_stop(&arena, CN_SPANISH, stop, "as it came"), cases[i].es);
        assert_string_equal(cn__catalogue_stop(&arena, CN_ENGLISH, stop, "as it came"), cases[i].en);
        json_t *json = cn__stop_json(stop); /* what is kept of it says the same */
        cn_stop read;
        cn__stop_read(json, &read);
        json_decref(json);
        assert_string_equal(cn__catalogue_stop(&arena, CN_SPANISH, &read, "as it came"), cases[i].es);
    }
    cn__arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_there_in_both_languages),
        cmocka_unit_test(both_languages_take_the_same_arguments),
        cmocka_unit_test(every_word_is_utf_8_without_blanks_around_it),
        cmocka_unit_test(few_words_are_the_same_in_both),
        cmocka_unit_test(what_is_counted_has_a_singular),
        cmocka_unit_test(reasons_to_stop_are_told_in_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
