/**
 * Products of matrices in float32, for who has no library of them as fast: tiles of the result stay in
 * registers while panels of the right operand, copied so that they lie in their order, pass by (K. Goto and
 * R. van de Geijn, Anatomy of High-Performance Matrix Multiplication, 2008). The left operand is read where
 * it lies. Only for AVX-512, where they were measured.
 */
import { activationCodes } from './curves.ts'

export const productFunctions = ['product', 'products_here'] as const

/** What `products_here` gives is the sum of these. */
export const productsHere = { float32: 1, int8: 2 } as const

/**
 * Numbers of what a product ends with: an activation of the sum, or the product with an activation's slope at
 * a value beside it.
 */
export const productEnds: { readonly [name: string]: number | undefined } = {
  ...activationCodes,
  gelu_gradient: 4,
  gelu_tanh_gradient: 5,
}

/** Rows of the largest tile. */
const tallest = 14

const counted = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ')

/** rows x 2 vectors of the result. */
function tile(rows: number): string {
  return `
static void tile_${rows}(const float *a, int64_t row, int64_t along, const float *b, int64_t depth, float *out) {
  Vector ${Array.from({ length: rows }, (_, i) => `l${i} = { 0 }, r${i} = { 0 }`).join(', ')};
  for (int64_t k = 0; k < depth; k++, a += along, b += PANEL) {
    const Vector left = *(const Vector *)b, right = *(const Vector *)(b + WIDTH);
    ${counted(rows, (i) => `{ const float x = a[${i} * row]; l${i} += x * left; r${i} += x * right; }`)}
  }
  ${counted(rows, (i) => `*(Vector *)(out + ${2 * i} * WIDTH) = l${i}; *(Vector *)(out + ${2 * i + 1} * WIDTH) = r${i};`)}
}`
}

