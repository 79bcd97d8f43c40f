/* Optimisers as they are asked for by name: whole trajectories computed by real Keras 3.6, slots, defaults, and
 * what is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/status.h"
#include "nn/optimizers/optimizer.h"

enum { N = 6, STEPS = 8 };

static const float start[N] = {0.5f, -1.25f, 2, 0, -0.03125f, 0.001953125f};

static float gradient(int step, int i) { return (float)((i * 7 + step * 5) % 11 - 5) * 0.125f; }

/* The weights after steps 4 and 8 when Keras applies these gradients. */
static const struct {
    const char *optimizer;
    float after[2][N];
} trajectories[] = {
    {"sgd(learning_rate=0.1)",
     {{0.512499988f, -1.17500007f, 2, -0.075000003f, -0.0437499993f, 0.0519531257f},
      {0.487499982f, -1.27499998f, 2.0999999f, -0.0500000007f, -0.09375f, 0.064453125f}}},
    {"SGD(learning_rate=0.1, momentum=0.9)",
     {{0.60868746f, -1.16172504f, 2.03059983f, -0.251062512f, 0.0326374955f, 0.145665616f},
      {0.476347357f, -1.1297828f, 2.27690148f, -0.447484612f, -0.114833429f, 0.376880378f}}},
    {"sgd(0.1, 0.9, nesterov=true)",
     {{0.61031872f, -1.09555244f, 2.02753997f, -0.300956249f, 0.0137487352f, 0.181294382f},
      {0.466212541f, -1.16680431f, 2.34921145f, -0.452736139f, -0.168975085f, 0.401887655f}}},
    {"sgd(0.1, clipvalue=0.25)",
     {{0.512499988f, -1.23750007f, 2, -0.0125000011f, -0.0437499993f, 0.0144531252f},
      {0.512499988f, -1.27499998f, 2.03750014f, -0.0125000011f, -0.0562499985f, 0.0269531272f}}},
    {"sgd(0.1, weight_decay=0.05)",
     {{0.501954496f, -1.15025008f, 1.96011245f, -0.073941879f, -0.0435665436f, 0.0513540395f},
      {0.467674822f, -1.22685599f, 2.02026916f, -0.0471634604f, -0.0925145447f, 0.0622143149f}}},
    {"sgd(learning_rate=ExponentialDecay(initial_learning_rate=0.1, decay_steps=3, decay_rate=0.5), momentum=0.5)",
     {{0.564378679f, -1.2079879f, 2.01772356f, -0.134572327f, 0.000873493031f, 0.0785382688f},
      {0.529060423f, -1.21569538f, 2.06678414f, -0.149303898f, -0.0345872901f, 0.11273624f}}},
    {"adam",
     {{0.501595974f, -1.24999285f, 2.00098276f, -0.00259659509f, -0.0313257948f, 0.00398336072f},
      {0.500952542f, -1.24970841f, 2.00231481f, -0.00365733379f, -0.0320331641f, 0.00525888428f}}},
    {"adam(learning_rate=0.05, beta_1=0.8, beta_2=0.95, epsilon=0.001)",
     {{0.570162952f, -1.24315286f, 2.04485631f, -0.123612925f, -0.0352955386f, 0.0989722013f},
      {0.529442787f, -1.24066234f, 2.1194756f, -0.16155313f, -0.081329301f, 0.154566795f}}},
    {"adam(0.05, amsgrad=true)",
     {{0.579782248f, -1.24964833f, 2.0491426f, -0.129829735f, -0.0350512676f, 0.103464909f},
      {0.547610819f, -1.23543489f, 2.11573768f, -0.182866678f, -0.0704195052f, 0.167228624f}}},
    {"adam(0.05, weight_decay=0.1, clipvalue=0.3)",
     {{0.57306987f, -1.25761533f, 2.015342f, -0.104509264f, -0.051854901f, 0.0828149542f},
      {0.543728352f, -1.23352003f, 2.01808262f, -0.136155173f, -0.078865923f, 0.127958313f}}},
    {"AdamW",
     {{0.501587927f, -1.24997282f, 2.00095057f, -0.002596576f, -0.0313252881f, 0.00398331415f},
      {0.500936389f, -1.24966836f, 2.00225019f, -0.00365726417f, -0.0320321508f, 0.00525876321f}}},
    {"adamw(0.05, 0.2, amsgrad=true)",
     {{0.557971776f, -1.19934094f, 1.96896541f, -0.127483636f, -0.0331613868f, 0.10148441f},
      {0.504411876f, -1.13851035f, 1.95709717f, -0.174365789f, -0.0668239743f, 0.159857333f}}},
    {"rmsprop",
     {{0.501301289f, -1.2485913f, 2.00125384f, -0.00355155277f, -0.033637125f, 0.00510658091f},
      {0.500411272f, -1.25179636f, 2.00494266f, -0.00289082853f, -0.0352620482f, 0.0058283899f}}},
    {"RMSprop(learning_rate=0.05, rho=0.8, momentum=0.5)",
     {{0.597906291f, -1.23190475f, 2.1064527f, -0.24340342f, -0.135043219f, 0.204512864f},
      {0.496129483f, -1.32627487f, 2.32091379f, -0.249830931f, -0.285834491f, 0.283788025f}}},
    {"rmsprop(0.05, centered=true)",
     {{0.573502421f, -1.1810112f, 2.0714395f, -0.19180429f, -0.154216617f, 0.172520816f},
      {0.526813269f, -1.34192491f, 2.26307368f, -0.163774103f, -0.238246948f, 0.216758773f}}},
    {"rmsprop(0.05, momentum=0.9, centered=true, epsilon=0.01)",
     {{0.819339216f, -1.19651914f, 2.16434097f, -0.570668221f, 0.0451485142f, 0.417569637f},
      {0.685340166f, -1.13276076f, 2.6617496f, -1.03533649f, -0.196387142f, 0.974029839f}}},
    {"adagrad",
     {{0.500358462f, -1.24934196f, 2.00015044f, -0.00101527618f, -0.0313991532f, 0.00277006323f},
      {0.500103295f, -1.25020909f, 2.00116277f, -0.000851751422f, -0.0318270586f, 0.0029772101f}}},
    {"Adagrad(learning_rate=0.5, initial_accumulator_value=0.01, epsilon=0.001)",
     {{0.711550713f, -1.01303351f, 2.17716098f, -0.556074321f, -0.278176278f, 0.490071326f},
      {0.577982128f, -1.46198225f, 2.70919323f, -0.473910689f, -0.499261141f, 0.602063239f}}},
    {"adadelta",
     {{0.500000358f, -1.24999821f, 2.00000024f, -1.56008207e-06f, -0.0312514156f, 0.0019545937f},
      {0.499999821f, -1.25000143f, 2.00000405f, -9.35888352e-07f, -0.0312530398f, 0.001955054f}}},
    {"adadelta(learning_rate=1.0, rho=0.8, epsilon=0.001)",
     {{0.516623557f, -1.16103745f, 2.00497174f, -0.0747382194f, -0.093052879f, 0.0716140345f},
      {0.490969509f, -1.32123518f, 2.19568181f, -0.0389614627f, -0.171098515f, 0.0974219888f}}},
    {"adamax",
     {{0.501412511f, -1.250278f, 2.00099921f, -0.00215622038f, -0.0316434652f, 0.00373363332f},
      {0.500961065f, -1.25011468f, 2.00185537f, -0.00284820097f, -0.032106325f, 0.00454913545f}}},
    {"adamax(0.05, beta_1=0.8, beta_2=0.9)",
     {{0.565658212f, -1.25866568f, 2.04676676f, -0.115398705f, -0.0504480675f, 0.0897547454f},
      {0.526628017f, -1.2592957f, 2.09761548f, -0.156713739f, -0.0910677612f, 0.127392605f}}},
    {"nadam",
     {{0.500579357f, -1.24952245f, 2.00050664f, -0.00140899245f, -0.0319993831f, 0.00319066131f},
      {0.500138044f, -1.25051916f, 2.00209498f, -0.0014545829f, -0.032732904f, 0.00372601696f}}},
    {"nadam(0.05, beta_1=0.8, beta_2=0.9)",
     {{0.529386818f, -1.22015047f, 2.02555704f, -0.0779005811f, -0.0699555725f, 0.0693244636f},
      {0.499750257f, -1.27877259f, 2.11961102f, -0.0779339671f, -0.117915958f, 0.0996111557f}}},
    {"lion",
     {{0.501999974f, -1.25f, 1.99999988f, 0, -0.0312499981f, 0.001953125f},
      {0.501999974f, -1.25f, 2.00199986f, 0, -0.0312499981f, 0.00395312533f}}},
    {"lion(0.05, beta_1=0.8, beta_2=0.9, weight_decay=0.1)",
     {{0.589079738f, -1.22468936f, 1.95980167f, -0.198504999f, -0.0306321662f, 0.101416856f},
      {0.577883661f, -1.20087624f, 2.11940336f, -0.194067076f, -0.0305216089f, 0.198408663f}}},
    {"ftrl",
     {{0.27462545f, -0.268761307f, 0.431221575f, -0.00101527618f, -0.00233724341f, 0.00151096506f},
      {0.274370313f, -0.269628406f, 0.4322339f, -0.000851751422f, -0.00276514632f, 0.0017181118f}}},
    {"ftrl(0.2, l1_regularization_strength=0.1, l2_regularization_strength=0.2)",
     {{0.28233391f, -0.0555710606f, 0.340191901f, -0.157488629f, 0, 0.109133258f},
      {0.235090509f, -0.217713818f, 0.527342618f, -0.126173139f, -0.0729816332f, 0.146485806f}}},
    {"ftrl(0.2, learning_rate_power=-0.3, initial_accumulator_value=0.5, beta=0.1, l2_shrinkage_regularization_strength=0.05)",
     {{0.0874117538f, 0.115088992f, 0.0197336562f, -0.13139388f, -0.0185582917f, 0.0920235589f},
      {0.043421831f, -0.0456737243f, 0.179411158f, -0.0861503705f, -0.0943612307f, 0.109288804f}}},
    {"ftrl(0.2, learning_rate_power=0)",
     {{0.0250000004f, 0.150000006f, 0, -0.150000006f, -0.0250000004f, 0.100000001f},
      {-0.0250000004f, -0.0500000007f, 0.200000003f, -0.100000001f, -0.125f, 0.125f}}},
};

