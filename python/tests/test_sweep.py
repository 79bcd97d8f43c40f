"""cornu.sweep: searches over a function."""
import subprocess
import sys

import pytest

import cornu.sweep

SPACE = {"x": "-1..1", "scale": "1e-3..10 log", "kind": ["plain", "bent"], "bend": "0..1 if kind=bent"}


def bowl(trial):
    bend = trial.get("bend", 0.0) if trial["kind"] == "bent" else 0.5
    return (trial["x"] - 0.25) ** 2 + abs(trial["scale"] - 0.1) + bend


def points(found):
    return [(t.state, t.params, t.values) for t in found.trials]


def test_the_study_does_not_depend_on_the_number_of_threads():
    one = cornu.sweep.run(bowl, SPACE, trials=60, sampler="tpe", seed=3)
    four = cornu.sweep.run(bowl, SPACE, trials=60, sampler="tpe", seed=3, jobs=4)
    assert points(one) == points(four)
    assert one.best.value == min(t.value for t in one.trials) and one.best.state == "complete"


def test_tpe_comes_closer_than_chance():
    chance = cornu.sweep.run(bowl, SPACE, trials=120, seed=1)
    tpe = cornu.sweep.run(bowl, SPACE, trials=120, sampler="tpe", seed=1)
    assert sorted(t.value for t in tpe.trials)[60] < sorted(t.value for t in chance.trials)[60]


def test_values_have_their_types_and_conditions():
    seen = []

    def look(trial):
        seen.append((trial["units"], trial["rate"], trial["kind"], trial["flag"], trial["bend"], trial["none"]))
        return 0

    space = "units=[8..64] rate=[0.0..1.0] kind=[a, b] flag=[true, false] bend=[1..2 if kind=b] none=[none, 3]"
    cornu.sweep.run(look, space, trials=40)
    for units, rate, kind, flag, bend, none in seen:
        assert isinstance(units, int) and 8 <= units <= 64
        assert 0 <= rate <= 1 and kind in ("a", "b") and isinstance(flag, bool)
        assert (bend is None) == (kind == "a") and none in (None, 3)


def test_a_pruner_ends_trials_early():
    calls = []

    def slow(trial):
        for epoch in range(1, 10):
            calls.append(trial.index)
            if not trial.report(epoch, trial["x"] ** 2 + 1 / epoch):
                return None

    found = cornu.sweep.run(slow, "x=[-1..1]", trials=40, pruner="asha(eta=2)", epochs=9)
    states = {t.state for t in found.trials}
    assert states == {"complete", "pruned"} and len(calls) < 40 * 9
    assert points(found) == points(cornu.sweep.run(slow, "x=[-1..1]", trials=40, pruner="asha(eta=2)", epochs=9, jobs=3))


def test_a_store_keeps_trials_and_goes_on(tmp_path):
    store = str(tmp_path / "runs.db")
    calls = []

    def stops(trial):
        calls.append(trial.index)
        if len(calls) == 20:
            raise KeyboardInterrupt
        return bowl(trial)

    with pytest.raises(KeyboardInterrupt):
        cornu.sweep.run(stops, SPACE, trials=50, sampler="tpe", store=store)
    calls.clear()

    def goes_on(trial):
        calls.append(trial.index)
        return bowl(trial)

    found = cornu.sweep.run(goes_on, SPACE, trials=50, sampler="tpe", store=store)
    assert calls == list(range(19, 50))
    assert points(found) == points(cornu.sweep.run(bowl, SPACE, trials=50, sampler="tpe"))
    shown = subprocess.run([sys.executable, "-m", "cornu", "runs", "--store", store, "--limit", "0", "--csv"], capture_output=True,
                           text=True, check=True).stdout
    assert len(shown.splitlines()) == 51


def test_exceptions_end_the_study_unless_they_are_caught():
    def fails(trial):
        if trial.index == 3:
            raise ValueError("no such thing")
        return 1.0

    with pytest.raises(ValueError, match="no such thing"):
        cornu.sweep.run(fails, "x=[0..1]", trials=9, jobs=2)
    found = cornu.sweep.run(fails, "x=[0..1]", trials=9, catch=ValueError)
    assert [t.state for t in found.trials].count("failed") == 1 and found.trials[3].state == "failed"


def test_several_objectives():
    found = cornu.sweep.run(lambda t: (t["x"] ** 2, abs(t["x"] - 1)), "x=[-1..1]", trials=10, objective="[min(a), max(b)]")
    assert all(len(t.values) == 2 for t in found.trials)
    with pytest.raises(ValueError, match="returned 1 values"):
        cornu.sweep.run(lambda t: 1, "x=[-1..1]", trials=2, objective="[min(a), min(b)]")


@pytest.mark.parametrize("arguments, message", [
    ({"space": ""}, "needs a space"),
    ({"space": "x=[1..]"}, "x"),
    ({"sampler": "tpi"}, "did you mean 'tpe'"),
    ({"pruner": "hyperband", "epochs": 9}, "trials wait for one another"),
    ({"objective": "score"}, r"max\(score\) or min\(score\)"),
])
def test_mistakes_are_named(arguments, message):
    given = dict({"space": "x=[0..1]", "trials": 3}, **arguments)
    with pytest.raises(ValueError, match=message):
        cornu.sweep.run(lambda t: 1.0, **given)


def test_a_trial_is_over_when_its_function_has_returned():
    kept = []
    cornu.sweep.run(lambda t: kept.append(t) or 1.0, "x=[0..1]", trials=1)
    with pytest.raises(ValueError, match="this trial is over"):
        kept[0].report(1, 2.0)


def test_a_function_may_report_and_return_its_last_value(tmp_path):
    def both(trial):
        for epoch in range(1, 4):
            trial.report(epoch, trial["x"] + 1 / epoch)
        return trial["x"]

    found = cornu.sweep.run(both, "x=[0.0..1.0]", trials=5, epochs=3, store=str(tmp_path / "runs.db"))
    assert all(t.state == "complete" and f"x={t.value:g}" in t.params for t in found.trials)


def test_a_name_that_the_space_does_not_have_is_named():
    with pytest.raises(KeyError, match="did you mean 'scale'"):
        cornu.sweep.run(lambda trial: trial["scal"], SPACE, trials=2)
    with pytest.raises(KeyError, match="Known: x, scale, kind, bend"):
        cornu.sweep.run(lambda trial: trial["units"], SPACE, trials=2)
