"""Is the page of a study smooth? Brushes over its axes in headless Chromium and measures every frame: ./run bench brush [PAGE]
Without a page it makes those of 10, 1,000 and 10,000 trials. A frame that takes over 50 ms is late.
--pictures FOLDER also writes a picture of each page."""
import argparse
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading

PROGRAM = os.environ.get("CORNU_PROGRAM", "cornu")
STUDY = """```cornu
dataset x=x.npy y=y.npy test_split=0.1
dataset one_hot
model m
  dense 8 relu
  dropout 0.1
  dense 2 softmax
compile m optimizer=adam loss=categorical_crossentropy metrics=accuracy
sweep m over units=[2..16 log] activation=[relu, tanh, elu] dropout=[0..0.5 step 0.1] learning_rate=[1e-4..1e-1 log] \\
      batch_size=[16..64 log] trials={trials} epochs=6 validation_split=0.2 objective=[val_accuracy, parameters] keep=0
```
"""
# Drags over each axis, up and down, a step a frame; then waits until all is drawn.
SCRIPT = """
<script>
addEventListener("load", () => {
    const canvas = document.getElementById("axes") || document.getElementById("front");
    canvas.setPointerCapture = () => {};
    const send = (type, x, y) => {
        const box = canvas.getBoundingClientRect();
        canvas.dispatchEvent(new PointerEvent(type, { clientX: box.left + x, clientY: box.top + y, pointerId: 1, bubbles: true }));
    };
    const frames = [], releases = [], w = canvas.clientWidth, h = canvas.clientHeight;
    let axis = 0, step = 0, last = 0, rest = 0;
    const STEPS = 60, REST = 40;
    const next = now => {
        if (last) (rest ? releases : frames).push(now - last);
        last = now;
        const x = axisX(axis, w), y = 60 + (h - 120) * Math.abs(Math.sin(step / STEPS * Math.PI));
        if (rest) rest--;
        else if (step === 0) send("pointerdown", x, y);
        else if (step < STEPS) send("pointermove", x, y);
        else { send("pointerup", x, y); rest = REST; axis++; step = -1; }
        if (!rest) step++;
        if (axis < axes.length || rest) requestAnimationFrame(next);
        else fetch("/result", { method: "POST", body: JSON.stringify({ frames, releases }) });
    };
    setTimeout(() => requestAnimationFrame(next), 1500);
});
</script>
"""


def make_page(folder, trials):
    import random
    import struct
    source = random.Random(0)

    def npy(name, kind, size, shape, values):
        head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
        head += " " * (-(len(head) + 11) % 64) + "\n"
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}{size}", *values))

    x = [source.gauss(0, 1) for _ in range(200 * 4)]
    npy("x.npy", "<f4", "f", "(200, 4)", x)
    npy("y.npy", "<i8", "q", "(200,)", [int(x[4 * i] + x[4 * i + 1] * x[4 * i + 2] > 0) for i in range(200)])
    with open(os.path.join(folder, "study.md"), "w") as file:
        file.write(STUDY.format(trials=trials))
    store, page = os.path.join(folder, f"{trials}.db"), os.path.join(folder, f"{trials}.html")
    subprocess.run([PROGRAM, "sweep", "study.md", "--store", store, "--quiet"], cwd=folder, check=True)
    subprocess.run([PROGRAM, "runs", "page", "--store", store, "--out", page], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return page


def chromium(*words):
    return ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,1900", *words]


def measure(page):
    with open(page, encoding="utf-8") as file:
        text = file.read().replace("default-src 'none';", "default-src 'none'; connect-src 'self';", 1)
    text = text.replace("</body>", SCRIPT + "</body>")
    found, there = {}, threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self):
            found.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            there.set()

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as profile:
        browser = subprocess.Popen(chromium(f"--user-data-dir={profile}", "--remote-debugging-port=0",
                                            f"http://127.0.0.1:{server.server_address[1]}/"), stderr=subprocess.DEVNULL)
        come = there.wait(180)
        browser.terminate()
        browser.wait()
    server.shutdown()
    if not come:
        sys.exit(f"{page}: Chromium gave no frames")
    return found


def line(name, values):
    values = sorted(values)
    late = sum(v > 50 for v in values)
    print(f"  {name}: {len(values)} frames, median {values[len(values) // 2]:.0f} ms, 99 % under {values[int(len(values) * 0.99)]:.0f} ms, "
          f"the slowest {values[-1]:.0f} ms, {late} over 50 ms", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("page", nargs="*")
    p.add_argument("--pictures")
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for page in a.page or [make_page(folder, n) for n in (10, 1000, 10000)]:
            print(f"{os.path.basename(page)}, {os.path.getsize(page) / 1e6:.2f} MB")
            found = measure(page)
            line("while a brush moves", found["frames"])
            line("after it is let go", found["releases"])
            if a.pictures:
                picture = os.path.join(os.path.abspath(a.pictures), os.path.basename(page) + ".png")
                subprocess.run(chromium(f"--screenshot={picture}", "--virtual-time-budget=4000", os.path.abspath(page)), check=True,
                               stderr=subprocess.DEVNULL)


main()
