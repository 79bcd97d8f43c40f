"""What Cornu says to each recorded call, counted by area: agree, differ, known (Keras's own), outside, lacking, unsaid."""

import collections
import os
import pickle
import re

import compare
import replay

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = ("agree", "differ", "known", "outside", "lacking", "unsaid")
LACKING = re.compile(r"is not in Cornu|are not in Cornu|not supported|unknown layer|unknown interpolation|is not read"
                     r"|only the last one can be normalised|must be none"
                     r"|are not in the network|must have the same shape|expected a number$|the new seed")


def outcome(record):
    """(column, why)."""
    if "unsaid" in record:
        return _column(record["unsaid"]), record["unsaid"]
    slack = compare.SLACK.get(record["area"], ())
    try:
        for ours, theirs in replay.AREAS[record["area"]](record):
            if not compare.agree(ours, theirs, *slack):
                return "differ", f"Cornu {compare.text(ours)}, Keras {compare.text(theirs)}"
    except (replay.Unsaid, NotImplementedError) as reason:
        return _column(str(reason)), str(reason)
    except Exception as error:
        return _column(str(error)), f"{type(error).__name__}: {error}"
    return "agree", ""


def _column(reason):
    return "lacking" if LACKING.search(reason) else "unsaid"


def distinct(records, area=None, kind=None):
    """Calls that are alike count once, and layers that Cornu does not have at all not: their tests came along."""
    seen = set()
    for record in records:
        if (area and record["area"] != area) or (kind and record["kind"] != kind) or not replay.is_here(record):
            continue
        random = record["area"] == "initializers" and (record.get("config") or {}).get("seed", 0) is None
        key = pickle.dumps({name: value for name, value in record.items() if name != "test" and not (random and name == "answer")})
        if key not in seen:
            seen.add(key)
            yield record


def _reasons(name):
    """[(pattern, reason)] of a file: differences that are Keras's own, or what is outside of what Cornu is for."""
    found = []
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                pattern, reason = line.rstrip("\n").split("\t")
                found.append((re.compile(pattern), reason))
    return found


class Sorter:
    """The column of each record, and why."""

    def __init__(self):
        self.known, self.outside = _reasons("known.txt"), _reasons("outside.txt")

    def sort(self, record):
        column, why = outcome(record)
        text = f"{record['area']}/{record['kind']} {record['test']}: {why}"
        for name, lists, columns in (("known", self.known, ("differ",)), ("outside", self.outside, ("lacking", "unsaid"))):
            reason = next((reason for pattern, reason in lists if pattern.search(text)), None)
            if reason and column in columns:
                return name, reason
        return column, why


def show(records, most):
    """Prints the table, the reasons and up to `most` differences; returns how many differ."""
    sorter, counts = Sorter(), collections.defaultdict(collections.Counter)
    reasons, differences = collections.Counter(), []
    for record in records:
        column, why = sorter.sort(record)
        if column == "differ":
            differences.append(f"{record['area']}/{record['kind']} {record['test']}\n    {_settings(record)}\n    {why}")
        elif column != "agree":
            reasons[column, record["area"] if column != "outside" else "", " ".join(why.split())[:150]] += 1
        counts[record["area"]][column] += 1
    _print_table(counts)
    for (column, area, why), count in sorted(reasons.items(), key=lambda item: (item[0][:2], -item[1])):
        print(f"{count:6d} {column} {area}{': ' if area else ''}{why}")
    for difference in differences[:most]:
        print(difference)
    return len(differences)


def _settings(record):
    config = record.get("config") or {}
    return {name: value for name, value in config.items() if name not in ("name", "dtype", "trainable")}


def _print_table(counts):
    print(f"{'':16}" + "".join(f"{name:>10}" for name in COLUMNS))
    total = sum(counts.values(), collections.Counter())
    for area, count in [*counts.items(), ("all", total)]:
        print(f"{area:16}" + "".join(f"{count[name]:10d}" for name in COLUMNS))
