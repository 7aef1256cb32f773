/**
 * Ops that work element by element: over dense values, or over rows along which each operand steps by one,
 * stands still, or goes as it likes.
 */

const unaries = {
  negate: '-u',
  abs: 'fabsf(u)',
  sqrt: 'sqrtf(u)',
  exp: 'exp_of(u)',
  log: 'log_of(u)',
  floor: 'floorf(u)',
  tanh: 'tanh_of(u)',
  relu: 'u > 0.0f ? u : u != u ? u : 0.0f',
  sigmoid: 'sigmoid_of(u)',
  square: 'u * u',
  gelu: 'gelu_of(u)',
  gelu_tanh: 'gelu_tanh_of(u)',
} as const

/** Of an activation: u is its argument, v the cotangent. */
const gradients = {
  gelu_gradient: 'v * gelu_slope(u)',
  gelu_tanh_gradient: 'v * gelu_tanh_slope(u)',
} as const

const binaries = {
  add: 'u + v',
  subtract: 'u - v',
  multiply: 'u * v',
  divide: 'u / v',
  minimum: 'u != u ? u : v != v ? v : u < v ? u : v',
  maximum: 'u != u ? u : v != v ? v : u > v ? u : v',
} as const

const comparisons = {
  less: 'u < v',
  less_equal: 'u <= v',
  greater: 'u > v',
  greater_equal: 'u >= v',
  equal: 'u == v',
  not_equal: 'u != v',
} as const

function keysOf<T extends string>(table: { readonly [key in T]: string }): readonly T[] {
  return Object.keys(table) as T[]
}

export const unaryOps = keysOf(unaries)
export const gradientOps = keysOf(gradients)
export const binaryOps = keysOf(binaries)
export const comparisonOps = keysOf(comparisons)

type Elementwise =
  | keyof typeof unaries
  | keyof typeof gradients
  | keyof typeof binaries
  | keyof typeof comparisons

/** The name of an op's function: `exp` and others are taken in C. */
export function elementwise<T extends Elementwise>(op: T): `each_${T}` {
  return `each_${op}`
}

export const elementwiseFunctions = [
  ...unaryOps.map(elementwise),
  ...gradientOps.map(elementwise),
  ...binaryOps.map(elementwise),
  ...comparisonOps.map(elementwise),
  'each_select',
] as const

const lines = (
  table: { readonly [name: string]: string },
  line: (name: string, value: string) => string,
): string =>
  Object.entries(table)
    .map(([name, value]) => line(name, value))
    .join('\n')

