// Convolution, pooling, and what moves pixels. Images are (h, w, c) in memory, channels last; a series is an image of one row. A
// window has kh × kw taps, sy and sx apart from output to output, dy and dx apart from tap to tap.

// For each output of an axis the taps that fall on the image: [tap, input] pairs.
function tapsOf(outputs, stride, taps, dilation, before, inputs) {
  return Array.from({length: outputs}, (_, o) => {
    const met = [];
    for (let k = 0; k < taps; k++) {
      const at = o * stride + k * dilation - before;
      if (at >= 0 && at < inputs) met.push([k, at]);
    }
    return met;
  });
}

const rowTaps = w => tapsOf(w.oh, w.sy, w.kh, w.dy, w.top, w.h);
const colTaps = w => tapsOf(w.ow, w.sx, w.kw, w.dx, w.left, w.w);

// f(inputs, y, at) for each output pixel: the offsets of the pixels in its window and where its own channels begin in y.
function pool(w, f) {
  const y = new Float32Array(w.oh * w.ow * w.c), rows = rowTaps(w), cols = colTaps(w);
  for (let oy = 0, at = 0; oy < w.oh; oy++)
    for (let ox = 0; ox < w.ow; ox++, at += w.c)
      f(rows[oy].flatMap(([, iy]) => cols[ox].map(([, ix]) => (iy * w.w + ix) * w.c)), y, at);
  return y;
}

// The two inputs beside output o, and how far it lies from the first to the second.
function beside(o, inputs, outputs, bilinear) {
  const at = Math.fround(Math.fround(o + 0.5) * Math.fround(inputs / outputs));
  if (!bilinear) return [Math.min(inputs - 1, Math.floor(at)), 0, 0];
  const shifted = Math.fround(at - 0.5), below = Math.floor(shifted);
  return [Math.max(0, below), Math.min(inputs - 1, below + 1), shifted - below];
}

const WINDOWS = {
  // Kernels are (kh, kw, channels of a group, filters).
  convolution({window: w, kernel, bias}, [x], weights) {
    const inputs = w.c / w.groups, filters = w.oc / w.groups, rows = rowTaps(w), cols = colTaps(w);
    const y = new Float32Array(w.oh * w.ow * w.oc);
    const values = new Float32Array(w.kh * w.kw * inputs), starts = new Int32Array(values.length);
    for (let g = 0; g < w.groups; g++)
      for (let oy = 0, at = g * filters; oy < w.oh; oy++)
        for (let ox = 0; ox < w.ow; ox++, at += w.oc) {
          let count = 0;
          for (const [ky, iy] of rows[oy])
            for (const [kx, ix] of cols[ox]) {
              const pixel = (iy * w.w + ix) * w.c + g * inputs, row = (ky * w.kw + kx) * inputs;
              for (let i = 0; i < inputs; i++) {
                const v = x[pixel + i];
                if (v === 0) continue;
                values[count] = v;
                starts[count++] = kernel + (row + i) * w.oc + g * filters;
              }
            }
          addRows(values, starts, count, weights, y, at, filters);
        }
    return addBias(y, bias, weights, w.oc);
  },
  // From (oh, ow, oc) to (h, w, c), kernels (kh, kw, c, oc): each input pixel adds to the outputs in its window.
  transposed({window: w, kernel, bias}, [x], weights) {
    const y = new Float32Array(w.h * w.w * w.c), rows = rowTaps(w), cols = colTaps(w);
    for (let oy = 0, from = 0; oy < w.oh; oy++)
      for (let ox = 0; ox < w.ow; ox++, from += w.oc)
        for (const [ky, iy] of rows[oy])
          for (const [kx, ix] of cols[ox]) {
            const to = (iy * w.w + ix) * w.c, tap = kernel + (ky * w.kw + kx) * w.c * w.oc;
            for (let c = 0; c < w.c; c++) {
              let sum = 0;
              for (let o = 0; o < w.oc; o++) sum += x[from + o] * weights[tap + c * w.oc + o];
              y[to + c] += sum;
            }
          }
    return addBias(y, bias, weights, w.c);
  },
  maxpool: ({window: w}, [x]) => pool(w, (pixels, y, at) => {
    for (let c = 0; c < w.c; c++) {
      let most = x[pixels[0] + c];
      for (let i = 1; i < pixels.length; i++) if (x[pixels[i] + c] > most) most = x[pixels[i] + c];
      y[at + c] = most;
    }
  }),
  // Over what lies inside the image.
  averagepool: ({window: w}, [x]) => pool(w, (pixels, y, at) => {
    for (let c = 0; c < w.c; c++) {
      let sum = 0;
      for (let i = 0; i < pixels.length; i++) sum += x[pixels[i] + c];
      y[at + c] = sum / pixels.length;
    }
  }),
  // (h, w, c) with `sides` (top, left, bottom, right) rows and columns of zeros around it, and out of them.
  pad({h, w, c, sides: [top, left, bottom, right]}, [x]) {
    const wide = (left + w + right) * c, y = new Float32Array((top + h + bottom) * wide);
    for (let r = 0; r < h; r++) y.set(x.subarray(r * w * c, (r + 1) * w * c), (top + r) * wide + left * c);
    return y;
  },
  crop({h, w, c, sides: [top, left, , right]}, [x]) {
    const wide = (left + w + right) * c, y = new Float32Array(h * w * c);
    for (let r = 0; r < h; r++) {
      const from = (top + r) * wide + left * c;
      y.set(x.subarray(from, from + w * c), r * w * c);
    }
    return y;
  },
  resize({h, w, c, oh, ow, bilinear}, [x]) {
    const y = new Float32Array(oh * ow * c);
    for (let oy = 0, at = 0; oy < oh; oy++) {
      const [top, bottom, down] = beside(oy, h, oh, bilinear);
      for (let ox = 0; ox < ow; ox++) {
        const [left, right, along] = beside(ox, w, ow, bilinear);
        for (let i = 0; i < c; i++) {
          const pixel = (row, col) => x[(row * w + col) * c + i];
          const above = pixel(top, left) + (pixel(top, right) - pixel(top, left)) * along;
          const below = pixel(bottom, left) + (pixel(bottom, right) - pixel(bottom, left)) * along;
          y[at++] = bilinear ? above + (below - above) * down : above;
        }
      }
    }
    return y;
  },
  // (outer, n, inner) to (outer, on, inner): each output is a sum of `taps` inputs, from one of `first` on.
  resample({outer, n, inner, taps, first, weight}, [x]) {
    const on = first.length, y = new Float32Array(outer * on * inner);
    for (let k = 0, at = 0; k < outer; k++) {
      for (let o = 0; o < on; o++) {
        const from = (k * n + first[o]) * inner;
        for (let i = 0; i < inner; i++) {
          let sum = 0;
          for (let t = 0; t < taps; t++) sum += weight[o * taps + t] * x[from + t * inner + i];
          y[at++] = sum;
        }
      }
    }
    return y;
  },
};
