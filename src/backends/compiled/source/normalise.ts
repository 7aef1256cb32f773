/** Layer normalisation over dense rows of n numbers, and its gradients. Sums of a row are float64. */
export const normaliseFunctions = ['normalise', 'normalise_gradient', 'normalise_scale_gradient'] as const

export const normaliseSource = `
INLINE double row_sum(const float *x, int64_t n) {
  double total = 0;
  #pragma omp simd reduction(+: total)
  for (int64_t i = 0; i < n; i++) total += x[i];
  return total;
}

INLINE double row_squares(const float *x, int64_t n, float mean) {
  double total = 0;
  #pragma omp simd reduction(+: total)
  for (int64_t i = 0; i < n; i++) { const float d = x[i] - mean; total += d * d; }
  return total;
}

/* x, y to be added to it (0: none), scale and bias (0: none), out, rows, n, epsilon. out may be x or y. */
KERNEL normalise(const double *a) {
  const float *x = FLOATS(0), *y = FLOATS(1), *scale = FLOATS(2), *bias = FLOATS(3);
  float *out = FLOATS(4);
  const int64_t rows = COUNT(5), n = COUNT(6);
  const double epsilon = a[7];
  TEAM(rows * n >= WORTH_THREADS / 4)
  SHARE(row, rows) {
    const float *from = x + row * n;
    float *to = out + row * n;
    if (y) {
      const float *other = y + row * n;
      #pragma omp simd
      for (int64_t i = 0; i < n; i++) to[i] = from[i] + other[i];
      from = to;
    }
    const float mean = (float)(row_sum(from, n) / n);
    const float inverse = (float)(1 / sqrt(row_squares(from, n, mean) / n + epsilon));
    if (scale) {
      #pragma omp simd
      for (int64_t i = 0; i < n; i++) to[i] = (from[i] - mean) * inverse * scale[i] + bias[i];
    } else {
      #pragma omp simd
      for (int64_t i = 0; i < n; i++) to[i] = (from[i] - mean) * inverse;
    }
  }
  return OK;
}

INLINE void normalise_gradient_row(const float *x, const float *g, const float *scale, float *out, int64_t n, double epsilon) {
  const float mean = (float)(row_sum(x, n) / n);
  double total = 0, squares = 0, products = 0;
  #pragma omp simd reduction(+: total, squares, products)
  for (int64_t i = 0; i < n; i++) {
    const float up = scale ? g[i] * scale[i] : g[i], d = x[i] - mean;
    total += up;
    squares += d * d;
    products += up * d;
  }
  const double inverse = 1 / sqrt(squares / n + epsilon);
  const float level = (float)(total / n), slope = (float)(products / n * inverse * inverse), r = (float)inverse;
  #pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const float up = scale ? g[i] * scale[i] : g[i];
    out[i] = r * (up - level - (x[i] - mean) * slope);
  }
}

/* x, g, scale (0: none), out, rows, n, epsilon. With d = x - mean and r = 1 / sqrt(variance + epsilon): r (g - mean(g) - r^2 d mean(g d)), g with the scale. out may be x or g. */
KERNEL normalise_gradient(const double *a) {
  const float *x = FLOATS(0), *g = FLOATS(1), *scale = FLOATS(2);
  float *out = FLOATS(3);
  const int64_t rows = COUNT(4), n = COUNT(5);
  const double epsilon = a[6];
  TEAM(rows * n >= WORTH_THREADS / 4)
  SHARE(row, rows) {
    const int64_t at = row * n;
    if (scale) normalise_gradient_row(x + at, g + at, scale, out + at, n, epsilon);
    else normalise_gradient_row(x + at, g + at, NULL, out + at, n, epsilon);
  }
  return OK;
}

/* Rows whose products are added up in float32 before they go on in float64. */
#define GROUP 32

/* x, g, out, rows, n, epsilon: the sum over rows of g times the normalised x. */
KERNEL normalise_scale_gradient(const double *a) {
  const float *x = FLOATS(0), *g = FLOATS(1);
  float *out = FLOATS(2);
  const int64_t rows = COUNT(3), n = COUNT(4), groups = (rows + GROUP - 1) / GROUP;
  const double epsilon = a[5];
  float *sums = malloc(sizeof(float) * groups * n);
  TEAM(rows * n >= WORTH_THREADS / 4)
  {
    #pragma omp for schedule(static)
    for (int64_t group = 0; group < groups; group++) {
      float *sum = sums + group * n;
      memset(sum, 0, sizeof(float) * n);
      for (int64_t row = group * GROUP; row < MIN((group + 1) * GROUP, rows); row++) {
        const float *from = x + row * n, *up = g + row * n;
        const float mean = (float)(row_sum(from, n) / n);
        const float inverse = (float)(1 / sqrt(row_squares(from, n, mean) / n + epsilon));
        #pragma omp simd
        for (int64_t i = 0; i < n; i++) sum[i] += up[i] * ((from[i] - mean) * inverse);
      }
    }
    #pragma omp for schedule(static)
    for (int64_t i = 0; i < n; i++) {
      double total = 0;
      for (int64_t group = 0; group < groups; group++) total += sums[group * n + i];
      out[i] = (float)total;
    }
  }
  free(sums);
  return OK;
}
`
