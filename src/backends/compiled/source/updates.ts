/** Updates of weights in place: gradient, moments and weights are each read and written once. */
export const updateFunctions = [
  'adaptive_update',
  'adaptive_update_all',
  'squares_of_all',
  'adaptive_direction',
  'momentum_update',
  'descend',
  'mark_rows',
  'add_rows',
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
  TEAM(n >= WORTH_THREADS)
  {
    int64_t from, to;
    share_of(n, &from, &to);
    #pragma omp simd
    for (int64_t i = from; i < to; i++) p[i] -= adaptive_step(&rule, p[i], g[i], m + i, v + i);
  }
  return OK;
}

/* Gradients of some rows of a table: where the table would lie and which rows were written ('marks'), or the rows one after the other and the place of each there, -1 for others. */
typedef struct { const float *g; const uint8_t *marks; const int32_t *places; int64_t width; } SomeRows;

INLINE int is_written(const SomeRows *rows, int64_t r) { return rows->places ? rows->places[r] >= 0 : rows->marks[r] != 0; }

/* From where on the row lies, as if the table did. */
INLINE const float *table_at(const SomeRows *rows, int64_t r) { return rows->places ? rows->g + (rows->places[r] - r) * rows->width : rows->g; }

/*
 * Elements from 'first' to 'end' of a table of which some rows have a gradient: the others have none, and nobody wrote zeros there. A row that never had one has moments of 0, so weight
 * decay is all that happens to it. Each element gets what it gets above.
 */
INLINE void adaptive_rows(const Adaptive *rule, float *restrict p, const SomeRows *rows, float *restrict m, float *restrict v, const uint8_t *moved, int64_t first, int64_t end) {
  const Adaptive own = *rule;
  const int64_t width = rows->width;
  for (int64_t r = first / width; r * width < end; r++) {
    const int64_t from = r * width < first ? first : r * width, to = MIN((r + 1) * width, end);
    if (is_written(rows, r)) {
      const float *restrict g = table_at(rows, r);
      #pragma omp simd
      for (int64_t i = from; i < to; i++) p[i] -= adaptive_step(&own, p[i], g[i], m + i, v + i);
    } else if (moved[r]) {
      #pragma omp simd
      for (int64_t i = from; i < to; i++) p[i] -= adaptive_step(&own, p[i], 0.0f, m + i, v + i);
    } else if (own.decay != 0) {
      #pragma omp simd
      for (int64_t i = from; i < to; i++) p[i] -= fmaf(p[i], own.decay, 0.0f);
    }
  }
}

/*
 * table, count: rows of 17 numbers, each the arguments of 'adaptive_update'; then, of a table of which not all rows were written: marks of these (or 0), marks of rows that ever had a
 * gradient, which are brought up to date, the width of a row, and places of rows (or 0); else four times 0. Elements of all of them are shared out to the threads together, so
 * that a model of many small parameters needs one call and one wait.
 */
#define UPDATE 17

INLINE SomeRows rows_of_update(const double *row) {
  const SomeRows rows = { (const float *)(intptr_t)row[1], (const uint8_t *)(intptr_t)row[13], (const int32_t *)(intptr_t)row[16], (int64_t)row[15] };
  return rows;
}

/* Pieces by turns: rows of which little is to be done lie together. */
static void update_pieces(const double *table, int64_t count) {
  int64_t total = 0;
  for (int64_t k = 0; k < count; k++) total += (int64_t)table[k * UPDATE + 4];
  TEAM(total >= WORTH_THREADS)
  {
    const int64_t threads = omp_get_num_threads();
    int64_t turn = omp_get_thread_num();
    for (int64_t k = 0; k < count; k++) {
      const double *row = table + k * UPDATE;
      const int64_t n = (int64_t)row[4];
      float *restrict p = (float *)(intptr_t)row[0], *restrict g = (float *)(intptr_t)row[1];
      float *restrict m = (float *)(intptr_t)row[2], *restrict v = (float *)(intptr_t)row[3];
      const Adaptive rule = adaptive_at(row + 5);
      const SomeRows rows = rows_of_update(row);
      const uint8_t *moved = (const uint8_t *)(intptr_t)row[14];
      int64_t first = turn * PIECE;
      for (; first < n; first += threads * PIECE) {
        const int64_t end = MIN(first + PIECE, n);
        if (rows.width) adaptive_rows(&rule, p, &rows, m, v, moved, first, end);
        else {
          #pragma omp simd
          for (int64_t i = first; i < end; i++) p[i] -= adaptive_step(&rule, p[i], g[i], m + i, v + i);
        }
      }
      turn = first / PIECE - (n + PIECE - 1) / PIECE;
    }
  }
}

static void mark_moved(const double *table, int64_t count) {
  for (int64_t k = 0; k < count; k++) {
    const double *row = table + k * UPDATE;
    const SomeRows rows = rows_of_update(row);
    uint8_t *moved = (uint8_t *)(intptr_t)row[14];
    if (rows.width) for (int64_t r = 0; r < (int64_t)row[4] / rows.width; r++) moved[r] |= is_written(&rows, r);
  }
}

KERNEL adaptive_update_all(const double *a) {
  const double *table = (const double *)(intptr_t)a[0];
  if (IN_PHASE(1)) update_pieces(table, COUNT(1));
  if (IN_PHASE(2) && omp_get_thread_num() == 0) mark_moved(table, COUNT(1));
  return OK;
}

