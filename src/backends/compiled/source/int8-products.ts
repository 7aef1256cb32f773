/**
 * Products of bytes, for who has no library of them: as products.ts, with four products of neighbours in one
 * instruction (AVX-512 VNNI). The rows of the left operand are what int8_rows makes of them, the right one is
 * read by its columns. They end as int8_results does, where the tile still is.
 */
export const int8ProductFunctions = ['int8_product'] as const

const counted = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ')

/** Rows of the largest tile. */
const tallest = 14

/** rows x 2 vectors of sums. A word has four neighbours. */
function tile(rows: number): string {
  return `
static void bytes_tile_${rows}(const uint8_t *a, int64_t row, const int32_t *b, int64_t words, int32_t *out) {
  __m512i ${Array.from({ length: rows }, (_, i) => `l${i} = _mm512_setzero_si512(), r${i} = _mm512_setzero_si512()`).join(', ')};
  for (int64_t k = 0; k < words; k++, a += 4, b += 32) {
    const __m512i left = _mm512_loadu_si512(b), right = _mm512_loadu_si512(b + 16);
    ${counted(rows, (i) => `{ int32_t word; memcpy(&word, a + ${i} * row, 4); const __m512i x = _mm512_set1_epi32(word); l${i} = _mm512_dpbusd_epi32(l${i}, x, left); r${i} = _mm512_dpbusd_epi32(r${i}, x, right); }`)}
  }
  ${counted(rows, (i) => `_mm512_storeu_si512(out + ${32 * i}, l${i}); _mm512_storeu_si512(out + ${32 * i + 16}, r${i});`)}
}`
}

export const int8ProductSource = `
#ifdef __AVX512VNNI__
#include <immintrin.h>
${counted(tallest, (i) => tile(i + 1))}

typedef void (*BytesTile)(const uint8_t *, int64_t, const int32_t *, int64_t, int32_t *);
static const BytesTile bytes_tiles[] = { NULL, ${counted(tallest, (i) => `bytes_tile_${i + 1},`)} };

INLINE void bytes_rows(const int32_t *tile, const float *scales, const float *columns, const int32_t *sums, const float *bias, int32_t *out, int64_t step, int64_t rows, int64_t n, int activation) {
  for (int64_t i = 0; i < rows; i++) int8_row(tile + 32 * i, scales[i], columns, sums, bias, out + i * step, n, activation);
}

INLINE void put_bytes(const int32_t *tile, const float *scales, const float *columns, const int32_t *sums, const float *bias, int32_t *out, int64_t step, int64_t rows, int64_t n, int64_t activation) {
  if (!bias) bytes_rows(tile, scales, columns, sums, NULL, out, step, rows, n, 0);
  else if (activation == 0) bytes_rows(tile, scales, columns, sums, bias, out, step, rows, n, 0);
  else if (activation == 1) bytes_rows(tile, scales, columns, sums, bias, out, step, rows, n, 1);
  else if (activation == 2) bytes_rows(tile, scales, columns, sums, bias, out, step, rows, n, 2);
  else bytes_rows(tile, scales, columns, sums, bias, out, step, rows, n, 3);
}
#endif

/*
 * x, its scales, y, its scales, sums of y, bias (0: none), out, rows, columns, depth, activation: x [rows, depth] bytes with 128 more, y [columns, depth] bytes, of both what 1 is worth in each row; the depth
 * is a multiple of 4. No activation without a bias.
 */
KERNEL int8_product(const double *a) {
#ifdef __AVX512VNNI__
  const uint8_t *x = BYTES(0);
  const float *scales = FLOATS(1), *y = FLOATS(2), *columns = FLOATS(3), *bias = FLOATS(5);
  const int32_t *sums = INTEGERS(4);
  int32_t *out = INTEGERS(6);
  const int64_t rows = COUNT(7), n = COUNT(8), depth = COUNT(9), words = depth / 4, panels = (n + 31) / 32;
  if (depth % 4 != 0) return 0;
  TEAM(rows * n * words >= WORTH_THREADS)
  {
    int64_t p0 = 0, p1 = panels, r0 = 0, r1 = rows;
    if (panels >= 2 * omp_get_num_threads()) share_of(panels, &p0, &p1);
    else share_of(rows, &r0, &r1);
    float *room = room_for_panels();
    int32_t tile[14 * 32] __attribute__((aligned(64)));
    const int64_t most = DEPTH * PANELS / words, group = most > 1 ? most : 1;
    for (int64_t first = p0; first < p1 && words * 32 <= DEPTH * PANEL * PANELS; first += group) {
      const int64_t next = MIN(first + group, p1);
      for (int64_t p = first; p < next; p++) copy_panel(y + p * 32 * words, 1, words, words, MIN(32, n - p * 32), room + (p - first) * words * 32);
      for (int64_t band = r0; band < r1; band += BAND) {
        const int64_t height = MIN(BAND, r1 - band), count = (height + 13) / 14;
        for (int64_t p = first; p < next; p++)
          for (int64_t t = 0; t < count; t++) {
            const int64_t row = band + height * t / count, tall = band + height * (t + 1) / count - row, column = p * 32, width = MIN(32, n - column);
            bytes_tiles[tall](x + row * depth, depth, (const int32_t *)(room + (p - first) * words * 32), words, tile);
            if (width == 32) put_bytes(tile, scales + row, columns + column, sums + column, bias ? bias + column : NULL, out + row * n + column, n, tall, 32, COUNT(10));
            else put_bytes(tile, scales + row, columns + column, sums + column, bias ? bias + column : NULL, out + row * n + column, n, tall, width, COUNT(10));
          }
      }
    }
  }
  return words * 32 <= DEPTH * PANEL * PANELS ? OK : 0;
#else
  (void)a;
  return 0;
#endif
}
`