export const productSource = `
/* Whether there are products of float32 and of bytes on this processor, as a sum of 1 and 2. */
KERNEL products_here(const double *a) {
  (void)a;
#if defined(__AVX512F__) && defined(__AVX512VNNI__)
  return ${productsHere.float32 + productsHere.int8};
#elif defined(__AVX512F__)
  return ${productsHere.float32};
#else
  return 0;
#endif
}

#ifdef __AVX512F__
/* Numbers in a vector, and rows of the largest tile: two vectors of each row, and what they are made of, fill the registers. */
#define WIDTH 16
#define TALL ${tallest}
#define PANEL (2 * WIDTH)
/* As much of a panel as the second cache gives beside the rows that meet it, rows that are taken at once, and panels: two megabytes of them. */
#define DEPTH 768
#define BAND 112
#define PANELS (524288 / (DEPTH * PANEL))

typedef float Vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
${counted(tallest, (i) => tile(i + 1))}

typedef void (*Tile)(const float *, int64_t, int64_t, const float *, int64_t, float *);
static const Tile tiles[] = { NULL, ${counted(tallest, (i) => `tile_${i + 1},`)} };

#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));
/* Rows of memory become columns of a panel, four by four. */
INLINE void turn_four(const float *from, int64_t apart, float *to) {
  const Four p = *(const Four *)from, q = *(const Four *)(from + apart), r = *(const Four *)(from + 2 * apart), s = *(const Four *)(from + 3 * apart);
  const Four t = __builtin_shufflevector(p, q, 0, 4, 1, 5), u = __builtin_shufflevector(p, q, 2, 6, 3, 7);
  const Four v = __builtin_shufflevector(r, s, 0, 4, 1, 5), w = __builtin_shufflevector(r, s, 2, 6, 3, 7);
  *(Four *)to = __builtin_shufflevector(t, v, 0, 1, 4, 5);
  *(Four *)(to + PANEL) = __builtin_shufflevector(t, v, 2, 3, 6, 7);
  *(Four *)(to + 2 * PANEL) = __builtin_shufflevector(u, w, 0, 1, 4, 5);
  *(Four *)(to + 3 * PANEL) = __builtin_shufflevector(u, w, 2, 3, 6, 7);
}
#else
INLINE void turn_four(const float *from, int64_t apart, float *to) {
  for (int k = 0; k < 4; k++) for (int j = 0; j < 4; j++) to[k * PANEL + j] = from[j * apart + k];
}
#endif

/* depth x columns of b, as a panel; what is left of its width is zeros. */
static void copy_panel(const float *b, int64_t along, int64_t column, int64_t depth, int64_t columns, float *to) {
  int64_t j = 0;
  if (columns < PANEL) memset(to, 0, sizeof(float) * depth * PANEL);
  if (column == 1 && columns == PANEL) {
    for (int64_t k = 0; k < depth; k++) {
      const Vector left = *(const Vector *)(b + k * along), right = *(const Vector *)(b + k * along + WIDTH);
      *(Vector *)(to + k * PANEL) = left;
      *(Vector *)(to + k * PANEL + WIDTH) = right;
    }
    return;
  }
  if (along == 1)
    for (; j + 4 <= columns; j += 4) {
      int64_t k = 0;
      for (; k + 4 <= depth; k += 4) turn_four(b + j * column + k, column, to + k * PANEL + j);
      for (; k < depth; k++) for (int64_t i = j; i < j + 4; i++) to[k * PANEL + i] = b[i * column + k];
    }
  for (int64_t k = 0; k < depth; k++) for (int64_t i = j; i < columns; i++) to[k * PANEL + i] = b[k * along + i * column];
}

/* How a product ends: bias of columns (NULL: none), activation or slope, and what the slope is taken of. */
typedef struct { const float *bias, *beside; int64_t end; } End;

INLINE void end_row(float *out, const float *sum, const float *bias, const float *beside, int64_t n, int more, int end) {
  #pragma omp simd
  for (int64_t j = 0; j < n; j++) {
    float value = sum[j];
    if (more) value += out[j];
    if (bias) value += bias[j];
    if (end < 4) value = activated(value, end);
    if (end == 4) value *= gelu_slope(beside[j]);
    if (end == 5) value *= gelu_tanh_slope(beside[j]);
    out[j] = value;
  }
}

INLINE void end_rows(float *out, int64_t step, const float *tile, int64_t rows, const float *bias, const float *beside, int64_t n, int more, int end) {
  for (int64_t i = 0; i < rows; i++) end_row(out + i * step, tile + i * PANEL, bias, beside ? beside + i * step : NULL, n, more, end);
}

/* Rows of a tile, n numbers of each: one loop for each way to end, and each known to the compiler. */
INLINE void put_rows(const float *tile, float *out, int64_t step, int64_t rows, int64_t n, const float *bias, const float *beside, int more, int64_t end) {
  if (end == 0 && !bias && !more) end_rows(out, step, tile, rows, NULL, NULL, n, 0, 0);
  else if (end == 0 && !bias) end_rows(out, step, tile, rows, NULL, NULL, n, 1, 0);
  else if (end == 0 && !more) end_rows(out, step, tile, rows, bias, NULL, n, 0, 0);
  else if (end == 0) end_rows(out, step, tile, rows, bias, NULL, n, 1, 0);
  else if (end == 1) end_rows(out, step, tile, rows, bias, NULL, n, more, 1);
  else if (end == 2) end_rows(out, step, tile, rows, bias, NULL, n, more, 2);
  else if (end == 3) end_rows(out, step, tile, rows, bias, NULL, n, more, 3);
  else if (end == 4) end_rows(out, step, tile, rows, NULL, beside, n, more, 4);
  else end_rows(out, step, tile, rows, NULL, beside, n, more, 5);
}

/* A tile goes to its place, or is added to what is there; 'last' says that nothing more is. */
static void put_tile(const float *tile, float *out, int64_t step, int64_t rows, int64_t n, int64_t column, int64_t at, int more, int last, const End *end) {
  const float *bias = last && end->bias ? end->bias + column : NULL, *beside = last && end->end >= 4 ? end->beside + at : NULL;
  const int64_t kind = last ? end->end : 0;
  if (n == PANEL) put_rows(tile, out, step, rows, PANEL, bias, beside, more, kind);
  else put_rows(tile, out, step, rows, n, bias, beside, more, kind);
}

/* Two operands and the result, with their steps: along rows, along what is summed, along columns. */
typedef struct { const float *a, *b; float *out; int64_t rows, columns, depth, a_row, a_along, b_along, b_column, out_row; } Matrices;

/* A thread keeps it. */
static float *room_for_panels(void) {
  static _Thread_local float *room;
  if (room == NULL) room = malloc(sizeof(float) * DEPTH * PANEL * PANELS);
  return room;
}

/* Rows 'r0' to 'r1' of panels 'p0' to 'p1'. */
static void multiply(const Matrices *m, int64_t r0, int64_t r1, int64_t p0, int64_t p1, const End *end) {
  float *room = room_for_panels();
  float tile[TALL * PANEL] __attribute__((aligned(64)));
  const int64_t slabs = (m->depth + DEPTH - 1) / DEPTH;
  for (int64_t first = p0; first < p1; first += PANELS) {
    const int64_t next = MIN(first + PANELS, p1);
    for (int64_t slab = 0; slab < slabs; slab++) {
      const int64_t k0 = m->depth * slab / slabs, depth = m->depth * (slab + 1) / slabs - k0;
      for (int64_t p = first; p < next; p++)
        copy_panel(m->b + k0 * m->b_along + p * PANEL * m->b_column, m->b_along, m->b_column, depth, MIN(PANEL, m->columns - p * PANEL), room + (p - first) * depth * PANEL);
      for (int64_t band = r0; band < r1; band += BAND) {
        const int64_t height = MIN(BAND, r1 - band), count = (height + TALL - 1) / TALL;
        for (int64_t p = first; p < next; p++) {
          const int64_t column = p * PANEL, n = MIN(PANEL, m->columns - column);
          for (int64_t t = 0; t < count; t++) {
            const int64_t row = band + height * t / count, rows = band + height * (t + 1) / count - row, at = row * m->out_row + column;
            tiles[rows](m->a + row * m->a_row + k0 * m->a_along, m->a_row, m->a_along, room + (p - first) * depth * PANEL, depth, tile);
            put_tile(tile, m->out + at, m->out_row, rows, n, column, at, slab > 0, slab == slabs - 1, end);
          }
        }
      }
    }
  }
}

/*
 * a, b, bias (0: none), beside (0: none), out, rows, columns, depth, steps of a along rows and depth, of b along depth and columns, of out along rows, how it ends, then a nest of a, b and out:
 * one product at each of its places. out steps by one along columns; beside lies as out.
 */
KERNEL product(const double *a) {
  const float *x = FLOATS(0), *y = FLOATS(1), *bias = FLOATS(2), *beside = FLOATS(3);
  float *out = FLOATS(4);
  const int64_t rows = COUNT(5), columns = COUNT(6), depth = COUNT(7), panels = (columns + PANEL - 1) / PANEL;
  const Shape shape = shape_at(a + 14);
  const int64_t last = shape.dimensions, places = rows_of(&shape, last);
  int64_t steps[3][DIMENSIONS];
  read_steps(a + 15 + last, last, 3, steps);
  TEAM(places * rows * columns * depth >= WORTH_THREADS * 8)
  {
    /* whole products, or columns, or rows: what is copied is copied once where there is enough of the first two */
    const int64_t members = omp_get_num_threads();
    int64_t from = 0, to = places, p0 = 0, p1 = panels, r0 = 0, r1 = rows, index[DIMENSIONS], at[3];
    if (places >= 2 * members) share_of(places, &from, &to);
    else if (panels >= 2 * members) share_of(panels, &p0, &p1);
    else share_of(rows, &r0, &r1);
    seek(&shape, last, from, index, 3, steps, at);
    for (int64_t place = from; place < to; place++) {
      const Matrices m = { x + at[0], y + at[1], out + at[2], rows, columns, depth, COUNT(8), COUNT(9), COUNT(10), COUNT(11), COUNT(12) };
      const End end = { bias, beside ? beside + at[2] : NULL, COUNT(13) };
      multiply(&m, r0, r1, p0, p1, &end);
      advance(&shape, last, index, 3, steps, at);
    }
  }
  return OK;
}
#else
KERNEL product(const double *a) { (void)a; return 0; }
#endif
`
