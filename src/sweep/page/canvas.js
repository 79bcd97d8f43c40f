// Drawing on a canvas in CSS pixels, sharp on every screen.
function pen(id) {
    const canvas = document.getElementById(id), scale = window.devicePixelRatio || 1;
    const w = canvas.clientWidth, h = canvas.clientHeight;
    if (canvas.width !== Math.round(w * scale) || canvas.height !== Math.round(h * scale)) {
        canvas.width = Math.round(w * scale);
        canvas.height = Math.round(h * scale);
    }
    const g = canvas.getContext("2d");
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.clearRect(0, 0, w, h);
    g.font = "12px system-ui, sans-serif";
    return { g, w, h, canvas };
}
// Colours are asked for once: asking makes the browser bring its styles up to date.
const styles = new Map();
function css(name) {
    if (!styles.has(name)) styles.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    return styles.get(name);
}

// The end of a text that is too long: names differ there.
function fit(g, text, width) {
    if (g.measureText(text).width <= width) return text;
    let first = 1;
    while (first < text.length - 1 && g.measureText("…" + text.slice(first)).width > width) first++;
    return "…" + text.slice(first);
}

// In the place of a figure that has nothing to show.
function say(p, text) {
    p.g.fillStyle = css("--muted");
    p.g.textAlign = "center";
    p.g.fillText(text, p.w / 2, p.h / 2);
}

function ticks(c) {
    if (c.none) return [];
    if (c.words) return c.words.map((_, i) => i);
    if (c.log) {
        const list = [];
        for (let e = Math.ceil(Math.log10(c.low) - 1e-9); e <= Math.log10(c.high) + 1e-9; e++) list.push(Math.pow(10, e));
        return list.length > 1 ? list : [c.low, c.high];
    }
    if (c.high === c.low) return [c.low];
    const raw = (c.high - c.low) / 4, power = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = [1, 2, 5, 10].map(k => k * power).find(s => s >= raw), list = [];
    for (let v = Math.ceil(c.low / step - 1e-9) * step; v <= c.high + step * 1e-9; v += step) list.push(Math.abs(v) < step * 1e-9 ? 0 : v);
    return list;
}

// A frame with two axes; gives the functions from values to places.
function frame(p, x, y, left, top = 12) {
    const { g, w, h } = p, box = { x: left, y: top, w: w - left - 14, h: h - top - 38 };
    g.strokeStyle = css("--line");
    g.fillStyle = css("--muted");
    g.lineWidth = 1;
    const px = v => box.x + along(x, v) * box.w, py = v => box.y + box.h - along(y, v) * box.h;
    g.textAlign = "center";
    let last = -Infinity;
    for (const t of ticks(x)) {
        const at = Math.round(px(t)) + 0.5, text = shown(x, t), half = g.measureText(text).width / 2;
        const middle = Math.max(half + 2, Math.min(at, w - half - 2));
        g.beginPath(); g.moveTo(at, box.y); g.lineTo(at, box.y + box.h); g.stroke();
        if (middle - half < last + 8) continue;
        g.fillText(text, middle, box.y + box.h + 14);
        last = middle + half;
    }
    g.textAlign = "right";
    for (const t of ticks(y)) {
        const at = Math.round(py(t)) + 0.5;
        g.beginPath(); g.moveTo(box.x, at); g.lineTo(box.x + box.w, at); g.stroke();
        g.fillText(shown(y, t), box.x - 6, at + 4);
    }
    g.textAlign = "center";
    g.fillStyle = css("--ink");
    g.fillText(fit(g, x.name, box.w), box.x + box.w / 2, h - 7);
    return { px, py, box };
}
