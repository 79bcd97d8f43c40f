// Parallel coordinates: a line a trial. All lines lie on the canvas behind, those that the brushes keep on the one before it, axes
// and brushes on the one in front.
const brushes = new Map(); // axis number -> [from, to] in 0 … 1
const kept = new Uint8Array(count).fill(1);
let keptCount = count, byFilter = null;
const TOP = 34, BOTTOM = 26, GAP = 0.94; // GAP: where inactive values stand, below the axis

const places = axes.map(c => {
    const u = new Float32Array(count);
    for (let i = 0; i < count; i++) u[i] = Number.isNaN(c.values[i]) ? -0.05 : along(c, c.values[i]);
    return u;
});

// Names need their width: on a narrow screen the figure is wider than its frame, and scrolls.
const LEAST_SPACE = 104;
document.getElementById("parallel").style.minWidth = 130 + (axes.length - 1) * LEAST_SPACE + "px";
function axisX(i, w) { return axes.length > 1 ? 60 + i * (w - 130) / (axes.length - 1) : w / 2; }
function placeY(u, h) { return TOP + (1 - u) * (h - TOP - BOTTOM) * GAP; }

// Where the lines meet the axes, in pixels, for the height that they were last drawn at.
const heights = axes.map(() => new Float32Array(count));
let heightOf = 0;
function measure(h) {
    if (h === heightOf) return;
    heightOf = h;
    places.forEach((u, k) => { for (let i = 0; i < count; i++) heights[k][i] = placeY(u[i], h); });
}

function trace(g, i, xs) {
    g.moveTo(xs[0], heights[0][i]);
    for (let k = 1; k < xs.length; k++) g.lineTo(xs[k], heights[k][i]);
}

// Draws the lines of `list` some at a time, each run of one hue as one path; hueOf gives its style. The function that comes back draws
// until `end` and gives whether lines are left.
const RUN = 64; // lines of a path: long paths cost more than their lines
function linesOf(p, list, styleOf) {
    const xs = axes.map((_, i) => axisX(i, p.w));
    let at = 0;
    measure(p.h);
    return end => {
        p.g.lineWidth = 1;
        while (at < list.length && performance.now() < end) {
            const style = styleOf(list[at]), last = Math.min(list.length, at + RUN);
            p.g.strokeStyle = style;
            p.g.beginPath();
            for (; at < last && styleOf(list[at]) === style; at++) trace(p.g, list[at], xs);
            p.g.stroke();
        }
        return at < list.length;
    };
}

// Axes, brushes and the lines of chosen trials, in front of all.
function drawChosen() {
    const p = pen("axes"), { g, w, h } = p, xs = axes.map((_, i) => axisX(i, w));
    measure(h);
    g.lineWidth = 2;
    g.strokeStyle = css("--ink");
    g.beginPath();
    for (const i of chosen) if (kept[i]) trace(g, i, xs);
    g.stroke();
    g.lineWidth = 1;
    axes.forEach((c, i) => {
        const x = axisX(i, w);
        g.strokeStyle = css("--muted");
        g.beginPath(); g.moveTo(x, placeY(1, h)); g.lineTo(x, placeY(0, h)); g.stroke();
        g.textAlign = i === axes.length - 1 && i ? "right" : i ? "center" : "left";
        g.fillStyle = css(c.kind === "goal" ? "--link" : "--ink");
        const space = axes.length > 1 ? xs[1] - xs[0] : w, end = i === 0 || i === axes.length - 1;
        const name = fit(g, c.name, end ? space / 2 + 40 : space - 14);
        g.fillText(name, i === 0 ? 8 : i === axes.length - 1 ? w - 8 : x, 14);
        g.textAlign = "left";
        g.fillStyle = css("--muted");
        const list = ticks(c);
        list.forEach(t => {
            const y = placeY(along(c, t), h), text = shown(c, t);
            g.fillStyle = css("--paper");
            g.globalAlpha = 0.7;
            g.fillRect(x + 3, y - 8, g.measureText(text).width + 4, 15);
            g.globalAlpha = 1;
            g.fillStyle = css("--muted");
            g.fillText(text, x + 5, y + 4);
        });
        const b = brushes.get(i);
        if (!b) return;
        g.fillStyle = css("--link");
        g.globalAlpha = 0.35;
        g.fillRect(x - 7, placeY(b[1], h), 14, Math.max(2, placeY(b[0], h) - placeY(b[1], h)));
        g.globalAlpha = 1;
    });
}