static cn_status parse(cn__arena *arena, const char *text, cn__optimizer *out)
{
    cn__value *value = cn__arena_alloc(arena, sizeof *value);
    assert_non_null(value);
    assert_int_equal(cn__value_parse(arena, text, value), CN_OK);
    return cn__optimizer_parse(arena, value, out);
}

static cn__optimizer parsed(cn__arena *arena, const char *text)
{
    cn__optimizer o;
    if (parse(arena, text, &o) != CN_OK) fail_msg("%s: %s", text, cn_error());
    return o;
}

/* ---- trajectories ----------------------------------------------------------------------------------- */

/* One variable on its way; what a trainer sets from outside stands in l1 … clipnorm. */
typedef struct run {
    cn__optimizer o;
    float l1, l2, clipnorm;
    float w[CN_LANES], average[CN_LANES], slot[CN_MAX_SLOTS][CN_LANES];
} run;

static void begin(run *r)
{
    memcpy(r->w, start, sizeof start);
    memcpy(r->average, start, sizeof start);
    for (int s = 0; s < cn__optimizer_slots(&r->o); s++)
        for (int i = 0; i < CN_LANES; i++) r->slot[s][i] = (float)cn__optimizer_slot_start(&r->o, s);
}

static void step(run *r, int t)
{
    float g[CN_LANES] = {0}, *slot[CN_MAX_SLOTS] = {r->slot[0], r->slot[1], r->slot[2]};
    double squares = 0;
    for (int i = 0; i < N; i++) g[i] = gradient(t, i);
    for (int i = 0; i < N; i++) squares += (double)g[i] * g[i];
    cn__update u;
    cn__optimizer_step(&r->o, &u);
    u.l1 = r->l1;
    u.l2 = r->l2;
    if (r->clipnorm > 0 && sqrt(squares) > r->clipnorm) u.grad_scale = (float)(r->clipnorm / sqrt(squares));
    cn__kernels_get()->update(&u, r->w, slot, r->o.use_ema ? r->average : NULL, g, CN_LANES);
}

