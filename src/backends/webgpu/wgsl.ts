/**
 * Functions in WGSL for programs. The errors of the language's own functions depend on the driver (a
 * logarithm near 1 may be off by 2^-21). So values that need all digits of float32 are computed here from
 * arithmetic alone.
 */

/** Cephes' expf: x = k log 2 + r, a polynomial for r. 0 and infinity where the result is out of range. */
const exponential = `
fn exponential(x : f32) -> f32 {
  if (isnan(x)) { return x; }
  let bounded = clamp(x, -104.0, 89.0);
  let k = floor(bounded * 1.44269504 + 0.5);
  var r = bounded - k * 0.693359375;
  r = r + k * 2.12194440e-4;
  var y = 1.9875691500e-4;
  y = y * r + 1.3981999507e-3;
  y = y * r + 8.3334519073e-3;
  y = y * r + 4.1665795894e-2;
  y = y * r + 1.6666665459e-1;
  y = y * r + 5.0000001201e-1;
  y = y * r * r + r + 1.0;
  let half = i32(k) / 2;
  return y * power_of_two(half) * power_of_two(i32(k) - half);
}`

const powerOfTwo = `
fn power_of_two(k : i32) -> f32 { return bitcast<f32>((k + 127) << 23); }`

/** Cephes' logf: x = m 2^k with m from sqrt(1/2) to sqrt(2), a polynomial for m - 1. */
const logarithm = `
fn logarithm(given : f32) -> f32 {
  if (isnan(given) || given < 0.0) { return uniforms.NAN; }
  if (given == 0.0) { return -uniforms.INFINITY; }
  if (given == uniforms.INFINITY) { return given; }
  var x = given;
  var k = 0;
  if (x < 1.17549435e-38) { x = x * 8388608.0; k = -23; }
  let bits = bitcast<i32>(x);
  k = k + ((bits >> 23) & 255) - 126;
  var m = bitcast<f32>((bits & 0x007fffff) | 0x3f000000);
  if (m < 0.707106781) { k = k - 1; m = m + m; }
  m = m - 1.0;
  let z = m * m;
  var y = 7.0376836292e-2;
  y = y * m - 1.1514610310e-1;
  y = y * m + 1.1676998740e-1;
  y = y * m - 1.2420140846e-1;
  y = y * m + 1.4249322787e-1;
  y = y * m - 1.6668057665e-1;
  y = y * m + 2.0000714765e-1;
  y = y * m - 2.4999993993e-1;
  y = y * m + 3.3333331174e-1;
  y = y * m * z;
  let e = f32(k);
  y = y + e * -2.12194440e-4;
  y = y - 0.5 * z;
  return m + y + e * 0.693359375;
}`

/** Cephes' tanhf. */
const hyperbolicTangent = `
fn hyperbolic_tangent(x : f32) -> f32 {
  let size = abs(x);
  if (size < 0.625) {
    let z = x * x;
    var y = -5.70498872745e-3;
    y = y * z + 2.06390887954e-2;
    y = y * z - 5.37397155531e-2;
    y = y * z + 1.33314422036e-1;
    y = y * z - 3.33332819422e-1;
    return y * z * x + x;
  }
  let far = 1.0 - 2.0 / (exponential(2.0 * size) + 1.0);
  return select(far, -far, x < 0.0);
}`

const logistic = `
fn logistic(x : f32) -> f32 {
  let e = exponential(-abs(x));
  return select(1.0, e, x < 0.0) / (1.0 + e);
}`

