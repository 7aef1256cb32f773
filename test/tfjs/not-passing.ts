/** TensorFlow.js's own tests that do not pass on the native backend, each with its reason; `docs/backends.md` says the same. */

/** None. A test that fails and is not here fails ours; so does one that is here and passes. */
export const failing: { readonly [test: string]: string } = {}

/** Switched off by TensorFlow.js where they are written (`xit`), for every backend: the file. */
export const switchedOff: { readonly [test: string]: string } = {
  'debug on A x B': 'debug_mode_test',
  'IS_BROWSER isBrowser: true': 'flags_test',
  'IS_BROWSER isBrowser: false': 'flags_test',
  'kernel_registry errors when registering the same kernel twice': 'kernel_registry_test',
  'gradient registry warning when registering the same gradient twice': 'kernel_registry_test',
}

/** Suites that TensorFlow.js does not define here: those of a browser's canvas, storage and files, and one for its backend named `cpu`. */
export const undefinedSuites = 20

/** Kernels that no test calls. */
export const notCalled: readonly string[] = []