static void expect(const char *what, const float got[N], const float expected[N])
{
    for (int i = 0; i < N; i++)
        if (!(fabsf(got[i] - expected[i]) <= 1e-6f + 4e-6f * fabsf(expected[i])))
            fail_msg("%s, element %d: %.9g, Keras has %.9g", what, i, (double)got[i], (double)expected[i]);
}

static void weights_go_where_keras_takes_them(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof trajectories / sizeof *trajectories; k++) {
        cn__arena arena = {0};
        run r = {.o = parsed(&arena, trajectories[k].optimizer)};
        begin(&r);
        for (int t = 0; t < STEPS; t++) {
            step(&r, t);
            if (t % 4 == 3) expect(trajectories[k].optimizer, r.w, trajectories[k].after[t / 4]);
        }
        assert_int_equal(r.o.iterations, STEPS);
        cn__arena_free(&arena);
    }
}

static void the_average_is_that_of_keras(void **state)
{
    (void)state;
    static const float average[N] = {0.493899524f,   -1.23744512f,   2.05856085f,
                                     -0.0760948211f, -0.0560600311f, 0.0678634644f};
    cn__arena arena = {0};
    run r = {.o = parsed(&arena, "sgd(0.1, use_ema=true, ema_momentum=0.75)")};
    begin(&r);
    for (int t = 0; t < STEPS; t++) step(&r, t);
    expect("weights", r.w, trajectories[0].after[1]);
    expect("average", r.average, average);
    cn__arena_free(&arena);
}

