/**
 * What is done before and after a product of bytes: rows of float32 become bytes with a scale each, and sums
 * of 32 bits become float32.
 */
export const int8Functions = ['int8_rows', 'int8_results', 'scaled_rows'] as const

export const int8Source = `
/* x, out, scales, rows, k: each row in whole numbers of -127..127, 128 more in a byte; its scale is max |x| / 127. */
KERNEL int8_rows(const double *a) {
  const float *x = FLOATS(0);
  uint8_t *out = BYTES(1);
  float *scales = FLOATS(2);
  const int64_t rows = COUNT(3), k = COUNT(4);
  const float magic = 12582912.0f;
  TEAM(rows * k >= WORTH_THREADS)
  SHARE(row, rows) {
    const float *from = x + row * k;
    uint8_t *to = out + row * k;
    float most = 0;
    #pragma omp simd reduction(max: most)
    for (int64_t i = 0; i < k; i++) {
      const float size = fabsf(from[i]);
      most = size > most ? size : most;
    }
    const float scale = most / 127.0f;
    scales[row] = scale;
    const float divisor = scale > 0 ? scale : 1.0f;
    /* the nearest whole number stands in the last bits of a number of this size */
    #pragma omp simd
    for (int64_t i = 0; i < k; i++)
      to[i] = (uint8_t)(float_as_bits(from[i] / divisor + magic) - 0x4B400000 + 128);
  }
  return OK;
}

/* Sums of a row become float32; out, its bits, may be y. */
INLINE void int8_row(const int32_t *y, float scale, const float *columns, const int32_t *sums, const float *bias, int32_t *out, int64_t n, int activation) {
  #pragma omp simd
  for (int64_t j = 0; j < n; j++) {
    const float value = (float)(y[j] - 128 * sums[j]) * (scale * columns[j]) + (bias ? bias[j] : 0.0f);
    out[j] = float_as_bits(activated(value, activation));
  }
}

/* y, scales of rows, scales of columns, sums of columns, bias or 0, rows, n, activation: sums of products become float32 in place. */
KERNEL int8_results(const double *a) {
  int32_t *y = INTEGERS(0);
  const float *scales = FLOATS(1), *columns = FLOATS(2), *bias = FLOATS(4);
  const int32_t *sums = INTEGERS(3);
  const int64_t rows = COUNT(5), n = COUNT(6), activation = COUNT(7);
  TEAM(rows * n >= WORTH_THREADS)
  SHARE(row, rows) {
    int32_t *own = y + row * n;
    if (activation == 0) int8_row(own, scales[row], columns, sums, bias, own, n, 0);
    else if (activation == 1) int8_row(own, scales[row], columns, sums, bias, own, n, 1);
    else if (activation == 2) int8_row(own, scales[row], columns, sums, bias, own, n, 2);
    else int8_row(own, scales[row], columns, sums, bias, own, n, 3);
  }
  return OK;
}

INLINE void scaled_row(const float *x, float scale, const float *bias, float *out, int64_t n, int activation) {
  #pragma omp simd
  for (int64_t j = 0; j < n; j++) out[j] = activated(x[j] * scale + (bias ? bias[j] : 0.0f), activation);
}

/* x, scales of rows, bias or 0, out, rows, n, activation: activation(x scale + bias), and no activation without a bias. out may be x. */
KERNEL scaled_rows(const double *a) {
  const float *x = FLOATS(0), *scales = FLOATS(1), *bias = FLOATS(2);
  float *out = FLOATS(3);
  const int64_t rows = COUNT(4), n = COUNT(5), activation = COUNT(6);
  TEAM(rows * n >= WORTH_THREADS)
  SHARE(row, rows) {
    const float *from = x + row * n;
    float *to = out + row * n;
    if (!bias) scaled_row(from, scales[row], NULL, to, n, 0);
    else if (activation == 0) scaled_row(from, scales[row], bias, to, n, 0);
    else if (activation == 1) scaled_row(from, scales[row], bias, to, n, 1);
    else if (activation == 2) scaled_row(from, scales[row], bias, to, n, 2);
    else scaled_row(from, scales[row], bias, to, n, 3);
  }
  return OK;
}
`