export const elementwiseSource = `
/* x, out, n; out may be x. */
#define UNARY(name, value) \\
  KERNEL each_##name(const double *a) { \\
    const float *x = FLOATS(0); \\
    float *out = FLOATS(1); \\
    const int64_t n = COUNT(2); \\
    TEAM(n >= WORTH_THREADS / 2) \\
    { \\
      int64_t from, to; \\
      share_of(n, &from, &to); \\
      _Pragma("omp simd") \\
      for (int64_t i = from; i < to; i++) { const float u = x[i]; out[i] = value; } \\
    } \\
    return OK; \\
  }
${lines(unaries, (name, value) => `UNARY(${name}, (${value}))`)}

/* x, g, out, n; out may be either. */
#define GRADIENT(name, value) \\
  KERNEL each_##name(const double *a) { \\
    const float *x = FLOATS(0), *g = FLOATS(1); \\
    float *out = FLOATS(2); \\
    const int64_t n = COUNT(3); \\
    TEAM(n >= WORTH_THREADS / 4) \\
    { \\
      int64_t from, to; \\
      share_of(n, &from, &to); \\
      _Pragma("omp simd") \\
      for (int64_t i = from; i < to; i++) { const float u = x[i], v = g[i]; out[i] = value; } \\
    } \\
    return OK; \\
  }
${lines(gradients, (name, value) => `GRADIENT(${name}, (${value}))`)}

/* x, y, out, then a nest of both, whose last dimension is a row; the result is dense, and may be an operand. */
#define BINARY(name, result, value) \\
  INLINE void row_##name(const float *x, int64_t sx, const float *y, int64_t sy, result *out, int64_t n) { \\
    if (sx == 1 && sy == 1) { \\
      _Pragma("omp simd") \\
      for (int64_t i = 0; i < n; i++) { const float u = x[i], v = y[i]; out[i] = value; } \\
    } else if (sx == 1 && sy == 0) { \\
      const float v = *y; \\
      _Pragma("omp simd") \\
      for (int64_t i = 0; i < n; i++) { const float u = x[i]; out[i] = value; } \\
    } else if (sx == 0 && sy == 1) { \\
      const float u = *x; \\
      _Pragma("omp simd") \\
      for (int64_t i = 0; i < n; i++) { const float v = y[i]; out[i] = value; } \\
    } else \\
      for (int64_t i = 0; i < n; i++) { const float u = x[i * sx], v = y[i * sy]; out[i] = value; } \\
  } \\
  KERNEL each_##name(const double *a) { \\
    const float *x = FLOATS(0), *y = FLOATS(1); \\
    result *out = (result *)(intptr_t)a[2]; \\
    const Shape shape = shape_at(a + 3); \\
    const int64_t last = shape.dimensions - 1, n = shape.shape[last], rows = rows_of(&shape, last); \\
    int64_t steps[2][DIMENSIONS]; \\
    read_steps(a + 4 + shape.dimensions, shape.dimensions, 2, steps); \\
    const int64_t sx = steps[0][last], sy = steps[1][last]; \\
    TEAM(rows * n >= WORTH_THREADS) \\
    { \\
      int64_t from, to, index[DIMENSIONS], at[2]; \\
      if (rows == 1) { \\
        share_of(n, &from, &to); \\
        row_##name(x + from * sx, sx, y + from * sy, sy, out + from, to - from); \\
      } else { \\
        share_of(rows, &from, &to); \\
        seek(&shape, last, from, index, 2, steps, at); \\
        for (int64_t row = from; row < to; row++) { \\
          row_##name(x + at[0], sx, y + at[1], sy, out + row * n, n); \\
          advance(&shape, last, index, 2, steps, at); \\
        } \\
      } \\
    } \\
    return OK; \\
  }
${lines(binaries, (name, value) => `BINARY(${name}, float, (${value}))`)}
${lines(comparisons, (name, value) => `BINARY(${name}, uint8_t, (${value}))`)}

/* By bits: a choice in C would become a branch around the loads. */
INLINE void select_row(const uint8_t *c, const int32_t *x, int64_t sx, const int32_t *y, int64_t sy, int32_t *out, int64_t n) {
  const int32_t u = *x, v = *y;
  #pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const int32_t first = -(int32_t)(c[i] != 0);
    out[i] = ((sx ? x[i] : u) & first) | ((sy ? y[i] : v) & ~first);
  }
}

INLINE void row_select(const uint8_t *c, int64_t sc, const int32_t *x, int64_t sx, const int32_t *y, int64_t sy, int32_t *out, int64_t n) {
  if (sc == 0) {
    const int32_t *from = *c ? x : y;
    const int64_t step = *c ? sx : sy;
    for (int64_t i = 0; i < n; i++) out[i] = from[i * step];
  } else if (sc == 1 && sx <= 1 && sy <= 1) {
    if (sx && sy) select_row(c, x, 1, y, 1, out, n);
    else if (sx) select_row(c, x, 1, y, 0, out, n);
    else if (sy) select_row(c, x, 0, y, 1, out, n);
    else select_row(c, x, 0, y, 0, out, n);
  } else
    for (int64_t i = 0; i < n; i++) out[i] = c[i * sc] ? x[i * sx] : y[i * sy];
}

/* condition, x, y, out, then a nest of the three; values are 32 bits of any kind. */
KERNEL each_select(const double *a) {
  const uint8_t *c = BYTES(0);
  const int32_t *x = INTEGERS(1), *y = INTEGERS(2);
  int32_t *out = INTEGERS(3);
  const Shape shape = shape_at(a + 4);
  const int64_t last = shape.dimensions - 1, n = shape.shape[last], rows = rows_of(&shape, last);
  int64_t steps[3][DIMENSIONS];
  read_steps(a + 5 + shape.dimensions, shape.dimensions, 3, steps);
  TEAM(rows * n >= WORTH_THREADS)
  {
    int64_t from, to, index[DIMENSIONS], at[3];
    const int64_t sc = steps[0][last], sx = steps[1][last], sy = steps[2][last];
    if (rows == 1) {
      share_of(n, &from, &to);
      row_select(c + from * sc, sc, x + from * sx, sx, y + from * sy, sy, out + from, to - from);
    } else {
      share_of(rows, &from, &to);
      seek(&shape, last, from, index, 3, steps, at);
      for (int64_t row = from; row < to; row++) {
        row_select(c + at[0], sc, x + at[1], sx, y + at[2], sy, out + row * n, n);
        advance(&shape, last, index, 3, steps, at);
      }
    }
  }
  return OK;
}
`