static void a_regulariser_is_clipped_with_the_gradient(void **state)
{
    (void)state;
    static const float after[N] = {0.438832313f,  -1.04529119f,    1.72040415f,
                                   -0.079471454f, -0.00376794953f, 0.0699923933f};
    cn__arena arena = {0};
    run r = {.o = parsed(&arena, "adam(0.05, clipvalue=0.3, weight_decay=0.1)"), .l1 = 0.1f, .l2 = 0.05f};
    begin(&r);
    for (int t = 0; t < STEPS; t++) step(&r, t);
    expect("weights", r.w, after);
    cn__arena_free(&arena);
}

static void a_clipped_norm_scales_the_gradient(void **state)
{
    (void)state;
    static const float after[N] = {0.494946122f,  -1.18266547f,   2.11990356f,
                                   -0.202355385f, -0.0721252412f, 0.177693456f};
    cn__arena arena = {0};
    run r = {.o = parsed(&arena, "sgd(0.1, momentum=0.9, clipnorm=0.5)")};
    r.clipnorm = (float)r.o.clipnorm;
    begin(&r);
    for (int t = 0; t < STEPS; t++) step(&r, t);
    expect("weights", r.w, after);
    cn__arena_free(&arena);
}

/* Saved state is float32 numbers; training must go on from them with the same bits. */
static void a_copy_of_the_state_goes_on_the_same(void **state)
{
    (void)state;
    cn__arena arena = {0};
    run a = {.o = parsed(&arena, "nadam(0.05)")}, b = {.o = parsed(&arena, "nadam(0.05)")};
    begin(&a);
    for (int t = 0; t < 4; t++) step(&a, t);
    memcpy(b.w, a.w, sizeof a.w);
    memcpy(b.slot, a.slot, sizeof a.slot);
    b.o.iterations = a.o.iterations;
    b.o.u_product = (double)(float)a.o.u_product;
    for (int t = 4; t < STEPS; t++) step(&a, t), step(&b, t);
    assert_memory_equal(a.w, b.w, sizeof a.w);
    cn__arena_free(&arena);
}

/* ---- names, defaults, slots --------------------------------------------------------------------------- */

