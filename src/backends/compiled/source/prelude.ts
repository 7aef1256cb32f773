/**
 * What all kernels in C begin with. A kernel is `int32_t name(const double *a)`: its arguments stand in a
 * block of float64, addresses among them, so that a call passes one number and nothing is allocated. It gives
 * -1, or what its own text says. Sums are cut into pieces of fixed size and added up in their order, so a
 * result does not depend on the number of threads.
 */
export const prelude = `
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#define IN_PHASE(k) 1
#else
/* Another team than OpenMP's calls a kernel once for each of its members, and once more for each phase: a phase begins when all members have done the one before. */
static _Thread_local struct { int place, size, phase; } team = { 0, 1, 0 };
static int omp_get_max_threads(void) { return 1; }
static int omp_get_thread_num(void) { return team.place; }
static int omp_get_num_threads(void) { return team.size; }
#define IN_PHASE(k) (team.phase == 0 || team.phase == k)
#endif

#define KERNEL __attribute__((visibility("default"))) int32_t
#define INLINE static inline __attribute__((always_inline))
#define FLOATS(i) ((float *)(intptr_t)a[i])
#define INTEGERS(i) ((int32_t *)(intptr_t)a[i])
#define BYTES(i) ((uint8_t *)(intptr_t)a[i])
#define COUNT(i) ((int64_t)a[i])
#define OK (-1)

/* Additions below which a second thread takes longer to wake than it would help; kernels that do more with an element ask for fewer. */
#define WORTH_THREADS 32768
/* Pieces of which sums are made. */
#define PIECE 16384
/* Neighbours whose sum is float32 before it goes on in float64. */
#define BLOCK 256

/* What follows is done by a team, where it is worth one. */
#define PRAGMA(text) _Pragma(#text)
#define TEAM(worth) PRAGMA(omp parallel if (worth))
/* A loop over this member's part of 0 .. n - 1. */
#define SHARE(i, n) for (int64_t i = first_of(n), end_of_##i = last_of(n); i < end_of_##i; i++)

#define MIN(x, y) ((x) < (y) ? (x) : (y))

/* Up to six dimensions, the last innermost, and how operands step along them, in elements. */
#define DIMENSIONS 6
typedef struct { int64_t dimensions, shape[DIMENSIONS]; } Shape;

INLINE Shape shape_at(const double *a) {
  Shape shape = { (int64_t)a[0], {0} };
  for (int64_t d = 0; d < shape.dimensions; d++) shape.shape[d] = (int64_t)a[1 + d];
  return shape;
}

/* Elements before dimension 'last'. */
INLINE int64_t rows_of(const Shape *shape, int64_t last) {
  int64_t rows = 1;
  for (int64_t d = 0; d < last; d++) rows *= shape->shape[d];
  return rows;
}

/* Places of 'n' operands at row 'row' of the dimensions before 'last'. */
INLINE void seek(const Shape *shape, int64_t last, int64_t row, int64_t *index, int n, const int64_t (*steps)[DIMENSIONS], int64_t *at) {
  for (int k = 0; k < n; k++) at[k] = 0;
  for (int64_t d = last - 1; d >= 0; d--) {
    index[d] = row % shape->shape[d];
    row /= shape->shape[d];
    for (int k = 0; k < n; k++) at[k] += index[d] * steps[k][d];
  }
}

/* The next row. */
INLINE void advance(const Shape *shape, int64_t last, int64_t *index, int n, const int64_t (*steps)[DIMENSIONS], int64_t *at) {
  for (int64_t d = last - 1; d >= 0; d--) {
    for (int k = 0; k < n; k++) at[k] += steps[k][d];
    if (++index[d] < shape->shape[d]) return;
    index[d] = 0;
    for (int k = 0; k < n; k++) at[k] -= steps[k][d] * shape->shape[d];
  }
}

INLINE void read_steps(const double *a, int64_t dimensions, int n, int64_t (*steps)[DIMENSIONS]) {
  for (int k = 0; k < n; k++)
    for (int64_t d = 0; d < dimensions; d++) steps[k][d] = (int64_t)a[k * dimensions + d];
}

INLINE int64_t first_of(int64_t n) { return n * omp_get_thread_num() / omp_get_num_threads(); }
INLINE int64_t last_of(int64_t n) { return n * (omp_get_thread_num() + 1) / omp_get_num_threads(); }

/* The rows from 'from' to 'to' that are this member's. */
INLINE void share_of(int64_t rows, int64_t *from, int64_t *to) {
  *from = first_of(rows);
  *to = last_of(rows);
}
`
