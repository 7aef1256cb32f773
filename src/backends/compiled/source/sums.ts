/**
 * Sums over any axes: columns, where neighbours of the result are neighbours in x, and else each element of
 * the result by itself.
 */
export const sumsFunctions = ['sum_columns', 'sum_each', 'squares', 'extreme'] as const

export const sumsSource = `
/* Rows whose sum is float32 before it goes on in float64, and columns that are added up at once. */
#define SHORT_SUM 64
#define COLUMNS 1024

/* n columns of so many rows, at most COLUMNS. */
static void sum_strip(const float *x, float *out, int64_t rows, int64_t n, int64_t distance) {
  float sum[COLUMNS];
  double total[COLUMNS];
  for (int64_t first = 0; first < rows; first += SHORT_SUM) {
    const int64_t end = MIN(first + SHORT_SUM, rows);
    memcpy(sum, x + first * distance, sizeof(float) * n);
    int64_t row = first + 1;
    for (; row + 3 < end; row += 4) {
      const float *p = x + row * distance, *q = p + distance, *r = q + distance, *s = r + distance;
      #pragma omp simd
      for (int64_t i = 0; i < n; i++) sum[i] += (p[i] + q[i]) + (r[i] + s[i]);
    }
    for (; row < end; row++) {
      const float *p = x + row * distance;
      #pragma omp simd
      for (int64_t i = 0; i < n; i++) sum[i] += p[i];
    }
    if (first == 0) for (int64_t i = 0; i < n; i++) total[i] = sum[i];
    else for (int64_t i = 0; i < n; i++) total[i] += sum[i];
  }
  for (int64_t i = 0; i < n; i++) out[i] = (float)total[i];
}

/* x, out, count, rows, n, distance of counts, distance of rows: out[c][i] = the sum over rows of x[c][row][i]. Each member has columns of its own. */
KERNEL sum_columns(const double *a) {
  const float *x = FLOATS(0);
  float *out = FLOATS(1);
  const int64_t count = COUNT(2), rows = COUNT(3), n = COUNT(4), apart = COUNT(5), distance = COUNT(6);
  TEAM(count * rows * n >= WORTH_THREADS)
  {
    int64_t from, to;
    share_of(count * n, &from, &to);
    while (from < to) {
      const int64_t c = from / n, i = from % n, width = MIN(MIN(n - i, to - from), COLUMNS);
      sum_strip(x + c * apart + i, out + from, rows, width, distance);
      from += width;
    }
  }
  return OK;
}

INLINE double sum_row(const float *x, int64_t n, int64_t step) {
  double total = 0;
  if (step != 1) {
    for (int64_t i = 0; i < n; i++) total += x[i * step];
    return total;
  }
  for (int64_t start = 0; start < n; start += BLOCK) {
    const int64_t end = MIN(start + BLOCK, n);
    float sum = 0;
    #pragma omp simd reduction(+: sum)
    for (int64_t i = start; i < end; i++) sum += x[i];
    total += sum;
  }
  return total;
}

/* x, out, a nest of what is kept, then one of what is summed. A sum of everything is made of pieces. */
KERNEL sum_each(const double *a) {
  const float *x = FLOATS(0);
  float *out = FLOATS(1);
  const Shape kept = shape_at(a + 2);
  int64_t along[1][DIMENSIONS], across[1][DIMENSIONS];
  read_steps(a + 3 + kept.dimensions, kept.dimensions, 1, along);
  const double *rest = a + 3 + 2 * kept.dimensions;
  const Shape summed = shape_at(rest);
  read_steps(rest + 1 + summed.dimensions, summed.dimensions, 1, across);
  const int64_t size = rows_of(&kept, kept.dimensions), last = summed.dimensions - 1;
  const int64_t rows = rows_of(&summed, last), n = summed.shape[last], step = across[0][last];
  if (size == 1 && rows == 1) {
    const int64_t pieces = (n + PIECE - 1) / PIECE;
    double *sums = malloc(sizeof(double) * (pieces + 1)), total = 0;
    TEAM(n >= WORTH_THREADS)
    SHARE(piece, pieces)
      sums[piece] = sum_row(x + piece * PIECE * step, MIN(PIECE, n - piece * PIECE), step);
    for (int64_t piece = 0; piece < pieces; piece++) total += sums[piece];
    free(sums);
    *out = (float)total;
    return OK;
  }
  TEAM(size * rows * n >= WORTH_THREADS)
  {
    int64_t from, to, index[DIMENSIONS], at[1];
    share_of(size, &from, &to);
    seek(&kept, kept.dimensions, from, index, 1, along, at);
    for (int64_t k = from; k < to; k++) {
      int64_t inner[DIMENSIONS], place[1];
      double total = 0;
      seek(&summed, last, 0, inner, 1, across, place);
      for (int64_t row = 0; row < rows; row++) {
        total += sum_row(x + at[0] + place[0], n, step);
        advance(&summed, last, inner, 1, across, place);
      }
      out[k] = (float)total;
      advance(&kept, kept.dimensions, index, 1, along, at);
    }
  }
  return OK;
}

/* The sum of squares of a piece: eight sums that are then one, so that rows of zeros can be left out of it (squares_of_rows) and nothing changes. */
#define LANES 8
typedef struct { double lane[LANES]; } Lanes;

INLINE void add_squares(Lanes *sums, const float *x, int64_t n) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    #pragma omp simd
    for (int64_t k = 0; k < LANES; k++) sums->lane[k] += (double)x[i + k] * (double)x[i + k];
  }
  for (int64_t k = 0; i < n; i++, k++) sums->lane[k] += (double)x[i] * (double)x[i];
}

INLINE double sum_of(const Lanes *sums) {
  const double *l = sums->lane;
  return ((l[0] + l[1]) + (l[2] + l[3])) + ((l[4] + l[5]) + (l[6] + l[7]));
}

INLINE double squares_of_piece(const float *x, int64_t n) {
  Lanes sums = { {0} };
  add_squares(&sums, x, n);
  return sum_of(&sums);
}

/* x, n, out: the float64 at out is the sum of squares, kept in float64. */
KERNEL squares(const double *a) {
  const float *x = FLOATS(0);
  const int64_t n = COUNT(1), pieces = (n + PIECE - 1) / PIECE;
  double *sums = malloc(sizeof(double) * (pieces + 1)), total = 0;
  TEAM(n >= WORTH_THREADS)
  SHARE(piece, pieces) {
    const int64_t first = piece * PIECE;
    sums[piece] = squares_of_piece(x + first, MIN(PIECE, n - first));
  }
  for (int64_t piece = 0; piece < pieces; piece++) total += sums[piece];
  free(sums);
  *(double *)(intptr_t)a[2] = total;
  return OK;
}

/* x, out, outer, n, inner, 1 for the greatest and -1 for the least: along the middle one of three axes. NaN wins. */
KERNEL extreme(const double *a) {
  const float *x = FLOATS(0), sign = (float)a[5];
  float *out = FLOATS(1);
  const int64_t outer = COUNT(2), n = COUNT(3), inner = COUNT(4);
  TEAM(outer * n * inner >= WORTH_THREADS)
  SHARE(k, outer)
    for (int64_t i = 0; i < inner; i++) {
      const float *from = x + k * n * inner + i;
      float best = from[0];
      for (int64_t j = 1; j < n; j++) {
        const float value = from[j * inner];
        best = best != best || sign * best >= sign * value ? best : value;
      }
      out[k * inner + i] = best;
    }
  return OK;
}
`