static void every_name_is_known_in_any_spelling_and_has_the_default_rate(void **state)
{
    (void)state;
    cn__arena arena = {0};
    int count = 0;
    for (const cn__kind *const *kind = cn__optimizers.kinds; *kind; kind++, count++) {
        cn__optimizer o = parsed(&arena, (*kind)->name);
        assert_true(cn__optimizer_rate(&o) == (strcmp((*kind)->name, "sgd") == 0 ? 0.01 : 0.001));
    }
    assert_int_equal(count, 13);
    assert_string_equal(parsed(&arena, "AdamW").name, "adamw");
    assert_string_equal(parsed(&arena, "SGD").name, "SGD");
    assert_string_equal(parsed(&arena, "RMSprop(name=fast)").name, "fast");
    assert_true(parsed(&arena, "adamw").weight_decay == 0.004);
    assert_true(isnan(parsed(&arena, "adam").weight_decay));
    cn__arena_free(&arena);
}

static void slots_are_those_of_keras(void **state)
{
    (void)state;
    static const struct {
        const char *optimizer, *slot[CN_MAX_SLOTS];
        double start;
    } expected[] = {
        {"sgd", {NULL}, 0},
        {"sgd(momentum=0.5)", {"momentum"}, 0},
        {"adam", {"momentum", "velocity"}, 0},
        {"adamw(amsgrad=true)", {"momentum", "velocity", "velocity_hat"}, 0},
        {"rmsprop", {"velocity"}, 0},
        {"rmsprop(centered=true)", {"velocity", "average_gradient"}, 0},
        {"rmsprop(momentum=0.1)", {"velocity", "momentum"}, 0},
        {"rmsprop(momentum=0.1, centered=true)", {"velocity", "momentum", "average_gradient"}, 0},
        {"adagrad", {"accumulator"}, 0.1},
        {"adadelta", {"accumulated_grad", "accumulated_delta_var"}, 0},
        {"adamax", {"momentum", "norm"}, 0},
        {"nadam", {"momentum", "velocity"}, 0},
        {"lion", {"momentum"}, 0},
        {"ftrl(initial_accumulator_value=0.7)", {"accumulator", "linear"}, 0.7},
    };
    cn__arena arena = {0};
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        cn__optimizer o = parsed(&arena, expected[k].optimizer);
        int slots = 0;
        while (slots < CN_MAX_SLOTS && expected[k].slot[slots]) slots++;
        assert_int_equal(cn__optimizer_slots(&o), slots);
        for (int s = 0; s < slots; s++) {
            assert_string_equal(cn__optimizer_slot_name(&o, s), expected[k].slot[s]);
            assert_true(cn__optimizer_slot_start(&o, s) == (s == 0 ? expected[k].start : 0));
        }
    }
    cn__arena_free(&arena);
}

static void a_rate_can_be_set_unless_a_schedule_rules(void **state)
{
    (void)state;
    cn__arena arena = {0};
    cn__optimizer o = parsed(&arena, "sgd"), scheduled = parsed(&arena, "sgd(ExponentialDecay(0.4, 1, 0.5))");
    cn__update u;
    assert_int_equal(cn__optimizer_set_rate(&o, 0.25), CN_OK);
    cn__optimizer_step(&o, &u);
    assert_true(u.sgd.rate == 0.25);
    assert_int_equal(cn__optimizer_set_rate(&o, -1), CN_ERROR_ARGUMENT);
    assert_int_equal(cn__optimizer_set_rate(&o, NAN), CN_ERROR_ARGUMENT);
    cn__optimizer_step(&scheduled, &u);
    cn__optimizer_step(&scheduled, &u);
    assert_true(fabs(u.sgd.rate - 0.2) <= 1e-7);
    assert_true(fabs(cn__optimizer_rate(&scheduled) - 0.1) <= 1e-7); /* of the third step, which comes */
    assert_int_equal(cn__optimizer_set_rate(&scheduled, 0.1), CN_ERROR_STATE);
    cn__arena_free(&arena);
}

static void zero_to_clip_at_is_none(void **state)
{
    (void)state;
    cn__arena arena = {0};
    assert_true(isnan(parsed(&arena, "adam(clipnorm=0)").clipnorm));
    cn__optimizer o = parsed(&arena, "adam(clipvalue=0)");
    cn__update u;
    cn__optimizer_step(&o, &u);
    assert_true(u.clip_value == 0);
    assert_true(u.grad_scale == 1);
    cn__arena_free(&arena);
}

