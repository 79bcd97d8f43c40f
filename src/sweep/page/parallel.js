// Parallel coordinates: a line a trial. All lines lie on the canvas behind, those that the brushes keep on the one in front.
const brushes = new Map(); // axis number -> [from, to] in 0 … 1
const kept = new Uint8Array(count).fill(1);
let keptCount = count, byFilter = null;
const LINES_WHILE_DRAGGING = 1000, TOP = 34, BOTTOM = 26, GAP = 0.94; // GAP: where inactive values stand, below the axis

const places = axes.map(c => {
    const u = new Float32Array(count);
    for (let i = 0; i < count; i++) u[i] = Number.isNaN(c.values[i]) ? -0.05 : along(c, c.values[i]);
    return u;
});

function axisX(i, w) { return axes.length > 1 ? 60 + i * (w - 130) / (axes.length - 1) : w / 2; }
function placeY(u, h) { return TOP + (1 - u) * (h - TOP - BOTTOM) * GAP; }

function trace(g, i, xs, h) {
    g.moveTo(xs[0], placeY(places[0][i], h));
    for (let k = 1; k < xs.length; k++) g.lineTo(xs[k], placeY(places[k][i], h));
}

function drawAxes(p) {
    const { g, w, h } = p;
    axes.forEach((c, i) => {
        const x = axisX(i, w);
        g.strokeStyle = css("--muted");
        g.beginPath(); g.moveTo(x, placeY(1, h)); g.lineTo(x, placeY(0, h)); g.stroke();
        g.textAlign = i === axes.length - 1 && i ? "right" : i ? "center" : "left";
        g.fillStyle = css(c.kind === "goal" ? "--link" : "--ink");
        const name = c.name.length > 24 ? "…" + c.name.slice(-23) : c.name;
        g.fillText(name, i === 0 ? 8 : i === axes.length - 1 ? w - 8 : x, i % 2 && axes.length > 7 ? 26 : 14);
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

function drawBehind() {
    const p = pen("lines"), xs = axes.map((_, i) => axisX(i, p.w)), step = Math.max(1, Math.floor(count / 3000));
    p.g.strokeStyle = css("--dim");
    p.g.beginPath();
    for (let i = 0; i < count; i += step) trace(p.g, i, xs, p.h);
    p.g.stroke();
}

// Lines of one hue are one path. While a brush moves a sample is drawn, and all when it rests.
function drawFront(most) {
    const p = pen("front"), xs = axes.map((_, i) => axisX(i, p.w)), step = Math.max(1, Math.ceil(keptCount / most));
    const alpha = keptCount / step > 2000 ? 0.25 : keptCount / step > 300 ? 0.45 : 0.8;
    const paths = Array.from({ length: HUES }, () => []);
    for (let k = 0, n = 0; k < count; k++) {
        const i = order[count - 1 - k];
        if (kept[i] && (n++ % step === 0 || k > count - 50)) paths[Math.min(HUES - 1, Math.floor(rank[i] * HUES))].push(i);
    }
    p.g.lineWidth = 1;
    paths.forEach((list, hue) => {
        if (!list.length) return;
        p.g.strokeStyle = colour((hue + 0.5) / HUES, alpha);
        p.g.beginPath();
        for (const i of list) trace(p.g, i, xs, p.h);
        p.g.stroke();
    });
    p.g.lineWidth = 2;
    p.g.strokeStyle = css("--ink");
    p.g.beginPath();
    for (const i of chosen) if (kept[i]) trace(p.g, i, xs, p.h);
    p.g.stroke();
    p.g.lineWidth = 1;
    drawAxes(p);
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
    document.getElementById("kept").textContent = keptCount + " of " + count + " trials";
}

let drag = null;
function axisAt(x, w) {
    let best = 0;
    axes.forEach((_, i) => { if (Math.abs(axisX(i, w) - x) < Math.abs(axisX(best, w) - x)) best = i; });
    return best;
}
function unitAt(y, h) { return Math.min(1, Math.max(-0.06, 1 - (y - TOP) / ((h - TOP - BOTTOM) * GAP))); }

function startBrushing() {
    const canvas = document.getElementById("front");
    const place = e => ({ x: e.offsetX, y: e.offsetY, w: canvas.clientWidth, h: canvas.clientHeight });
    canvas.addEventListener("pointerdown", e => {
        const p = place(e);
        drag = { axis: axisAt(p.x, p.w), from: unitAt(p.y, p.h), moved: false };
        canvas.setPointerCapture(e.pointerId);
    });
    canvas.addEventListener("pointermove", e => {
        if (!drag) return;
        const p = place(e), u = unitAt(p.y, p.h);
        if (Math.abs(u - drag.from) > 0.01) drag.moved = true;
        if (!drag.moved) return;
        brushes.set(drag.axis, [Math.min(u, drag.from), Math.max(u, drag.from)]);
        later(() => { keep(); drawFront(LINES_WHILE_DRAGGING); });
    });
    canvas.addEventListener("pointerup", () => {
        if (!drag) return;
        if (!drag.moved) brushes.delete(drag.axis);
        drag = null;
        changed();
    });
    document.getElementById("clear").addEventListener("click", () => { brushes.clear(); changed(); });
}
