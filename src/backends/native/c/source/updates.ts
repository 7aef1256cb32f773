/** Updates of weights in place: gradient, moments and weights are each read and written once. */
export const updateFunctions = [
  'adaptive_update',
  'adaptive_update_all',
  'squares_of_all',
  'adaptive_direction',
  'momentum_update',
  'descend',
  'add_to',
] as const

export const updateSource = `
/* A moment nearer to zero than this is zero: numbers below 1e-38 are far slower, and far below any epsilon. */
INLINE float flushed(float moment) { return fabsf(moment) < 1e-34f ? 0.0f : moment; }

/* The numbers of a rule, as update-kernels.ts writes them. */
typedef struct { float scale, coupled, gain1, gain2, size, root, epsilon, decay; } Adaptive;

INLINE Adaptive adaptive_at(const double *a) {
  const Adaptive rule = { (float)a[0], (float)a[1], (float)a[2], (float)a[3], (float)a[4], (float)a[5], (float)a[6], (float)a[7] };
  return rule;
}

/* The direction of one weight; moments move as m + gain (g - m), because a float32 has 1 - b2 better than b2. */
INLINE float adaptive_step(const Adaptive *rule, float weight, float gradient, float *m, float *v) {
  const float slope = gradient * rule->scale + weight * rule->coupled;
  const float first = flushed(*m + rule->gain1 * (slope - *m));
  const float second = flushed(*v + rule->gain2 * (slope * slope - *v));
  *m = first;
  *v = second;
  return first * rule->size / (sqrtf(second) * rule->root + rule->epsilon) + weight * rule->decay;
}

/* p, g, m, v, n, numbers: AdaptiveRule without trust. */
KERNEL adaptive_update(const double *a) {
  float *restrict p = FLOATS(0), *restrict g = FLOATS(1), *restrict m = FLOATS(2), *restrict v = FLOATS(3);
  const int64_t n = COUNT(4);
  const Adaptive rule = adaptive_at(a + 5);
  #pragma omp parallel for simd schedule(static) if (n >= WORTH_THREADS)
  for (int64_t i = 0; i < n; i++) p[i] -= adaptive_step(&rule, p[i], g[i], m + i, v + i);
  return OK;
}

/*
 * table, count: rows of 16 numbers, each the arguments of 'adaptive_update'. Elements of all of them are shared out to the threads together, so that a model of many small
 * parameters needs one call and one wait.
 */
KERNEL adaptive_update_all(const double *a) {
  const double *table = (const double *)(intptr_t)a[0];
  const int64_t count = COUNT(1);
  int64_t total = 0;
  for (int64_t k = 0; k < count; k++) total += (int64_t)table[k * 16 + 4];
  #pragma omp parallel if (total >= WORTH_THREADS)
  {
    int64_t from, to, start = 0;
    share_of((total + PIECE - 1) / PIECE, &from, &to);
    from *= PIECE;
    to *= PIECE;
    for (int64_t k = 0; k < count && start < to; k++) {
      const double *row = table + k * 16;
      const int64_t n = (int64_t)row[4], first = from > start ? from - start : 0, end = MIN(n, to - start);
      float *restrict p = (float *)(intptr_t)row[0], *restrict g = (float *)(intptr_t)row[1];
      float *restrict m = (float *)(intptr_t)row[2], *restrict v = (float *)(intptr_t)row[3];
      const Adaptive rule = adaptive_at(row + 5);
      #pragma omp simd
      for (int64_t i = first; i < end; i++) p[i] -= adaptive_step(&rule, p[i], g[i], m + i, v + i);
      start += n;
    }
  }
  return OK;
}

/* table, count, out: rows of address and size; out has the sum of squares of each in float64, which is what 'squares' gives. */
KERNEL squares_of_all(const double *a) {
  const double *table = (const double *)(intptr_t)a[0];
  const int64_t count = COUNT(1);
  double *out = (double *)(intptr_t)a[2];
  int64_t total = 0, pieces = 0;
  for (int64_t k = 0; k < count; k++) {
    const int64_t n = (int64_t)table[2 * k + 1];
    total += n;
    pieces += (n + PIECE - 1) / PIECE;
  }
  double *sums = malloc(sizeof(double) * (pieces + 1));
  #pragma omp parallel if (total >= WORTH_THREADS)
  {
    int64_t from, to, start = 0, piece = 0;
    share_of(total, &from, &to);
    for (int64_t k = 0; k < count; k++) {
      const float *x = (const float *)(intptr_t)table[2 * k];
      const int64_t n = (int64_t)table[2 * k + 1];
      for (int64_t first = 0; first < n; first += PIECE, piece++) {
        if (start + first < from || start + first >= to) continue;
        const int64_t end = MIN(first + PIECE, n);
        double sum = 0;
        #pragma omp simd reduction(+: sum)
        for (int64_t i = first; i < end; i++) sum += (double)x[i] * (double)x[i];
        sums[piece] = sum;
      }
      start += n;
    }
  }
  for (int64_t k = 0, piece = 0; k < count; k++) {
    double sum = 0;
    for (int64_t left = (int64_t)table[2 * k + 1]; left > 0; left -= PIECE) sum += sums[piece++];
    out[k] = sum;
  }
  free(sums);
  return OK;
}

/* The same, then out: moments, the direction into g, and the squares of weights and direction as two float64 at out. */
KERNEL adaptive_direction(const double *a) {
  float *restrict p = FLOATS(0), *restrict g = FLOATS(1), *restrict m = FLOATS(2), *restrict v = FLOATS(3);
  const int64_t n = COUNT(4), pieces = (n + PIECE - 1) / PIECE;
  const Adaptive rule = adaptive_at(a + 5);
  double *out = (double *)(intptr_t)a[13], *sums = malloc(2 * sizeof(double) * (pieces + 1));
  #pragma omp parallel for schedule(static) if (n >= WORTH_THREADS)
  for (int64_t piece = 0; piece < pieces; piece++) {
    const int64_t end = MIN((piece + 1) * PIECE, n);
    double weights = 0, directions = 0;
    #pragma omp simd reduction(+: weights, directions)
    for (int64_t i = piece * PIECE; i < end; i++) {
      const float weight = p[i], direction = adaptive_step(&rule, weight, g[i], m + i, v + i);
      g[i] = direction;
      weights += (double)weight * weight;
      directions += (double)direction * direction;
    }
    sums[2 * piece] = weights;
    sums[2 * piece + 1] = directions;
  }
  out[0] = out[1] = 0;
  for (int64_t piece = 0; piece < pieces; piece++) {
    out[0] += sums[2 * piece];
    out[1] += sums[2 * piece + 1];
  }
  free(sums);
  return OK;
}

/* p, g, b, n, scale, coupled, momentum, rate: MomentumRule. */
KERNEL momentum_update(const double *a) {
  float *restrict p = FLOATS(0), *restrict g = FLOATS(1), *restrict b = FLOATS(2);
  const int64_t n = COUNT(3);
  const float scale = (float)a[4], coupled = (float)a[5], momentum = (float)a[6], rate = (float)a[7];
  #pragma omp parallel for simd schedule(static) if (n >= WORTH_THREADS)
  for (int64_t i = 0; i < n; i++) {
    const float slope = flushed(b[i] * momentum + (g[i] * scale + p[i] * coupled));
    b[i] = slope;
    p[i] -= slope * rate;
  }
  return OK;
}

/* p, u, n, step: p - step u. */
KERNEL descend(const double *a) {
  float *restrict p = FLOATS(0), *restrict u = FLOATS(1);
  const int64_t n = COUNT(2);
  const float step = (float)a[3];
  #pragma omp parallel for simd schedule(static) if (n >= WORTH_THREADS)
  for (int64_t i = 0; i < n; i++) p[i] -= u[i] * step;
  return OK;
}

/* sum, x, n. They may be one. */
KERNEL add_to(const double *a) {
  float *sum = FLOATS(0), *x = FLOATS(1);
  const int64_t n = COUNT(2);
  #pragma omp parallel for simd schedule(static) if (n >= WORTH_THREADS)
  for (int64_t i = 0; i < n; i++) sum[i] += x[i];
  return OK;
}
`
