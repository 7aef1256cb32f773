/**
 * The error function in float64, for gelu. W. J. Cody, "Rational Chebyshev approximations for the error
 * function", Mathematics of Computation 23 (1969), with the coefficients of his CALERF: relative error below
 * 1e-15 in each of three ranges.
 */
const small = {
  p: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  q: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
}
const middle = {
  p: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001,
    881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  q: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
    4362.619090143247, 3439.3676741437216, 1230.3393548037495,
  ],
}
const large = {
  p: [
    0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
    0.0006587491615298378,
  ],
  q: [
    1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918,
  ],
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
}

/** exp(-x^2) without the rounding error of x^2: x is split where its square is exact. */
function exponential(x: number): number {
  const head = Math.trunc(x * 16) / 16
  return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head))
}

/** erfc of x > 0.46875; 0 where it is below all numbers. */
function upper(x: number): number {
  if (x > 27) return 0
  if (x <= 4) return (exponential(x) * polynomial(middle.p, x)) / polynomial(middle.q, x)
  const z = 1 / (x * x)
  const r = (z * polynomial(large.p, z)) / polynomial(large.q, z)
  return (exponential(x) * (1 / Math.sqrt(Math.PI) - r)) / x
}

/** 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (size <= 0.46875) return (x * polynomial(small.p, x * x)) / polynomial(small.q, x * x)
  return x > 0 ? 1 - upper(size) : upper(size) - 1
}

/** 1 - erf(x), also where that is tiny. */
export function erfc(x: number): number {
  if (Math.abs(x) <= 0.46875) return 1 - erf(x)
  return x > 0 ? upper(x) : 2 - upper(-x)
}

/** Phi(x), the share of a standard normal distribution below x. */
export function normalBelow(x: number): number {
  return erfc(-x / Math.SQRT2) / 2
}

/** phi(x), its density. */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
}
