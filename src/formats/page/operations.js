// Dense layers, activations, normalisations, and what changes shapes.

const part = (weights, at, count) => at === null ? null : weights.subarray(at, at + count);

// Which of some numbers each element of a sample has, where they are alike over the axes that are not kept.
function indicesOf(shape, kept) {
  const size = shape.reduce((n, d) => n * d, 1), index = new Int32Array(size);
  for (let e = 0; e < size; e++) {
    let rest = e, step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (kept[axis]) {
        index[e] += rest % shape[axis] * step;
        step *= shape[axis];
      }
      rest = Math.floor(rest / shape[axis]);
    }
  }
  return index;
}

// Onto `width` sums at out[at] the rows of weights that begin at rows[0] … rows[count - 1], each times its value. Four at a time:
// a sum is read and written once for them.
function addRows(values, rows, count, weights, out, at, width) {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = values[i], b = values[i + 1], c = values[i + 2], d = values[i + 3];
    const ra = rows[i], rb = rows[i + 1], rc = rows[i + 2], rd = rows[i + 3];
    for (let j = 0; j < width; j++)
      out[at + j] += a * weights[ra + j] + b * weights[rb + j] + c * weights[rc + j] + d * weights[rd + j];
  }
  for (; i < count; i++) {
    const a = values[i], ra = rows[i];
    for (let j = 0; j < width; j++) out[at + j] += a * weights[ra + j];
  }
}

function addBias(out, bias, weights, width) {
  if (bias === null) return out;
  for (let at = 0; at < out.length; at += width)
    for (let j = 0; j < width; j++) out[at + j] += weights[bias + j];
  return out;
}

const DENSE = {
  // Kernels are (inputs, units); what is zero is left out.
  dense({inputs, units, kernel, bias}, [x], weights) {
    const rows = x.length / inputs, z = new Float32Array(rows * units);
    const values = new Float32Array(inputs), starts = new Int32Array(inputs);
    for (let r = 0; r < rows; r++) {
      let count = 0;
      for (let i = 0; i < inputs; i++) {
        const v = x[r * inputs + i];
        if (v === 0) continue;
        values[count] = v;
        starts[count++] = kernel + i * units;
      }
      addRows(values, starts, count, weights, z, r * units, units);
    }
    return addBias(z, bias, weights, units);
  },
  activation({name, p, cols}, [x]) {
    if (BY_ROW[name]) return byRow(x, cols, BY_ROW[name]);
    const f = ELEMENTWISE[name], y = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) y[i] = f(x[i], p);
    return y;
  },
  prelu({alpha, shape, kept}, [x], weights) {
    const index = indicesOf(shape, kept);
    return x.map((v, i) => v > 0 ? v : weights[alpha + index[i]] * v);
  },
};

// A row to mean 0 and variance 1.
function standardised(row, epsilon) {
  const mean = Math.fround(row.reduce((s, v) => s + v, 0) / row.length);
  const variance = Math.fround(row.reduce((s, v) => s + Math.fround(v - mean) ** 2, 0) / row.length);
  const inverse = Math.fround(1 / Math.fround(Math.sqrt(variance + epsilon)));
  return row.map(v => Math.fround(v - mean) * inverse);
}

// Times gamma and plus beta of its column, where there are any.
function scaled(x, cols, gamma, beta, weights) {
  return x.map((v, i) => {
    const c = i % cols, h = gamma === null ? v : Math.fround(v * weights[gamma + c]);
    return beta === null ? h : h + weights[beta + c];
  });
}