/** As JavaScript's: a negative base with an integer exponent is allowed. */
const powerOf = `
fn power_of(base : f32, exponent : f32) -> f32 {
  if (exponent == 0.0) { return 1.0; }
  if (exponent == 1.0) { return base; }
  if (exponent == 2.0) { return base * base; }
  if (exponent == 0.5) { return sqrt(base); }
  if (exponent == -0.5) { return 1.0 / sqrt(base); }
  if (exponent == -1.0) { return 1.0 / base; }
  let whole = floor(exponent) == exponent;
  let negative = base < 0.0 && whole && (exponent - 2.0 * floor(exponent / 2.0)) != 0.0;
  if (base < 0.0 && !whole) { return uniforms.NAN; }
  if (whole && abs(exponent) <= 16.0) {
    var y = 1.0;
    for (var i = 0; i < i32(abs(exponent)); i++) { y = y * base; }
    return select(y, 1.0 / y, exponent < 0.0);
  }
  if (base == 0.0) { return select(0.0, uniforms.INFINITY, exponent < 0.0); }
  let y = exponential(exponent * logarithm(abs(base)));
  return select(y, -y, negative);
}`

/**
 * erfc by the Chebyshev fit of Numerical Recipes (section 6.2), relative error below 1.2e-7; Phi(x), the
 * share of a standard normal distribution below x, and its density.
 */
const normal = `
fn normal_below(x : f32) -> f32 {
  let a = abs(x) * 0.70710678;
  let t = 1.0 / (1.0 + 0.5 * a);
  var y = 0.17087277;
  y = y * t - 0.82215223;
  y = y * t + 1.48851587;
  y = y * t - 1.13520398;
  y = y * t + 0.27886807;
  y = y * t - 0.18628806;
  y = y * t + 0.09678418;
  y = y * t + 0.37409196;
  y = y * t + 1.00002368;
  y = y * t - 1.26551223;
  let upper = 0.5 * t * exponential(y - a * a);
  return select(1.0 - upper, upper, x < 0.0);
}
fn normal_density(x : f32) -> f32 { return 0.39894228 * exponential(-0.5 * x * x); }`

const minimum = `
fn least(a : f32, b : f32) -> f32 {
  if (isnan(a)) { return a; }
  if (isnan(b)) { return b; }
  return min(a, b);
}
fn greatest(a : f32, b : f32) -> f32 {
  if (isnan(a)) { return a; }
  if (isnan(b)) { return b; }
  return max(a, b);
}`

/** t (r - 1 - log r) of two shares and the logarithm of r = s / t; near r = 1 by the series of exp. */
const divergence = `
fn divergence(t : f32, s : f32, x : f32) -> f32 {
  if (abs(x) > 0.5) { return select(s - t - t * x, s, t == 0.0); }
  return t * x * x * (0.5 + x * (1.6666667e-1 + x * (4.1666667e-2 + x * (8.3333333e-3 + x * (1.3888889e-3
    + x * (1.9841270e-4 + x * 2.4801587e-5))))));
}`

/** Below all scores: WGSL has no literal for an infinity. */
export const lowest = '-3.4028234e38'

/** Each with what it needs, in that order. */
const parts = [
  { names: ['power_of_two', 'exponential'], text: powerOfTwo + exponential, needs: [] },
  { names: ['logarithm'], text: logarithm, needs: [] },
  { names: ['hyperbolic_tangent'], text: hyperbolicTangent, needs: ['exponential'] },
  { names: ['logistic'], text: logistic, needs: ['exponential'] },
  { names: ['power_of'], text: powerOf, needs: ['exponential', 'logarithm'] },
  { names: ['normal_below', 'normal_density'], text: normal, needs: ['exponential'] },
  { names: ['least', 'greatest'], text: minimum, needs: [] },
  { names: ['divergence'], text: divergence, needs: [] },
] as const

/** The functions above that a program uses, to be put before it. */
export function functionsFor(code: string): string {
  const wanted = new Set<string>()
  for (const { names, needs } of [...parts].reverse())
    if (names.some((name) => code.includes(`${name}(`) || wanted.has(name)))
      for (const name of [...names, ...needs]) wanted.add(name)
  return parts
    .filter(({ names }) => names.some((name) => wanted.has(name)))
    .map(({ text }) => text)
    .join('\n')
}
