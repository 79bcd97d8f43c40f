#!/bin/sh
# cornu runs serve: the page of a study that is being written, at an address that only who has its token can read; ended by a signal.
# Skipped without python3, which asks.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
command -v python3 >/dev/null 2>&1 || { echo "skipped: there is no python3"; exit 77; }
scratch=$(mktemp -d "$PWD/serve-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
awk 'BEGIN { srand(3); print "a,b,kind"
    for (i = 0; i < 200; i++) { a = rand() - .5; b = rand() - .5; print a "," b "," (a * b > 0 ? "yes" : "no") } }' >points.csv
cat >study.md <<'END'
```cornu
dataset points.csv target=kind
model m
  dense 8 relu
  dense 1 sigmoid
compile m optimizer=adam loss=binary_crossentropy metrics=accuracy
sweep m over units=[2..32 log] activation=[relu, tanh] trials=TRIALS epochs=3 validation_split=0.2 objective=val_loss
```
END
sed 's/TRIALS/6/' study.md >few.md
sed 's/TRIALS/400/' study.md >many.md
cat >ask.py <<'END'
import json, os, signal, subprocess, sys, time, urllib.error, urllib.request

program = os.environ["CORNU_PROGRAM"]


def get(url, host=None):
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def data_of(page):
    return json.loads(page.split('<script id="data" type="application/json">')[1].split("</script>")[0])


subprocess.run([program, "sweep", "few.md", "--store", "runs.db", "--quiet"], check=True)
server = subprocess.Popen([program, "runs", "serve", "--store", "runs.db"], stdout=subprocess.PIPE, text=True)
try:
    url = server.stdout.readline().strip()
    code, page = get(url)
    assert code == 200 and len(data_of(page)["number"]) == 6, (code, page[:200])
    assert "connect-src 'self'" in page and "const live = {ended: 6, running: 0" in page
    assert json.loads(get(url + "state")[1]) == {"ended": 6, "running": 0}
    assert get(url + "other")[0] == 404
    assert get(url[:-5] + "0000/")[0] == 403 and get(url, host="cornu.example")[0] == 403
    # the study goes on: its page is whole at each moment
    sweep = subprocess.Popen([program, "sweep", "many.md", "--store", "runs.db", "--quiet", "--jobs", "1"])
    seen = set()
    while sweep.poll() is None:
        code, page = get(url)
        d = data_of(page)
        assert code == 200 and len(d["state"]) == len(d["number"]) == len(d["goals"][0]["data"]), page[:200]
        seen.add(len(d["number"]))
    assert sweep.returncode == 0
    assert json.loads(get(url + "state")[1]) == {"ended": 400, "running": 0}
    assert len(data_of(get(url)[1])["number"]) == 400
    server.send_signal(signal.SIGTERM)
    assert server.wait(10) == 0
finally:
    server.kill()
plain = subprocess.run([program, "runs", "page", "--store", "runs.db", "--study", "1", "--out", "p.html"], check=True)
with open("p.html") as file:
    assert "connect-src" not in file.read()
failed = subprocess.run([program, "runs", "serve", "--store", "runs.db", "--study", "7"], capture_output=True, text=True)
assert failed.returncode == 2 and "has no study 7" in failed.stderr, failed
END
python3 ask.py
