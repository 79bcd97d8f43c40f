// The whole: what is drawn when something changes, and once. Drawing is parted into pieces of some milliseconds, so that no frame
// waits long; what is asked for again under the same name takes the place of what was asked for before.
const FRAME = 10;
const waiting = new Map();
function later(name, draw) {
    if (!waiting.size) requestAnimationFrame(drawWaiting);
    waiting.delete(name);
    waiting.set(name, draw);
}

// A piece that gives true has more to draw.
function drawWaiting() {
    const end = performance.now() + FRAME;
    while (waiting.size && performance.now() < end) {
        const [name, draw] = waiting.entries().next().value;
        if (!draw(end) && waiting.get(name) === draw) waiting.delete(name);
    }
    if (waiting.size) requestAnimationFrame(drawWaiting);
}

function changed() {
    keep();
    later("front", frontOf(count));
    later("importance", drawImportance);
    later("scatter", drawScatter);
    later("curves", drawCurves);
    later("table", drawTable);
}

function drawAll() {
    styles.clear();
    later("behind", behind());
    changed();
}

function option(list, names, value) {
    list.replaceChildren(...names.map(n => {
        const o = document.createElement("option");
        o.textContent = o.value = n;
        return o;
    }));
    list.value = value;
}

function trialsText(n) { return n + (n === 1 ? " trial" : " trials"); }

function describe() {
    const states = { c: 0, p: 0, f: 0, r: 0 };
    for (const s of study.state) states[s]++;
    document.title = study.name + ": " + trialsText(count);
    document.getElementById("title").textContent = document.title;
    const parts = [states.c + " complete"];
    if (states.p) parts.push(states.p + " pruned");
    if (states.f) parts.push(states.f + " failed");
    if (states.r) parts.push(states.r + " running");
    let text = parts.join(", ") + ". Sampler " + study.sampler + ", pruner " + study.pruner + ", seed " + study.seed + ".";
    const best = main && count && Number.isFinite(main.values[order[0]]);
    if (main && count && !best) text += " No trial has a " + main.name + ".";
    if (best) text += " Best " + main.name + ": " + shown(main, main.values[order[0]]) + " (trial " + study.number[order[0]] + ").";
    document.getElementById("about").textContent = text;
    document.getElementById("importance-text").textContent = main
        ? "ω² of " + main.name + " over bins of each dimension: the fraction of its variance that the dimension explains by itself."
        : "There is no objective.";
}

function startTips() {
    const tip = document.getElementById("tip"), canvas = document.getElementById("scatter");
    const nearest = e => {
        let best = null, most = 64;
        for (const p of scatterPlaces) {
            const d = (p[0] - e.offsetX) ** 2 + (p[1] - e.offsetY) ** 2;
            if (d < most) { most = d; best = p; }
        }
        return best;
    };
    canvas.addEventListener("pointermove", e => {
        const p = nearest(e);
        tip.hidden = !p;
        if (!p) return;
        tip.textContent = columns.filter(c => !Number.isNaN(c.values[p[2]])).map(c => c.name + ": " + shown(c, c.values[p[2]])).join("\n");
        tip.style.left = Math.min(e.pageX + 14, document.documentElement.clientWidth - 240) + "px";
        tip.style.top = e.pageY + 10 + "px";
    });
    canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
    canvas.addEventListener("click", e => { const p = nearest(e); if (p) choose(p[2]); });
}

describe();
const names = columns.map(c => c.name);
option(document.getElementById("scatter-x"), names, goals[1] ? goals[1].name : dimensions[0] ? dimensions[0].name : names[0]);
option(document.getElementById("scatter-y"), names, main ? main.name : names[0]);
option(document.getElementById("metric"), Object.keys(curves), Object.keys(curves)[0] || "");
for (const id of ["scatter-x", "scatter-y"]) document.getElementById(id).addEventListener("change", drawScatter);
document.getElementById("metric").addEventListener("change", drawCurves);
startTable();
startBrushing();
startTips();
addEventListener("resize", () => later("all", () => { drawAll(); }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