/* An epsilon far under what the slots keep must not let a weight jump. */
static void a_tiny_epsilon_takes_no_huge_step(void **state)
{
    (void)state;
    static const char *const all[] = {"adam(0.001, epsilon=0)",   "nadam(0.001, epsilon=0)",
                                      "adamax(0.001, epsilon=0)", "rmsprop(0.001, epsilon=0)",
                                      "adagrad(0.001, 0, 0)",     "adadelta(1, epsilon=0)"};
    cn__arena arena = {0};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        run r = {.o = parsed(&arena, all[k])};
        for (int t = 0; t < 20; t++) {
            float g[CN_LANES], *slot[CN_MAX_SLOTS] = {r.slot[0], r.slot[1], r.slot[2]};
            for (int i = 0; i < CN_LANES; i++) g[i] = ldexpf(1, -9 * i);
            cn__update u;
            cn__optimizer_step(&r.o, &u);
            cn__kernels_get()->update(&u, r.w, slot, NULL, g, CN_LANES);
        }
        for (int i = 0; i < CN_LANES; i++)
            if (!(fabsf(r.w[i]) < 0.2f)) fail_msg("%s, gradient 2^%d: %g", all[k], -9 * i, (double)r.w[i]);
    }
    cn__arena_free(&arena);
}

/* ---- what is refused -------------------------------------------------------------------------------------- */

static void refused(const char *text, const char *word)
{
    cn__arena arena = {0};
    cn__optimizer o;
    assert_int_equal(parse(&arena, text, &o), CN_ERROR_ARGUMENT);
    if (!strstr(cn_error(), word)) fail_msg("%s: the message lacks '%s': %s", text, word, cn_error());
    cn__arena_free(&arena);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    refused("adma", "adam");
    refused("12", "12");
    refused("adam(learning_rat=0.1)", "learning_rate");
    refused("adam(learning_rate=-0.1)", "-0.1");
    refused("adam(learning_rate=none)", "learning_rate");
    refused("adam(learning_rate=[1, 2])", "learning_rate");
    refused("adam(learning_rate=ExponentialDecy(0.1, 3, 0.8))", "ExponentialDecay");
    refused("sgd(momentum=1.5)", "momentum");
    refused("adam(clipnorm=1, clipvalue=0.5)", "only one of");
    refused("adam(loss_scale_factor=0)", "loss_scale_factor");
    refused("adam(gradient_accumulation_steps=1)", "gradient_accumulation_steps");
    refused("adamw(exclude_from_weight_decay=3)", "exclude_from_weight_decay");
    refused("adamw(exclude_from_weight_decay=[bias, 3])", "exclude_from_weight_decay");
    refused("adafactor(clip_threshold=0)", "clip_threshold");
    refused("muon(ns_steps=-1)", "ns_steps");
    refused("adam(ema_momentum=2)", "ema_momentum");
    refused("adam(use_ema=true, ema_overwrite_frequency=0)", "ema_overwrite_frequency");
    refused("adamw(weight_decay=none)", "weight_decay");
    refused("ftrl(learning_rate_power=0.5)", "learning_rate_power");
    refused("lion(beta_1=0)", "beta_1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_go_where_keras_takes_them),
        cmocka_unit_test(the_average_is_that_of_keras),
        cmocka_unit_test(a_regulariser_is_clipped_with_the_gradient),
        cmocka_unit_test(a_clipped_norm_scales_the_gradient),
        cmocka_unit_test(a_copy_of_the_state_goes_on_the_same),
        cmocka_unit_test(every_name_is_known_in_any_spelling_and_has_the_default_rate),
        cmocka_unit_test(slots_are_those_of_keras),
        cmocka_unit_test(a_rate_can_be_set_unless_a_schedule_rules),
        cmocka_unit_test(zero_to_clip_at_is_none),
        cmocka_unit_test(a_tiny_epsilon_takes_no_huge_step),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