function behind() {
    const step = Math.max(1, Math.floor(count / 3000)), list = [];
    for (let i = 0; i < count; i += step) list.push(i);
    return linesOf(pen("lines"), list, () => css("--dim"));
}

// The kept lines, the best ones last, and while a brush moves a sample of them with the fifty best.
const hues = new Uint8Array(count).map((_, i) => Math.min(HUES - 1, Math.floor(rank[i] * HUES)));
function frontOf(most) {
    const step = Math.max(1, Math.ceil(keptCount / most)), list = new Int32Array(keptCount);
    const alpha = keptCount / step > 2000 ? 0.25 : keptCount / step > 300 ? 0.45 : 0.8;
    const styles = Array.from({ length: HUES }, (_, hue) => colour((hue + 0.5) / HUES, alpha));
    let size = 0;
    for (let k = 0, n = 0; k < count; k++) {
        const i = order[count - 1 - k];
        if (kept[i] && (n++ % step === 0 || k > count - 50)) list[size++] = i;
    }
    drawChosen();
    return linesOf(pen("front"), list.subarray(0, size), i => styles[hues[i]]);
}

function keep() {
    keptCount = 0;
    const list = Array.from(brushes);
    for (let i = 0; i < count; i++) {
        let in_ = !byFilter || byFilter[i];
        for (let k = 0; in_ && k < list.length; k++) {
            const u = places[list[k][0]][i];
            in_ = u >= list[k][1][0] && u <= list[k][1][1];
        }
        kept[i] = in_ ? 1 : 0;
        keptCount += kept[i];
    }
    document.getElementById("kept").textContent = keptCount + " of " + trialsText(count);
}

// As many lines as this machine draws without a frame that is late.
let linesWhileDragging = 600, lastFrame = 0;
function drawBrushed() {
    const now = performance.now(), took = now - lastFrame;
    if (took > 34) linesWhileDragging = Math.max(100, linesWhileDragging / 2);
    else if (took < 20) linesWhileDragging = Math.min(1500, linesWhileDragging * 1.1);
    lastFrame = now;
    keep();
    frontOf(linesWhileDragging)(Infinity);
}

let drag = null;
function axisAt(x, w) {
    let best = 0;
    axes.forEach((_, i) => { if (Math.abs(axisX(i, w) - x) < Math.abs(axisX(best, w) - x)) best = i; });
    return best;
}
function unitAt(y, h) { return Math.min(1, Math.max(-0.06, 1 - (y - TOP) / ((h - TOP - BOTTOM) * GAP))); }

function startBrushing() {
    const canvas = document.getElementById("axes");
    const place = e => ({ x: e.offsetX, y: e.offsetY, w: canvas.clientWidth, h: canvas.clientHeight });
    canvas.addEventListener("pointerdown", e => {
        const p = place(e);
        drag = { axis: axisAt(p.x, p.w), from: unitAt(p.y, p.h), moved: false };
        lastFrame = performance.now();
        canvas.setPointerCapture(e.pointerId);
    });
    canvas.addEventListener("pointermove", e => {
        if (!drag) return;
        const p = place(e), u = unitAt(p.y, p.h);
        if (Math.abs(u - drag.from) > 0.01) drag.moved = true;
        if (!drag.moved) return;
        brushes.set(drag.axis, [Math.min(u, drag.from), Math.max(u, drag.from)]);
        later("front", drawBrushed);
    });
    canvas.addEventListener("pointerup", () => {
        if (!drag) return;
        if (!drag.moved) brushes.delete(drag.axis);
        drag = null;
        changed();
    });
    document.getElementById("clear").addEventListener("click", () => { brushes.clear(); changed(); });
}
