// The network: the library's operations one after the other, on Float32Arrays. Sums run in double precision and are rounded to
// float32, so that outputs are the library's but for its last digits.

function bytesOf(base64) {
  const text = atob(base64.trim()), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function floatsOf(base64) {
  const bytes = bytesOf(base64), view = new DataView(bytes.buffer);
  return Float32Array.from({length: bytes.length >> 2}, (_, i) => view.getFloat32(4 * i, true));
}

// What each operation is computed by: f(operation, its inputs, all weights) -> output.
const OPERATIONS = {...DENSE, ...NORMALISATIONS, ...WINDOWS, ...SHAPES};

// One sample, an array of numbers for each input -> a Float32Array for each output. Values are numbered: first the inputs, then
// what each operation makes.
function predict(model, weights, inputs) {
  model.inputs.forEach(({size}, i) => {
    if (inputs[i].length !== size) throw new Error(`${inputs[i].length} numbers, expected ${size}`);
  });
  const values = inputs.map(x => Float32Array.from(x));
  for (const op of model.operations) values.push(OPERATIONS[op.kind](op, op.from.map(i => values[i]), weights));
  return model.outputs.map(({value}) => values[value]);
}
