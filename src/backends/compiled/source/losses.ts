/**
 * Losses over a distribution, row by row, and the gradient of the one with labels. Logarithms are float64; no
 * row of probabilities is stored.
 */
export const lossFunctions = [
  'cross_entropy',
  'kl',
  'cross_entropy_labels',
  'cross_entropy_labels_gradient',
  'kl_gradient',
] as const

export const lossSource = `
INLINE float greatest_of(const float *x, int64_t n, const uint8_t *live) {
  float greatest = LOWEST;
  #pragma omp simd reduction(max: greatest)
  for (int64_t i = 0; i < n; i++) {
    const float score = live ? choose(x[i], LOWEST, -(int32_t)(live[i] != 0)) : x[i];
    greatest = score > greatest ? score : greatest;
  }
  return greatest;
}

/* log of the sum of exp(x) over the live positions of a row; -infinity where there is none. */
INLINE double log_of_sum(const float *x, int64_t n, const uint8_t *live) {
  const float greatest = greatest_of(x, n, live);
  double total = 0;
  for (int64_t start = 0; start < n; start += BLOCK) {
    const int64_t end = MIN(start + BLOCK, n);
    float sum = 0;
    #pragma omp simd reduction(+: sum)
    for (int64_t i = start; i < end; i++) {
      const float power = exponential(x[i] - greatest);
      sum += live ? where(power, -(int32_t)(live[i] != 0)) : power;
    }
    total += sum;
  }
  return greatest + log(total);
}

/* A row of a mask as neighbours: itself where it is that, else a copy in 'room'. */
INLINE const uint8_t *mask_row(const uint8_t *mask, int64_t at, int64_t step, int64_t n, uint8_t *room) {
  if (mask == NULL) return NULL;
  if (step == 1) return mask + at;
  for (int64_t i = 0; i < n; i++) room[i] = mask[at + i * step];
  return room;
}

INLINE double entropy_row(const float *x, const float *t, int64_t step, int64_t n, const uint8_t *live) {
  const double log_total = log_of_sum(x, n, live);
  double total = 0;
  if (step == 1) {
    #pragma omp simd reduction(+: total)
    for (int64_t i = 0; i < n; i++) total += t[i] == 0 || (live && !live[i]) ? 0.0 : (double)t[i] * (log_total - x[i]);
  } else
    for (int64_t i = 0; i < n; i++) total += t[i * step] == 0 || (live && !live[i]) ? 0.0 : (double)t[i * step] * (log_total - x[i]);
  return total;
}

/* Of logits times a scale above 0. All in float64: a divergence may be a thousand times smaller than the logarithms that it is a difference of. */
INLINE double kl_row(const float *s, const float *t, int64_t n, const uint8_t *live, double scale) {
  const double own = scale * greatest_of(t, n, live), other = scale * greatest_of(s, n, live);
  double shares = 0, others = 0, total = 0;
  #pragma omp simd reduction(+: shares, others, total)
  for (int64_t i = 0; i < n; i++) {
    const double below = scale * t[i] - own;
    const int64_t lives = live ? -(int64_t)(live[i] != 0) : -1, counts = -(int64_t)!(below < -700.0) & lives;
    const double share = where64(exponential64(below), counts);
    shares += share;
    others += where64(exponential64(scale * s[i] - other), lives);
    total += share * (where64(scale * t[i], counts) - where64(scale * s[i], counts));
  }
  return shares == 0 ? 0 : total / shares + (other + log(others)) - (own + log(shares));
}

/* What the losses have in common: two operands and a mask (0: none), out, n, steps of target and mask along the axis, a factor of the logits, then rows and the steps of all three along them. */
#define ROW_LOSS(name, value) \\
  KERNEL name(const double *a) { \\
    const float *x = FLOATS(0), *t = FLOATS(1); \\
    const uint8_t *mask = BYTES(2); \\
    float *out = FLOATS(3); \\
    const int64_t n = COUNT(4), target_step = COUNT(5), mask_step = COUNT(6); \\
    const double scale = a[7]; \\
    (void)target_step, (void)scale; \\
    const Shape shape = shape_at(a + 8); \\
    const int64_t last = shape.dimensions, rows = rows_of(&shape, last); \\
    int64_t steps[3][DIMENSIONS]; \\
    read_steps(a + 9 + last, last, 3, steps); \\
    TEAM(rows * n >= WORTH_THREADS / 4) \\
    { \\
      int64_t from, to, index[DIMENSIONS], at[3]; \\
      share_of(rows, &from, &to); \\
      seek(&shape, last, from, index, 3, steps, at); \\
      uint8_t *room = mask && mask_step != 1 ? malloc(n) : NULL; \\
      for (int64_t row = from; row < to; row++) { \\
        const float *s = x + at[0]; \\
        const uint8_t *live = mask_row(mask, at[2], mask_step, n, room); \\
        out[row] = (float)(value); \\
        advance(&shape, last, index, 3, steps, at); \\
      } \\
      free(room); \\
    } \\
    return OK; \\
  }

ROW_LOSS(cross_entropy, live ? entropy_row(s, t + at[1], target_step, n, live) : entropy_row(s, t + at[1], target_step, n, NULL))
ROW_LOSS(kl, live ? kl_row(s, t + at[1], n, live, scale) : kl_row(s, t + at[1], n, NULL, scale))

INLINE double label_row(const float *x, int64_t label, int64_t n, const uint8_t *live) {
  if (label < 0 || label >= n || (live && !live[label])) return 0;
  return (live ? log_of_sum(x, n, live) : log_of_sum(x, n, NULL)) - x[label];
}

ROW_LOSS(cross_entropy_labels, label_row(s, ((const int32_t *)t)[at[1]], n, live))

/* p, labels, g, mask (0: none), out, n, step of the mask, then rows and the steps of all four along them: g (p - one_hot(label)), 0 for a label outside the axis or masked. */
KERNEL cross_entropy_labels_gradient(const double *a) {
  const float *p = FLOATS(0), *g = FLOATS(2);
  const int32_t *labels = INTEGERS(1);
  const uint8_t *mask = BYTES(3);
  float *out = FLOATS(4);
  const int64_t n = COUNT(5), mask_step = COUNT(6);
  const Shape shape = shape_at(a + 7);
  const int64_t last = shape.dimensions, rows = rows_of(&shape, last);
  int64_t steps[4][DIMENSIONS];
  read_steps(a + 8 + last, last, 4, steps);
  TEAM(rows * n >= WORTH_THREADS)
  {
    int64_t from, to, index[DIMENSIONS], at[4];
    share_of(rows, &from, &to);
    seek(&shape, last, from, index, 4, steps, at);
    for (int64_t row = from; row < to; row++) {
      const int64_t label = labels[at[1]];
      const int live = label >= 0 && label < n && (mask == NULL || mask[at[3] + label * mask_step]);
      const float up = g[at[2]], *shares = p + at[0];
      float *to_row = out + row * n;
      if (live) {
        /* before the loop: the result may lie over the shares */
        const float own = up * (shares[label] - 1.0f);
        #pragma omp simd
        for (int64_t i = 0; i < n; i++) to_row[i] = up * shares[i];
        to_row[label] = own;
      } else
        memset(to_row, 0, sizeof(float) * n);
      advance(&shape, last, index, 4, steps, at);
    }
  }
  return OK;
}

/* exp(scale x - greatest) of a row; gives 1 over their sum. */
INLINE float powers_of(const float *x, int64_t n, float scale, float *powers) {
  const float top = scale * greatest_of(x, n, NULL);
  double total = 0;
  for (int64_t start = 0; start < n; start += BLOCK) {
    const int64_t end = MIN(start + BLOCK, n);
    float sum = 0;
    #pragma omp simd reduction(+: sum)
    for (int64_t i = start; i < end; i++) {
      const float power = exponential(scale * x[i] - top);
      powers[i] = power;
      sum += power;
    }
    total += sum;
  }
  return (float)(1.0 / total);
}

/*
 * s, t, g, beside (0: none), out, n, a factor above 0, then rows and the steps of s, t and g along them: g factor (softmax(factor s) - softmax(factor t)), and beside, whose rows are
 * those of out. The result may lie over any of s, t and beside: a row is read before it is written.
 */
KERNEL kl_gradient(const double *a) {
  const float *s = FLOATS(0), *t = FLOATS(1), *g = FLOATS(2), *beside = FLOATS(3);
  float *out = FLOATS(4);
  const int64_t n = COUNT(5);
  const float scale = (float)a[6];
  const Shape shape = shape_at(a + 7);
  const int64_t last = shape.dimensions, rows = rows_of(&shape, last);
  int64_t steps[3][DIMENSIONS];
  read_steps(a + 8 + last, last, 3, steps);
  TEAM(rows * n >= WORTH_THREADS / 4)
  {
    int64_t from, to, index[DIMENSIONS], at[3];
    share_of(rows, &from, &to);
    seek(&shape, last, from, index, 3, steps, at);
    float *own = malloc(2 * sizeof(float) * n), *wanted = own + n;
    for (int64_t row = from; row < to; row++) {
      const float up = g[at[2]] * scale;
      const float own_share = up * powers_of(s + at[0], n, scale, own), wanted_share = up * powers_of(t + at[1], n, scale, wanted);
      float *to_row = out + row * n;
      if (beside) {
        const float *more = beside + row * n;
        #pragma omp simd
        for (int64_t i = 0; i < n; i++) to_row[i] = more[i] + (own_share * own[i] - wanted_share * wanted[i]);
      } else {
        #pragma omp simd
        for (int64_t i = 0; i < n; i++) to_row[i] = own_share * own[i] - wanted_share * wanted[i];
      }
      advance(&shape, last, index, 3, steps, at);
    }
    free(own);
  }
  return OK;
}
`