/* The same as squares_of_piece of a table of which nobody reads rows that are not marked; a row is a multiple of LANES wide. */
INLINE double squares_of_rows(const SomeRows *rows, int64_t first, int64_t end) {
  Lanes sums = { {0} };
  const int64_t width = rows->width;
  for (int64_t r = first / width; r * width < end; r++) {
    const int64_t from = r * width < first ? first : r * width, to = MIN((r + 1) * width, end);
    if (is_written(rows, r)) add_squares(&sums, table_at(rows, r) + from, to - from);
  }
  return sum_of(&sums);
}

/*
 * table, count, out, sums: rows of address, size, marks (or 0), width and places (or 0); out has the sum of squares of each in float64, which is what 'squares' gives, and sums has room for one of each
 * piece.
 */
#define SQUARES 5

static void squares_of_pieces(const double *table, int64_t count, double *sums) {
  int64_t total = 0;
  for (int64_t k = 0; k < count; k++) total += (int64_t)table[SQUARES * k + 1];
  TEAM(total >= WORTH_THREADS)
  {
    const int64_t threads = omp_get_num_threads(), own = omp_get_thread_num();
    int64_t piece = 0;
    for (int64_t k = 0; k < count; k++) {
      const double *row = table + SQUARES * k;
      const float *x = (const float *)(intptr_t)row[0];
      const int64_t n = (int64_t)row[1];
      const SomeRows rows = { x, (const uint8_t *)(intptr_t)row[2], (const int32_t *)(intptr_t)row[4], (int64_t)row[3] };
      for (int64_t first = 0; first < n; first += PIECE, piece++) {
        if (piece % threads != own) continue;
        const int64_t end = MIN(first + PIECE, n);
        sums[piece] = rows.width ? squares_of_rows(&rows, first, end) : squares_of_piece(x + first, end - first);
      }
    }
  }
}

static void add_pieces(const double *table, int64_t count, const double *sums, double *out) {
  for (int64_t k = 0; k < count; k++) {
    double sum = 0;
    for (int64_t left = (int64_t)table[SQUARES * k + 1]; left > 0; left -= PIECE) sum += *sums++;
    out[k] = sum;
  }
}

KERNEL squares_of_all(const double *a) {
  const double *table = (const double *)(intptr_t)a[0];
  double *out = (double *)(intptr_t)a[2], *sums = (double *)(intptr_t)a[3];
  if (IN_PHASE(1)) squares_of_pieces(table, COUNT(1), sums);
  if (IN_PHASE(2) && omp_get_thread_num() == 0) add_pieces(table, COUNT(1), sums, out);
  return OK;
}

/* The same, then out: moments, the direction into g, and the squares of weights and direction as two float64 at out. */
KERNEL adaptive_direction(const double *a) {
  float *restrict p = FLOATS(0), *restrict g = FLOATS(1), *restrict m = FLOATS(2), *restrict v = FLOATS(3);
  const int64_t n = COUNT(4), pieces = (n + PIECE - 1) / PIECE;
  const Adaptive rule = adaptive_at(a + 5);
  double *out = (double *)(intptr_t)a[13], *sums = malloc(2 * sizeof(double) * (pieces + 1));
  TEAM(n >= WORTH_THREADS)
  SHARE(piece, pieces) {
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
  TEAM(n >= WORTH_THREADS)
  {
    int64_t from, to;
    share_of(n, &from, &to);
    #pragma omp simd
    for (int64_t i = from; i < to; i++) {
      const float slope = flushed(b[i] * momentum + (g[i] * scale + p[i] * coupled));
      b[i] = slope;
      p[i] -= slope * rate;
    }
  }
  return OK;
}

/* p, u, n, step: p - step u. */
KERNEL descend(const double *a) {
  float *restrict p = FLOATS(0), *restrict u = FLOATS(1);
  const int64_t n = COUNT(2);
  const float step = (float)a[3];
  TEAM(n >= WORTH_THREADS)
  {
    int64_t from, to;
    share_of(n, &from, &to);
    #pragma omp simd
    for (int64_t i = from; i < to; i++) p[i] -= u[i] * step;
  }
  return OK;
}

/* m, v, moved, rows, width: marks the rows that have other bits than zeros. */
KERNEL mark_rows(const double *a) {
  const int32_t *m = INTEGERS(0), *v = INTEGERS(1);
  uint8_t *moved = BYTES(2);
  const int64_t rows = COUNT(3), width = COUNT(4);
  TEAM(rows * width >= WORTH_THREADS)
  SHARE(r, rows) {
    int32_t bits = 0;
    for (int64_t i = r * width; i < (r + 1) * width; i++) bits |= m[i] | v[i];
    moved[r] = bits != 0;
  }
  return OK;
}

/* sum, its marks, x, its marks, rows, width: adds tables of which only marked rows were written. */
KERNEL add_rows(const double *a) {
  float *sum = FLOATS(0);
  const float *x = FLOATS(2);
  uint8_t *marks = BYTES(1);
  const uint8_t *own = BYTES(3);
  const int64_t rows = COUNT(4), width = COUNT(5);
  for (int64_t r = 0; r < rows; r++) {
    if (!own[r]) continue;
    if (!marks[r]) memset(sum + r * width, 0, width * sizeof(float));
    marks[r] = 1;
    add_row(x + r * width, sum + r * width, width);
  }
  return OK;
}

/* sum, x, n. They may be one. */
KERNEL add_to(const double *a) {
  float *sum = FLOATS(0), *x = FLOATS(1);
  const int64_t n = COUNT(2);
  TEAM(n >= WORTH_THREADS)
  {
    int64_t from, to;
    share_of(n, &from, &to);
    #pragma omp simd
    for (int64_t i = from; i < to; i++) sum[i] += x[i];
  }
  return OK;
}
`
