// Activations, as the library computes them.

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
