/** Elements of 32 bits taken to other places: blocks, rows of positions, rows of tables. */
export const movementFunctions = [
  'copy_rows',
  'turn_rows',
  'fill_zeros',
  'gather_positions',
  'scatter_positions',
  'lookup',
  'lookup_gradient',
  'complete_rows',
] as const

export const movementSource = `
INLINE void copy_row(const int32_t *from, int64_t s, int32_t *to, int64_t t, int64_t n) {
  if (s == 1 && t == 1) {
    if (n >= 128) memcpy(to, from, n * sizeof(int32_t));
    else for (int64_t i = 0; i < n; i++) to[i] = from[i];
  } else if (s == 0 && t == 1) {
    const int32_t value = *from;
    for (int64_t i = 0; i < n; i++) to[i] = value;
  } else
    for (int64_t i = 0; i < n; i++) to[i * t] = from[i * s];
}

INLINE void add_row(const float *from, float *to, int64_t n) {
  #pragma omp simd
  for (int64_t i = 0; i < n; i++) to[i] += from[i];
}

/* from, to, then a nest of both. */
KERNEL copy_rows(const double *a) {
  const int32_t *x = INTEGERS(0);
  int32_t *out = INTEGERS(1);
  const Shape shape = shape_at(a + 2);
  const int64_t last = shape.dimensions - 1, n = shape.shape[last], rows = rows_of(&shape, last);
  int64_t steps[2][DIMENSIONS];
  read_steps(a + 3 + shape.dimensions, shape.dimensions, 2, steps);
  const int64_t s = steps[0][last], t = steps[1][last];
  TEAM(rows * n >= WORTH_THREADS)
  {
    int64_t from, to, index[DIMENSIONS], at[2];
    if (rows == 1) {
      share_of(n, &from, &to);
      copy_row(x + from * s, s, out + from * t, t, to - from);
    } else {
      share_of(rows, &from, &to);
      seek(&shape, last, from, index, 2, steps, at);
      for (int64_t row = from; row < to; row++) {
        copy_row(x + at[0], s, out + at[1], t, n);
        advance(&shape, last, index, 2, steps, at);
      }
    }
  }
  return OK;
}

#define TILE 16

/* from, to, then a nest of both, in whose last two dimensions 'from' steps by one along the first of them, and 'to' along the second: squares that fit the cache. */
KERNEL turn_rows(const double *a) {
  const int32_t *x = INTEGERS(0);
  int32_t *out = INTEGERS(1);
  const Shape shape = shape_at(a + 2);
  const int64_t last = shape.dimensions - 2, rows = shape.shape[last], columns = shape.shape[last + 1];
  int64_t steps[2][DIMENSIONS];
  read_steps(a + 3 + shape.dimensions, shape.dimensions, 2, steps);
  const int64_t s = steps[0][last + 1], t = steps[1][last], strips = (rows + TILE - 1) / TILE;
  const int64_t all = rows_of(&shape, last) * strips;
  TEAM(all * TILE * columns >= WORTH_THREADS)
  SHARE(k, all) {
    int64_t index[DIMENSIONS], at[2];
    seek(&shape, last, k / strips, index, 2, steps, at);
    const int64_t i0 = k % strips * TILE, i1 = MIN(i0 + TILE, rows);
    for (int64_t j0 = 0; j0 < columns; j0 += TILE) {
      const int64_t j1 = MIN(j0 + TILE, columns);
      for (int64_t i = i0; i < i1; i++)
        for (int64_t j = j0; j < j1; j++) out[at[1] + i * t + j] = x[at[0] + i + j * s];
    }
  }
  return OK;
}

static void clear(int32_t *out, int64_t n) {
  TEAM(n >= WORTH_THREADS)
  {
    int64_t from, to;
    share_of(n, &from, &to);
    memset(out + from, 0, (to - from) * sizeof(int32_t));
  }
}

/* out, n. */
KERNEL fill_zeros(const double *a) {
  clear(INTEGERS(0), COUNT(1));
  return OK;
}

/* What the two kernels below know of their rows: places below 'limit', 'stretches' neighbours of 'length' elements each, so far apart in dense rows and in the whole. */
typedef struct { int64_t count, L, limit, length, stretches, dense, whole, position, example, token, flag; } Rows;

INLINE Rows positions_at(const double *a) {
  const Rows rows = { COUNT(0), COUNT(1), COUNT(2), COUNT(3), COUNT(4), COUNT(5), COUNT(6), COUNT(7), COUNT(8), COUNT(9), COUNT(10) };
  return rows;
}

INLINE int64_t place_in(const Rows *rows, int64_t live) { return live / rows->L * rows->example + live % rows->L * rows->token; }

/* The first of some places, live or dead, that is not below the limit; OK where there is none. */
static int32_t wrong_place(const int32_t *places, int64_t count, int64_t limit) {
  for (int64_t i = 0; i < count; i++) {
    const int64_t place = places[i];
    if ((place < 0 ? -1 - place : place) >= limit) return (int32_t)i;
  }
  return OK;
}

/* x, places, out, and Rows, whose flag says that a dead row is a copy of what it stands for; else it is zeros. Gives the first wrong place. */
KERNEL gather_positions(const double *a) {
  const int32_t *x = INTEGERS(0), *places = INTEGERS(1);
  int32_t *out = INTEGERS(2);
  const Rows rows = positions_at(a + 3);
  const int32_t wrong = wrong_place(places, rows.count, rows.limit);
  if (wrong != OK) return wrong;
  TEAM(rows.count * rows.length * rows.stretches >= WORTH_THREADS)
  SHARE(row, rows.count) {
    const int64_t place = places[row], from = place_in(&rows, place < 0 ? -1 - place : place);
    for (int64_t k = 0; k < rows.stretches; k++) {
      int32_t *to = out + row * rows.position + k * rows.dense;
      if (place >= 0 || rows.flag) copy_row(x + from + k * rows.whole, 1, to, 1, rows.length);
      else memset(to, 0, rows.length * sizeof(int32_t));
    }
  }
  return OK;
}

static void scatter_live(const int32_t *x, const int32_t *places, int32_t *out, const Rows *rows) {
  TEAM(rows->count * rows->length * rows->stretches >= WORTH_THREADS)
  SHARE(row, rows->count)
    if (places[row] >= 0)
      for (int64_t k = 0; k < rows->stretches; k++)
        copy_row(x + row * rows->position + k * rows->dense, 1, out + place_in(rows, places[row]) + k * rows->whole, 1, rows->length);
}

static void add_dead(const float *x, const int32_t *places, float *out, const Rows *rows) {
  for (int64_t row = 0; row < rows->count; row++)
    if (places[row] < 0)
      for (int64_t k = 0; k < rows->stretches; k++)
        add_row(x + row * rows->position + k * rows->dense, out + place_in(rows, -1 - places[row]) + k * rows->whole, rows->length);
}

/* x, places, out, its size, and Rows, whose flag says that a dead row is added to what it stands for; else it is left out. Gives the first wrong place. */
KERNEL scatter_positions(const double *a) {
  const int32_t *places = INTEGERS(1);
  const Rows rows = positions_at(a + 4);
  const int32_t wrong = wrong_place(places, rows.count, rows.limit);
  if (wrong != OK) return wrong;
  int64_t live = 0;
  for (int64_t row = 0; row < rows.count; row++) live += places[row] >= 0;
  if (IN_PHASE(1) && live < rows.limit) clear(INTEGERS(2), COUNT(3));
  if (IN_PHASE(2)) scatter_live(INTEGERS(0), places, INTEGERS(2), &rows);
  if (IN_PHASE(3) && rows.flag && omp_get_thread_num() == 0) add_dead(FLOATS(0), places, FLOATS(2), &rows);
  return OK;
}

/* ids, table, out, count, rows of the table, width. Gives the place of an id that has no row. */
KERNEL lookup(const double *a) {
  const int32_t *ids = INTEGERS(0), *table = INTEGERS(1);
  int32_t *out = INTEGERS(2);
  const int64_t count = COUNT(3), rows = COUNT(4), width = COUNT(5);
  for (int64_t i = 0; i < count; i++)
    if (ids[i] < 0 || ids[i] >= rows) return (int32_t)i;
  TEAM(count * width >= WORTH_THREADS)
  SHARE(i, count) copy_row(table + ids[i] * width, 1, out + i * width, 1, width);
  return OK;
}

/*
 * ids, g, out, marks, count, rows of the table, width, padding: rows of g added up by id, in their order. Each thread has columns of its own. Where there are marks, rows without
 * an id are not written, and the others marked.
 */
KERNEL lookup_gradient(const double *a) {
  const int32_t *ids = INTEGERS(0);
  const float *g = FLOATS(1);
  float *out = FLOATS(2);
  uint8_t *marks = BYTES(3);
  const int64_t count = COUNT(4), rows = COUNT(5), width = COUNT(6), padding = COUNT(7);
  if (marks) memset(marks, 0, rows);
  else clear(INTEGERS(2), rows * width);
  for (int64_t i = 0; i < count && marks; i++) {
    const int64_t id = ids[i];
    if (id < 0 || id >= rows || id == padding || marks[id]) continue;
    marks[id] = 1;
    memset(out + id * width, 0, width * sizeof(float));
  }
  TEAM(count * width >= WORTH_THREADS && width >= 128)
  {
    int64_t from, to;
    share_of((width + 15) / 16, &from, &to);
    from *= 16;
    to = MIN(to * 16, width);
    for (int64_t i = 0; i < count; i++) {
      const int64_t id = ids[i];
      if (id >= 0 && id < rows && id != padding) add_row(g + i * width + from, out + id * width + from, to - from);
    }
  }
  return OK;
}

/* out, marks, rows, width: zeros to the rows without a mark. */
KERNEL complete_rows(const double *a) {
  float *out = FLOATS(0);
  const uint8_t *marks = BYTES(1);
  const int64_t rows = COUNT(2), width = COUNT(3);
  TEAM(rows * width >= WORTH_THREADS)
  SHARE(r, rows)
    if (!marks[r]) memset(out + r * width, 0, width * sizeof(float));
  return OK;
}
`
