/**
 * softmax and log_softmax over dense rows, and their gradients. Sums of a row are float64.
 */
export const softmaxFunctions = [
  'softmax',
  'log_softmax',
  'softmax_gradient',
  'dropout_softmax_gradient',
  'log_softmax_gradient',
] as const

export const softmaxSource = `
#define LOWEST (-3.4e38f)

/* Rows of n numbers. 'live' is all bits where a position counts and none where not; 'low' is added to the scores. Rows without a live position are 0. x and out may be one. */
INLINE void softmax_row(const float *x, float *out, int64_t n, const int32_t *live, const float *low, float factor, int logarithm) {
  float greatest = LOWEST;
  #pragma omp simd reduction(max: greatest)
  for (int64_t i = 0; i < n; i++) {
    float score = x[i];
    if (low) score = score * factor + low[i];
    if (live) score = choose(score, LOWEST, live[i]);
    out[i] = score;
    greatest = score > greatest ? score : greatest;
  }
  double total = 0;
  #pragma omp simd reduction(+: total)
  for (int64_t i = 0; i < n; i++) {
    float power = exponential(out[i] - greatest);
    if (live) power = where(power, live[i]);
    if (!logarithm) out[i] = power;
    total += power;
  }
  if (logarithm) {
    const float log_total = (float)log(total);
    #pragma omp simd
    for (int64_t i = 0; i < n; i++) {
      const float value = out[i] - greatest - log_total;
      out[i] = live ? where(value, live[i]) : value;
    }
    return;
  }
  const float scale = total == 0 ? 0.0f : (float)(1 / total);
  #pragma omp simd
  for (int64_t i = 0; i < n; i++) out[i] *= scale;
}

/* Rows up to this length whose ends do not fill a vector are filled up with positions that do not count. */
#define SHORT_ROW 112
#define LANE 16

INLINE void short_softmax_row(const float *x, float *out, int64_t n, const int32_t *live, const float *low, float factor, int logarithm) {
  float room[SHORT_ROW];
  const int64_t filled = (n + LANE - 1) / LANE * LANE;
  memcpy(room, x, sizeof(float) * n);
  for (int64_t i = n; i < filled; i++) room[i] = 0;
  /* one vector and no loop where that is enough */
  if (filled == LANE) softmax_row(room, room, LANE, live, low, factor, logarithm);
  else softmax_row(room, room, filled, live, low, factor, logarithm);
  memcpy(out, room, sizeof(float) * n);
}

/* x, out, mask, bias (0: none), n, factor, step of mask, step of bias, shape of the rows, steps of mask and bias along it. */
INLINE int32_t softmax_rows(const double *a, int logarithm) {
  const float *x = FLOATS(0), *bias = FLOATS(3);
  float *out = FLOATS(1);
  const uint8_t *mask = BYTES(2);
  const int64_t n = COUNT(4), mask_step = COUNT(6), bias_step = COUNT(7);
  const float factor = (float)a[5];
  const Shape shape = shape_at(a + 8);
  const int64_t last = shape.dimensions, rows = rows_of(&shape, last);
  int64_t steps[2][DIMENSIONS];
  read_steps(a + 9 + last, last, 2, steps);
  TEAM(rows * n >= WORTH_THREADS / 4)
  {
    int64_t from, to, index[DIMENSIONS], at[2], mask_at = -1, bias_at = -1;
    share_of(rows, &from, &to);
    const int is_short = n < SHORT_ROW && n % LANE != 0;
    int32_t *live = mask || is_short ? malloc(sizeof(int32_t) * (n + LANE)) : NULL;
    float *low = bias ? malloc(sizeof(float) * (n + LANE)) : NULL;
    if (live) for (int64_t i = 0; i < n + LANE; i++) live[i] = -(i < n);
    if (low) for (int64_t i = n; i < n + LANE; i++) low[i] = 0;
    seek(&shape, last, from, index, 2, steps, at);
    for (int64_t row = from; row < to; row++) {
      if (mask && at[0] != mask_at) {
        mask_at = at[0];
        if (mask_step == 1) for (int64_t i = 0; i < n; i++) live[i] = -(mask[mask_at + i] != 0);
        else for (int64_t i = 0; i < n; i++) live[i] = -(mask[mask_at + i * mask_step] != 0);
      }
      if (low && at[1] != bias_at) {
        bias_at = at[1];
        for (int64_t i = 0; i < n; i++) low[i] = bias[bias_at + i * bias_step];
      }
      const float *from_row = x + row * n;
      float *to_row = out + row * n;
      if (is_short && low) short_softmax_row(from_row, to_row, n, live, low, factor, logarithm);
      else if (is_short) short_softmax_row(from_row, to_row, n, live, NULL, 1, logarithm);
      else if (live && low) softmax_row(from_row, to_row, n, live, low, factor, logarithm);
      else if (live) softmax_row(from_row, to_row, n, live, NULL, 1, logarithm);
      else if (low) softmax_row(from_row, to_row, n, NULL, low, factor, logarithm);
      else softmax_row(from_row, to_row, n, NULL, NULL, 1, logarithm);
      advance(&shape, last, index, 2, steps, at);
    }
    free(live);
    free(low);
  }
  return OK;
}

KERNEL softmax(const double *a) { return softmax_rows(a, 0); }
KERNEL log_softmax(const double *a) { return softmax_rows(a, 1); }

/* y, g, d (0: none), out, rows, n, factor: y (g d - sum(y g d)) factor. out may be any of the others. */
INLINE void softmax_gradient_row(const float *y, const float *g, const float *d, float *out, int64_t n, float factor) {
  double total = 0;
  #pragma omp simd reduction(+: total)
  for (int64_t i = 0; i < n; i++) total += y[i] * (d ? g[i] * d[i] : g[i]);
  const float dot = (float)total;
  #pragma omp simd
  for (int64_t i = 0; i < n; i++) out[i] = y[i] * ((d ? g[i] * d[i] : g[i]) - dot) * factor;
}

KERNEL softmax_gradient(const double *a) {
  const float *y = FLOATS(0), *g = FLOATS(1), *d = FLOATS(2);
  float *out = FLOATS(3);
  const int64_t rows = COUNT(4), n = COUNT(5);
  const float factor = (float)a[6];
  TEAM(rows * n >= WORTH_THREADS / 4)
  SHARE(row, rows) {
    const int64_t at = row * n;
    if (d) softmax_gradient_row(y + at, g + at, d + at, out + at, n, factor);
    else softmax_gradient_row(y + at, g + at, NULL, out + at, n, factor);
  }
  return OK;
}

/* y, g, kept, out, rows, n, factor of the result, factor of what is kept: as softmax_gradient with d = kept * factor. out may be y or g. */
KERNEL dropout_softmax_gradient(const double *a) {
  const float *y = FLOATS(0), *g = FLOATS(1);
  const uint8_t *kept = BYTES(2);
  float *out = FLOATS(3);
  const int64_t rows = COUNT(4), n = COUNT(5);
  const float factor = (float)a[6], keep = (float)a[7];
  TEAM(rows * n >= WORTH_THREADS / 4)
  SHARE(row, rows) {
    const float *shares = y + row * n, *cotangents = g + row * n;
    const uint8_t *own = kept + row * n;
    float *to = out + row * n;
    double total = 0;
    #pragma omp simd reduction(+: total)
    for (int64_t i = 0; i < n; i++) total += shares[i] * (cotangents[i] * (own[i] * keep));
    const float dot = (float)total;
    #pragma omp simd
    for (int64_t i = 0; i < n; i++) to[i] = shares[i] * (cotangents[i] * (own[i] * keep) - dot) * factor;
  }
  return OK;
}

/* p, g, out, rows, n: g - p sum(g). */
KERNEL log_softmax_gradient(const double *a) {
  const float *p = FLOATS(0), *g = FLOATS(1);
  float *out = FLOATS(2);
  const int64_t rows = COUNT(3), n = COUNT(4);
  TEAM(rows * n >= WORTH_THREADS / 4)
  SHARE(row, rows) {
    const int64_t at = row * n;
    double total = 0;
    #pragma omp simd reduction(+: total)
    for (int64_t i = 0; i < n; i++) total += g[at + i];
    const float all = (float)total;
    #pragma omp simd
    for (int64_t i = 0; i < n; i++) out[at + i] = g[at + i] - p[at + i] * all;
  }
  return OK;
}
`
