/**
 * One call of a primitive of oneDNN with all its arguments: several times cheaper than a call of the library
 * for each. And the number of threads that kernels run on.
 */
export const launchFunctions = ['launch_primitive', 'set_threads'] as const

export const launchSource = `
#ifndef _WIN32
#include <pthread.h>
#include <signal.h>
#endif

/* An argument as oneDNN reads it. */
typedef struct { int32_t place; void *memory; } Argument;

typedef int (*SetAddress)(void *memory, void *address);
typedef int (*Execute)(const void *primitive, void *stream, int count, const Argument *arguments);

/*
 * The functions dnnl_memory_set_data_handle and dnnl_primitive_execute, stream, primitive, arguments, their number, 1 where no signal may interrupt it, then the address of
 * each. Gives the status where it is none of success.
 */
KERNEL launch_primitive(const double *a) {
  const SetAddress set = (SetAddress)(intptr_t)a[0];
  const Execute execute = (Execute)(intptr_t)a[1];
  void *stream = (void *)(intptr_t)a[2];
  const void *primitive = (const void *)(intptr_t)a[3];
  const Argument *arguments = (const Argument *)(intptr_t)a[4];
  const int count = (int)a[5];
  for (int i = 0; i < count; i++) {
    const int status = set(arguments[i].memory, (void *)(intptr_t)a[7 + i]);
    if (status != 0) return status;
  }
#ifndef _WIN32
  if (a[6] != 0) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const int status = execute(primitive, stream, count, arguments);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status == 0 ? OK : status;
  }
#endif
  const int status = execute(primitive, stream, count, arguments);
  return status == 0 ? OK : status;
}

/* The number of threads of all kernels, whatever OpenMP the library of products has. Gives how many there will be: 1 without OpenMP. */
KERNEL set_threads(const double *a) {
#ifdef _OPENMP
  omp_set_num_threads((int)a[0]);
#endif
  return omp_get_max_threads();
}
`
