/**
 * Dropout masks by Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011): the same numbers as
 * src/graph/philox.ts, which says what counter and key are, drawn for many counters at a time.
 */
export const dropoutFunctions = ['dropout_mask', 'dropout_keep', 'each_dropout'] as const

export const dropoutSource = `
/* Counters drawn at once. */
#define LANES 64

typedef struct { uint32_t sample[LANES], token[LANES], block[LANES], words[4 * LANES]; } Draw;

INLINE uint32_t upper_half(uint32_t x, uint32_t y) { return (uint32_t)(((uint64_t)x * y) >> 32); }

static void draw_words(Draw *draw, uint32_t step, uint32_t key0, uint32_t key1) {
  #pragma omp simd
  for (int i = 0; i < LANES; i++) {
    uint32_t c0 = step, c1 = draw->sample[i], c2 = draw->token[i], c3 = draw->block[i];
    uint32_t k0 = key0, k1 = key1;
    #pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
      const uint32_t high0 = upper_half(0xd2511f53u, c0), low0 = 0xd2511f53u * c0;
      const uint32_t high1 = upper_half(0xcd9e8d57u, c2), low1 = 0xcd9e8d57u * c2;
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 += 0x9e3779b9u;
      k1 += 0xbb67ae85u;
    }
    draw->words[4 * i + 0] = c0;
    draw->words[4 * i + 1] = c1;
    draw->words[4 * i + 2] = c2;
    draw->words[4 * i + 3] = c3;
  }
}

/* Half words in the order of the elements that they are for, whatever the order of bytes. */
INLINE uint32_t half_word(const uint32_t *words, int64_t i) { return (words[i >> 1] >> ((i & 1) << 4)) & 0xffff; }

/* An element by its 16 bits: 0 or a factor, or whether it is kept. */
#define FACTOR(bits) ((bits) < threshold ? 0.0f : keep)
#define KEPT(bits) ((uint8_t)((bits) >= threshold))

/*
 * samples, places (0: no axis of positions), out, step, key0, key1, threshold, keep, L. Then the count of places and
 * their limit, the length of a row and the number of rows. Then the shape of the rows, and the steps of example,
 * token, block and position along it.
 * Each row has counters of its own, one for eight elements; an element is 0 where its 16 bits are below the threshold. Gives the first wrong place.
 */
#define MASK(name, element, value) \\
  KERNEL name(const double *a) { \\
    const int32_t *samples = INTEGERS(0), *places = INTEGERS(1); \\
    element *out = (element *)(intptr_t)a[2]; \\
    const uint32_t step = (uint32_t)a[3], key0 = (uint32_t)a[4], key1 = (uint32_t)a[5], threshold = (uint32_t)a[6]; \\
    const float keep = (float)a[7]; \\
    const int64_t L = COUNT(8), length = COUNT(11), blocks = (length + 7) / 8; \\
    const int32_t wrong = places ? wrong_place(places, COUNT(9), COUNT(10)) : OK; \\
    if (wrong != OK) return wrong; \\
    const Shape shape = shape_at(a + 12); \\
    const int64_t last = shape.dimensions, rows = rows_of(&shape, last); \\
    int64_t steps[4][DIMENSIONS]; \\
    read_steps(a + 13 + last, last, 4, steps); \\
    TEAM(rows * length >= WORTH_THREADS / 8) \\
    { \\
      int64_t from, to, index[DIMENSIONS], at[4]; \\
      share_of(rows, &from, &to); \\
      seek(&shape, last, from, index, 4, steps, at); \\
      Draw draw; \\
      memset(&draw, 0, sizeof draw); \\
      element *row_out[LANES]; \\
      int64_t width[LANES], filled = 0; \\
      int whole = 1; \\
      for (int64_t row = from; row < to; row++) { \\
        int64_t example = at[0], token = at[1]; \\
        if (places) { \\
          const int64_t place = places[at[3]], live = place < 0 ? -1 - place : place; \\
          example = live / L; \\
          token += live % L; \\
        } \\
        for (int64_t b = 0; b < blocks; b++) { \\
          draw.sample[filled] = (uint32_t)samples[example]; \\
          draw.token[filled] = (uint32_t)token; \\
          draw.block[filled] = (uint32_t)(at[2] + b); \\
          row_out[filled] = out + row * length + b * 8; \\
          width[filled] = MIN(8, length - b * 8); \\
          whole &= width[filled] == 8; \\
          filled++; \\
          if (filled < LANES && !(row == to - 1 && b == blocks - 1)) continue; \\
          draw_words(&draw, step, key0, key1); \\
          if (whole) { \\
            element *start = row_out[0]; \\
            _Pragma("omp simd") \\
            for (int64_t i = 0; i < filled * 4; i++) { \\
              const uint32_t word = draw.words[i]; \\
              start[2 * i] = value(word & 0xffff); \\
              start[2 * i + 1] = value(word >> 16); \\
            } \\
          } else \\
            for (int64_t k = 0; k < filled; k++) \\
              for (int64_t i = 0; i < width[k]; i++) row_out[k][i] = value(half_word(draw.words + 4 * k, i)); \\
          filled = 0; \\
          whole = 1; \\
        } \\
        advance(&shape, last, index, 4, steps, at); \\
      } \\
    } \\
    return OK; \\
  }
MASK(dropout_mask, float, FACTOR)
MASK(dropout_keep, uint8_t, KEPT)

/* x, what is kept of it, out, n, factor; out may be x. */
KERNEL each_dropout(const double *a) {
  const float *x = FLOATS(0);
  const uint8_t *kept = BYTES(1);
  float *out = FLOATS(2);
  const int64_t n = COUNT(3);
  const float factor = (float)a[4];
  TEAM(n >= WORTH_THREADS)
  {
    int64_t from, to;
    share_of(n, &from, &to);
    #pragma omp simd
    for (int64_t i = from; i < to; i++) out[i] = x[i] * (kept[i] * factor);
  }
  return OK;
}
`
