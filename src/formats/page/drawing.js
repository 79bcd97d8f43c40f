// From strokes, or from a picture, to the image that the network sees: made as MNIST's images were (LeCun et al., 1998,
// section III): the ink scaled with its aspect kept until its larger side fills a box (20 of 28 pixels), with grey
// edges, then moved by whole pixels until its centre of mass is the centre. Strokes are kept as lines, so that they are
// drawn anew at that size; their width there stays within MNIST's, however small or large one draws.

const FINE = 4; // subpixels a side of a pixel, for grey edges
const PEN = {pad: 0.075, least: 2.2, most: 3.2}; // diameter: of the pad's side; then of MNIST's 28 pixels

const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

function bounds(points) {
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
  return {left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys)};
}

// The square of the distance of (x, y) from the line a-b.
function distance2(x, y, a, b) {
  const dx = b[0] - a[0], dy = b[1] - a[1], length2 = dx * dx + dy * dy;
  const t = length2 ? clamp(((x - a[0]) * dx + (y - a[1]) * dy) / length2, 0, 1) : 0;
  return (x - a[0] - t * dx) ** 2 + (y - a[1] - t * dy) ** 2;
}

// Strokes in pixels, as grey values 0 … 1: the share of each pixel that lies under the pen.
function inked(strokes, radius, height, width) {
  const rows = height * FINE, cols = width * FINE, covered = new Uint8Array(rows * cols);
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; i++) {
      const a = stroke[Math.max(0, i - 1)], b = stroke[i], box = bounds([a, b]);
      const firstRow = Math.max(0, Math.floor((box.top - radius) * FINE));
      const lastRow = Math.min(rows - 1, Math.ceil((box.bottom + radius) * FINE));
      const firstCol = Math.max(0, Math.floor((box.left - radius) * FINE));
      const lastCol = Math.min(cols - 1, Math.ceil((box.right + radius) * FINE));
      for (let r = firstRow; r <= lastRow; r++)
        for (let c = firstCol; c <= lastCol; c++)
          if (distance2((c + 0.5) / FINE, (r + 0.5) / FINE, a, b) <= radius * radius) covered[r * cols + c] = 1;
    }
  }
  const grey = new Float32Array(height * width);
  covered.forEach((c, i) => {
    if (c) grey[Math.floor(i / cols / FINE) * width + Math.floor(i % cols / FINE)] += 1 / (FINE * FINE);
  });
  return grey;
}

// How far an image must move, in whole pixels, for its centre of mass to be the image's centre.
function offCentre(grey, height, width) {
  let mass = 0, x = 0, y = 0;
  grey.forEach((v, i) => {
    mass += v;
    x += v * (i % width);
    y += v * Math.floor(i / width);
  });
  return mass ? [Math.round(width / 2 - x / mass), Math.round(height / 2 - y / mass)] : [0, 0];
}

function moved(grey, height, width, [dx, dy]) {
  return grey.map((_, i) => {
    const x = i % width - dx, y = Math.floor(i / width) - dy;
    return x >= 0 && x < width && y >= 0 && y < height ? grey[y * width + x] : 0;
  });
}

// MNIST's numbers are bytes over 255.
const asBytes = grey => grey.map(v => Math.round(255 * v) / 255);

function finish(grey, {height, width, byMass}) {
  return asBytes(byMass ? moved(grey, height, width, offCentre(grey, height, width)) : grey);
}

// frame: {height, width, margin: pixels left free on each side of the box, byMass}; points are in units of the pad.
function imageOfStrokes(strokes, frame) {
  const {height, width, margin} = frame, points = strokes.flat();
  if (!points.length) return new Float32Array(height * width);
  const box = bounds(points), unit = Math.min(height, width) / 28;
  const across = Math.max(box.right - box.left, 0.02), down = Math.max(box.bottom - box.top, 0.02);
  const room = diameter => Math.min((width - 2 * margin - diameter) / across, (height - 2 * margin - diameter) / down);
  const most = 3 * Math.min(height, width); // a dot stays a dot
  const fit = diameter => Math.min(most, room(diameter));
  const diameter = clamp(PEN.pad * fit(PEN.least * unit), PEN.least * unit, PEN.most * unit), scale = fit(diameter);
  const x = width / 2 - scale * (box.left + box.right) / 2, y = height / 2 - scale * (box.top + box.bottom) / 2;
  const placed = strokes.map(s => s.map(p => [p[0] * scale + x, p[1] * scale + y]));
  return finish(inked(placed, diameter / 2, height, width), frame);
}

// ---- pictures: {height, width, values: grey 0 … 1 or channels side by side} ----------------------------------------

// The part of `grey` within `from` (fractions of pixels too), averaged into rows × cols.
function averaged({width, values}, from, rows, cols) {
  const high = (from.bottom - from.top) / rows, wide = (from.right - from.left) / cols;
  return Float32Array.from({length: rows * cols}, (_, i) => {
    const top = from.top + Math.floor(i / cols) * high, left = from.left + i % cols * wide;
    let sum = 0, area = 0;
    for (let y = Math.floor(top); y < top + high; y++) {
      for (let x = Math.floor(left); x < left + wide; x++) {
        const share = (Math.min(y + 1, top + high) - Math.max(y, top)) * (Math.min(x + 1, left + wide) - Math.max(x, left));
        sum += share * (values[y * width + x] || 0);
        area += share;
      }
    }
    return sum / area;
  });
}

// Dark ink on light paper becomes light on dark; paper that is not quite black becomes black.
function onBlack({height, width, values}) {
  const edge = values.filter((_, i) => i < width || i >= values.length - width || i % width === 0 || i % width === width - 1);
  const paper = [...edge].sort((a, b) => a - b)[edge.length >> 1];
  const ink = values.map(v => paper > 0.5 ? paper - v : v - paper);
  const most = ink.reduce((m, v) => Math.max(m, v), 1e-6);
  return {height, width, values: ink.map(v => v < 0.15 * most ? 0 : v / most)};
}

// A picture of ink on paper, scaled and centred as strokes are.
function imageOfPicture(picture, frame) {
  const {height, width, margin} = frame, clean = onBlack(picture), points = [];
  clean.values.forEach((v, i) => { if (v > 0.3) points.push([i % clean.width, Math.floor(i / clean.width)]); });
  if (!points.length) return new Float32Array(height * width);
  const box = points.reduce((b, [x, y]) => ({left: Math.min(b.left, x), right: Math.max(b.right, x + 1),
    top: Math.min(b.top, y), bottom: Math.max(b.bottom, y + 1)}),
    {left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity});
  const across = box.right - box.left, down = box.bottom - box.top;
  const scale = Math.min((width - 2 * margin) / across, (height - 2 * margin) / down);
  const cols = clamp(Math.round(across * scale), 1, width), rows = clamp(Math.round(down * scale), 1, height);
  const small = averaged(clean, box, rows, cols), grey = new Float32Array(height * width);
  const x = (width - cols) >> 1, y = (height - rows) >> 1;
  small.forEach((v, i) => { grey[(y + Math.floor(i / cols)) * width + x + i % cols] = v; });
  return finish(grey, frame);
}
