// The network: the same operations in the same order as the library's, in float32. A product summed in double and
// rounded is a fused multiply-add but for ties that are hardly ever met; a Float32Array rounds what is put into it.

function bytesOf(base64) {
  const text = atob(base64.trim()), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function floatsOf(base64) {
  const bytes = bytesOf(base64), view = new DataView(bytes.buffer);
  return Float32Array.from({length: bytes.length >> 2}, (_, i) => view.getFloat32(4 * i, true));
}

const polynomial = (x, c) => c.reduceRight((y, k) => y * x + k, 0);

// Near 0 a polynomial; far from it 1 - exp(-q), q approximating -log erfc: the library's coefficients.
function erf(x) {
  const size = Math.abs(x), t = Math.min(4, size);
  const near = size + size * polynomial(x * x, [
    0.128379166, -0.376126349, 0.112836942, -0.0268592853, 0.00520071853, -0.000813891005, 8.35337923e-5]);
  const far = 1 - Math.exp(-polynomial(t, [
    -0.000173239707, 1.12950814, 0.633360267, 0.108265795, -0.025110431, 0.0041677393, -0.0004337953,
    2.10388916e-5]));
  return Math.sign(x) * (size < 0.92 ? near : far);
}

const sigmoid = z => 1 / (1 + Math.exp(-z));
const softplus = z => Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z)));
const hardSigmoid = z => Math.min(6, Math.max(0, z + 3)) / 6;
const SELU = [1.0507009873554804934, 1.6732632423543772848];

// p: negative slope, greatest value (null: none), threshold.
function relu(z, p) {
  const least = p[1] === null ? -Infinity : 0, most = p[1] === null ? Infinity : p[1];
  const kept = Math.min(most, Math.max(least, z <= p[2] ? 0 : z));
  return kept - (p[0] ? p[0] * Math.max(p[2] - z, 0) : 0);
}

const ELEMENTWISE = {
  linear: z => z,
  relu,
  relu6: z => Math.min(6, Math.max(0, z)),
  leaky_relu: (z, p) => z <= 0 ? p[0] * z : z,
  elu: (z, p) => z > 0 ? z : p[0] * Math.expm1(z),
  celu: (z, p) => z > 0 ? z : p[0] * Math.expm1(z / p[0]),
  selu: z => z < 0 ? SELU[0] * SELU[1] * Math.expm1(z) : SELU[0] * z,
  gelu: (z, p) => 0.5 * z * (1 + (p[0] ? Math.tanh(0.79788456080286536 * (z + 0.044715 * z * z * z))
                                       : erf(z * Math.SQRT1_2))),
  sigmoid,
  tanh: z => Math.tanh(z),
  softplus,
  softsign: z => z / (1 + Math.abs(z)),
  silu: z => z * sigmoid(z),
  mish: z => z * Math.tanh(softplus(z)),
  exponential: z => Math.exp(z),
  hard_sigmoid: hardSigmoid,
  hard_silu: z => z * hardSigmoid(z),
};

// Over each row of `cols`; f(row in, row out).
function byRow(x, cols, f) {
  const y = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += cols) f(x.subarray(at, at + cols), y.subarray(at, at + cols));
  return y;
}

const BY_ROW = {
  softmax(z, a) {
    const most = z.reduce((m, v) => Math.max(m, v), -Infinity);
    let sum = 0;
    for (let i = 0; i < z.length; i++) sum += a[i] = Math.fround(Math.exp(Math.fround(z[i] - most)));
    for (let i = 0; i < z.length; i++) a[i] = a[i] / Math.fround(sum);
  },
  log_softmax(z, a) {
    const most = z.reduce((m, v) => Math.max(m, v), -Infinity);
    let sum = 0;
    for (let i = 0; i < z.length; i++) sum += Math.exp(Math.fround(z[i] - most));
    for (let i = 0; i < z.length; i++) a[i] = Math.fround(z[i] - most) - Math.log(sum);
  },
};

const part = (weights, at, count) => at === null ? null : weights.subarray(at, at + count);

// Each takes an operation, its input and all weights, and returns its output. Kernels are (inputs, units).
const OPERATIONS = {
  dense({inputs, units, kernel, bias}, x, weights) {
    const rows = x.length / inputs, z = new Float32Array(rows * units), b = part(weights, bias, units);
    for (let r = 0; r < rows; r++) {
      const out = z.subarray(r * units, (r + 1) * units);
      for (let i = 0; i < inputs; i++) {
        const v = x[r * inputs + i], from = kernel + i * units;
        if (v !== 0) for (let j = 0; j < units; j++) out[j] = v * weights[from + j] + out[j];
      }
      if (b) for (let j = 0; j < units; j++) out[j] += b[j];
    }
    return z;
  },
  activation({name, p, cols}, x) {
    if (BY_ROW[name]) return byRow(x, cols, BY_ROW[name]);
    return x.map(z => ELEMENTWISE[name](z, p));
  },
  batchnorm({cols, gamma, beta, mean, variance, epsilon}, x, weights) {
    const scale = Float32Array.from({length: cols}, (_, c) => {
      const inverse = Math.fround(1 / Math.fround(Math.sqrt(Math.fround(weights[variance + c] + epsilon))));
      return gamma === null ? inverse : weights[gamma + c] * inverse;
    });
    return x.map((v, i) => {
      const c = i % cols;
      return Math.fround(v - weights[mean + c]) * scale[c] + (beta === null ? 0 : weights[beta + c]);
    });
  },
  layernorm({cols, gamma, beta, epsilon}, x, weights) {
    return byRow(x, cols, (row, out) => {
      const mean = Math.fround(row.reduce((s, v) => s + v, 0) / cols);
      const variance = Math.fround(row.reduce((s, v) => s + Math.fround(v - mean) ** 2, 0) / cols);
      const inverse = Math.fround(1 / Math.fround(Math.sqrt(variance + epsilon)));
      row.forEach((v, c) => {
        let h = Math.fround(Math.fround(v - mean) * inverse);
        if (gamma !== null) h = Math.fround(h * weights[gamma + c]);
        out[c] = beta === null ? h : h + weights[beta + c];
      });
    });
  },
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

// Operations of several inputs.
const JOINS = {
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
};

// One sample in, one output: Float32Array or array of numbers -> Float32Array.
function predict(model, weights, sample) {
  if (sample.length !== model.size) throw new Error(`${sample.length} numbers, expected ${model.size}`);
  const values = [Float32Array.from(sample)];
  for (const op of model.operations) {
    const inputs = op.from.map(i => values[i]), join = JOINS[op.kind];
    values.push(join ? join(op, inputs) : OPERATIONS[op.kind](op, inputs[0], weights));
  }
  return values[values.length - 1];
}
