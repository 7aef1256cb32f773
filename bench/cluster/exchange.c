/*
 * The exchange of MpiCluster.sum as a C program does it: each rank gets its range of all ranks' numbers, adds them up
 * in the tree of addInTree, and sends the sum to all. Buffers are kept from one exchange to the next.
 */
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static int size, rank, length;
static float *numbers, *received, **leaves;
static MPI_Request *requests;

static int least(int a, int b) { return a < b ? a : b; }

/* Whole cache lines, as MpiCluster.range. */
static int begin_of(int peer) { return least(length, 16 * ((length + 16 * size - 1) / (16 * size)) * peer); }
static int length_of(int peer) { return begin_of(peer + 1) - begin_of(peer); }

static float *add_in_tree(int first, int count, int n) {
  if (count == 1) return leaves[first];
  int half = 1;
  while (2 * half < count) half *= 2;
  float *restrict left = add_in_tree(first, half, n);
  const float *restrict right = add_in_tree(first + half, count - half, n);
  for (int i = 0; i < n; i++) left[i] += right[i];
  return left;
}

/* Room for an exchange of so many numbers of this rank. */
float *exchange_prepare(int count) {
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  free(numbers), free(received), free(leaves), free(requests);
  length = count;
  size_t own = length_of(rank), all = (sizeof(float) * (size_t)count + 63) / 64 * 64;
  numbers = aligned_alloc(64, all);
  received = aligned_alloc(64, (sizeof(float) * own * size + 63) / 64 * 64 + 64);
  leaves = malloc(sizeof(float *) * size);
  requests = malloc(sizeof(MPI_Request) * 2 * size);
  memset(numbers, 0, all);
  memset(received, 0, sizeof(float) * own * size);
  return numbers;
}

void exchange_barrier(void) { MPI_Barrier(MPI_COMM_WORLD); }

/* Seconds of one exchange, from the moment when all ranks are there. */
double exchange_once(void) {
  MPI_Barrier(MPI_COMM_WORLD);
  double since = MPI_Wtime();
  int count = 0, n = length_of(rank);
  float *own = numbers + begin_of(rank);
  for (int peer = 0; peer < size; peer++) {
    leaves[peer] = peer == rank ? own : received + (size_t)peer * n;
    if (peer != rank) MPI_Irecv(leaves[peer], n, MPI_FLOAT, peer, 1, MPI_COMM_WORLD, &requests[count++]);
  }
  for (int peer = 0; peer < size; peer++)
    if (peer != rank)
      MPI_Isend(numbers + begin_of(peer), length_of(peer), MPI_FLOAT, peer, 1, MPI_COMM_WORLD, &requests[count++]);
  MPI_Waitall(count, requests, MPI_STATUSES_IGNORE);
  float *sum = add_in_tree(0, size, n);
  if (sum != own) memcpy(own, sum, sizeof(float) * n);
  count = 0;
  for (int peer = 0; peer < size; peer++)
    if (peer != rank)
      MPI_Irecv(numbers + begin_of(peer), length_of(peer), MPI_FLOAT, peer, 2, MPI_COMM_WORLD, &requests[count++]);
  for (int peer = 0; peer < size; peer++)
    if (peer != rank) MPI_Isend(own, n, MPI_FLOAT, peer, 2, MPI_COMM_WORLD, &requests[count++]);
  MPI_Waitall(count, requests, MPI_STATUSES_IGNORE);
  return MPI_Wtime() - since;
}