const NORMALISATIONS = {
  batchnorm({cols, gamma, beta, mean, variance, epsilon}, [x], weights) {
    const scale = Float32Array.from({length: cols}, (_, c) => {
      const inverse = Math.fround(1 / Math.fround(Math.sqrt(Math.fround(weights[variance + c] + epsilon))));
      return gamma === null ? inverse : weights[gamma + c] * inverse;
    });
    return x.map((v, i) => {
      const c = i % cols;
      return Math.fround(v - weights[mean + c]) * scale[c] + (beta === null ? 0 : weights[beta + c]);
    });
  },
  layernorm({cols, gamma, beta, epsilon}, [x], weights) {
    return scaled(byRow(x, cols, (row, out) => out.set(standardised(row, epsilon))), cols, gamma, beta, weights);
  },
  // Divided by the deviation; no mean is taken from it.
  rmsscaling({cols, gamma, beta, epsilon}, [x], weights) {
    return scaled(byRow(x, cols, (row, out) => {
      const mean = row.reduce((sum, v) => sum + v, 0) / cols;
      const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / cols;
      const inverse = Math.fround(1 / Math.sqrt(Math.fround(variance + epsilon)));
      out.set(row.map(v => v * inverse));
    }), cols, gamma, beta, weights);
  },
  // The channels of each group at all places are one row.
  groupnorm({cols, groups, gamma, beta, epsilon}, [x], weights) {
    const each = cols / groups, places = x.length / cols, y = new Float32Array(x.length);
    for (let g = 0; g < groups; g++) {
      const at = i => Math.floor(i / each) * cols + g * each + i % each;
      standardised(Float32Array.from({length: places * each}, (_, i) => x[at(i)]), epsilon)
        .forEach((v, i) => { y[at(i)] = v; });
    }
    return scaled(y, cols, gamma, beta, weights);
  },
  softmaxover({size, inner}, [x]) {
    const y = new Float32Array(x.length), row = new Float32Array(size), out = new Float32Array(size);
    for (let at = 0; at < x.length; at += size * inner) {
      for (let n = 0; n < inner; n++) {
        for (let i = 0; i < size; i++) row[i] = x[at + i * inner + n];
        BY_ROW.softmax(row, out);
        for (let i = 0; i < size; i++) y[at + i * inner + n] = out[i];
      }
    }
    return y;
  },
  unitnorm({shape, kept, least}, [x]) {
    const index = indicesOf(shape, kept), squares = new Float64Array(x.length);
    x.forEach((v, i) => { squares[index[i]] += v * v; });
    return x.map((v, i) => v * Math.fround(1 / Math.max(least, Math.sqrt(squares[index[i]]))));
  },
  normalization({shape, kept, mean, variance, invert}, [x]) {
    const index = indicesOf(shape, kept);
    const deviation = Float32Array.from(variance, v => Math.max(1e-7, Math.fround(Math.sqrt(Math.fround(v)))));
    return x.map((v, i) => {
      const m = Math.fround(mean[index[i]]), d = deviation[index[i]];
      return invert ? m + Math.fround(v * d) : Math.fround(v - m) / d;
    });
  },
  rescaling: ({scale, offset}, [x]) => x.map((v, i) => Math.fround(v * scale[i % scale.length]) + offset[i % offset.length]),
};

// Inputs of one shape, element by element, each with the result so far.
const MERGE = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  average: (a, b) => a + b,
  maximum: (a, b) => a >= b ? a : b,
  minimum: (a, b) => a <= b ? a : b,
};

// A sample of the given shape as rows along an axis: how many, how long, from element to element, and where a row begins.
function rowsAlong(shape, axis) {
  const step = shape.slice(axis + 1).reduce((n, d) => n * d, 1), length = shape[axis];
  const rows = shape.reduce((n, d) => n * d, 1) / length;
  return {rows, length, step, start: r => Math.floor(r / step) * length * step + r % step};
}

const SHAPES = {
  merge({how}, inputs) {
    const sum = inputs.slice(1).reduce((y, x) => y.map((v, i) => MERGE[how](v, x[i])), inputs[0]);
    return how === 'average' ? sum.map(v => v / inputs.length) : sum;
  },
  concatenate({outer}, inputs) {
    const y = new Float32Array(inputs.reduce((n, x) => n + x.length, 0));
    let at = 0;
    for (let r = 0; r < outer; r++) {
      for (const x of inputs) {
        const width = x.length / outer;
        y.set(x.subarray(r * width, (r + 1) * width), at);
        at += width;
      }
    }
    return y;
  },
  dot({shapes, axes}, [x, y]) {
    const a = rowsAlong(shapes[0], axes[0]), b = rowsAlong(shapes[1], axes[1]);
    return Float32Array.from({length: a.rows * b.rows}, (_, i) => {
      const p = a.start(Math.floor(i / b.rows)), q = b.start(i % b.rows);
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += x[p + k * a.step] * y[q + k * b.step];
      return sum;
    });
  },
  permute({shape, strides}, [x]) {
    const y = new Float32Array(x.length);
    for (let e = 0; e < y.length; e++) {
      let rest = e, from = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += rest % shape[axis] * strides[axis];
        rest = Math.floor(rest / shape[axis]);
      }
      y[e] = x[from];
    }
    return y;
  },
  repeat({times, inner}, [x]) {
    const y = new Float32Array(times * x.length);
    for (let at = 0; at < x.length; at += inner)
      for (let i = 0; i < times; i++) y.set(x.subarray(at, at + inner), at * times + i * inner);
    return y;
  },
};
