/* Text from outside in markup, code and on terminals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text/escape.h"
#include "base/status.h"

typedef void escaper(cn__text *out, const char *text);

static void assert_becomes(escaper *escape, const char *text, const char *expected)
{
    cn__text out = {0};
    cn__text_add(&out, "");
    escape(&out, text);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    cn__text_free(&out);
}

static void html_keeps_its_own_marks(void **state)
{
    (void)state;
    assert_becomes(cn__html_escape, "a<b> & \"c\" ñ", "a&lt;b&gt; &amp; &quot;c&quot; ñ");
}

static void no_text_ends_a_script(void **state)
{
    (void)state;
    assert_becomes(cn__script_escape, "{\"name\":\"</script><!--\"}",
                   "{\"name\":\"\\u003c/script>\\u003c!--\"}");
    assert_becomes(cn__script_escape, "<", "\\u003c");
    assert_becomes(cn__script_escape, "", "");
}

/* Every text over a few dangerous characters, to a length of five: the comment ends where we end it. */
static void no_text_ends_a_comment_or_begins_one(void **state)
{
    (void)state;
    static const char *const pieces[] = {"*", "/", "\\", "\n", "?", "a", "\u202E", "\xFF", "//", "*/"};
    enum { PIECES = sizeof pieces / sizeof *pieces, TEXTS = 100000 };
    for (int n = 0; n < TEXTS; n++) {
        cn__text name = {0}, out = {0};
        cn__text_add(&name, "");
        for (int digits = n, i = 0; i < 5; i++, digits /= PIECES)
            cn__text_add(&name, pieces[digits % PIECES]);
        cn__text_add(&out, "/*");
        cn__c_comment_escape(&out, name.data);
        cn__text_add(&out, "*/");
        assert_ptr_equal(strstr(out.data + 2, "*/"), out.data + out.size - 2);
        assert_null(strstr(out.data + 1, "/*"));
        assert_null(strpbrk(out.data, "\n\r"));
        assert_null(strstr(out.data, "\u202E"));
        cn__text_free(&name);
        cn__text_free(&out);
    }
}

static void a_terminal_is_sent_no_commands(void **state)
{
    (void)state;
    assert_becomes(cn__terminal_escape, "\x1b[31mred\a", "\\x1b[31mred\\x07");
    assert_becomes(cn__terminal_escape,
                   "\xc2\x9b"
                   "31m \u202Eevil\u2066",
                   "\\x9b31m \\u202eevil\\u2066");
    assert_becomes(cn__terminal_escape, "two\nlines\tñ ┏━ \u65e5", "two\nlines\tñ ┏━ \u65e5");
    assert_becomes(cn__terminal_escape, "\xc3(\xff", "\uFFFD(\uFFFD");
    assert_becomes(cn__terminal_escape, "\r", "\\x0d");
}

static void a_message_is_sent_no_commands_either(void **state)
{
    (void)state;
    (void)cn__fail(CN_ERROR_ARGUMENT, "layer '%s'", "\x1b]0;title\a");
    assert_string_equal(cn_error(), "layer '\\x1b]0;title\\x07'");
    (void)cn__fail_in("model '%s'", "\x9b");
    assert_string_equal(cn_error(), "model '\uFFFD': layer '\\x1b]0;title\\x07'");
    char longest[4000];
    memset(longest, '\x1b', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    (void)cn__fail(CN_ERROR_ARGUMENT, "%s", longest);
    assert_null(strchr(cn_error(), '\x1b'));
    assert_non_null(strstr(cn_error(), "…"));
    assert_int_equal(cn_error_status(), CN_ERROR_ARGUMENT);
}

static void a_tag_is_utf8_without_control_characters(void **state)
{
    (void)state;
    assert_becomes(cn__tag_escape, "dense/ker\nnel\xc3", "dense/ker_nel\uFFFD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_keeps_its_own_marks),
        cmocka_unit_test(no_text_ends_a_script),
        cmocka_unit_test(no_text_ends_a_comment_or_begins_one),
        cmocka_unit_test(a_terminal_is_sent_no_commands),
        cmocka_unit_test(a_message_is_sent_no_commands_either),
        cmocka_unit_test(a_tag_is_utf8_without_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
