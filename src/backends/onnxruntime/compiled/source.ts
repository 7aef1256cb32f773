/**
 * Kernels in C as operators of ONNX Runtime (struct OrtCustomOp of onnxruntime_c_api.h, as of version 18): a node has the address of a cell as its attribute, the cell that of
 * a block of numbers, which says what the node is to do at the sizes of the batch (blocks.ts writes it).
 */
import { functionNames } from '../../compiled/source/index.ts'
import { tableVersion } from '../functions.ts'

/** Types of results, by the name of the operator that has them; numbers as ONNX has them. */
export const resultOperators = {
  f32: ['KernelOfFloats', 1],
  u8: ['KernelOfBytes', 2],
  bool: ['KernelOfBooleans', 9],
} as const

/** Inputs that a node may have, and arguments of a kernel. */
export const mostInputs = 8
export const mostArguments = 64

export const domain = 'distill'

const operators = Object.entries(resultOperators)

export const operatorSource = `
typedef int32_t (*Kernel)(const double *);
static const Kernel kernels[] = { ${functionNames.join(', ')} };

/* The runtime's functions, by their places in its table. */
static const void *const *runtime;
typedef void *Status;
#define CREATE_STATUS ((Status (*)(int, const char *))runtime[0])
#define TENSOR_DATA ((Status (*)(const void *, void **))runtime[51])
#define INTEGER_ATTRIBUTE ((Status (*)(const void *, const char *, int64_t *))runtime[86])
#define INPUT ((Status (*)(const void *, size_t, const void **))runtime[90])
#define OUTPUT ((Status (*)(void *, size_t, const int64_t *, size_t, void **))runtime[91])
#define PARALLEL_FOR ((Status (*)(const void *, void (*)(void *, size_t), size_t, size_t, void *))runtime[274])

typedef struct { Kernel kernel; const double *arguments; int size, phase, wrong; } Job;

static void run_member(void *data, size_t place) {
  Job *job = data;
  team.place = (int)place;
  team.size = job->size;
  team.phase = job->phase;
  if (job->kernel(job->arguments) != OK) job->wrong = 1;
  team.place = team.phase = 0;
  team.size = 1;
}

/* inputs, rank, dimensions, number of calls, then of each call: kernel, phases, members, number of arguments, where each is from, its value. */
static Status compute(void *cell, void *context) {
  const double *block = (const double *)(intptr_t)*(const double *)cell;
  const int64_t inputs = (int64_t)block[0], rank = (int64_t)block[1];
  int64_t dimensions[16];
  for (int64_t d = 0; d < rank; d++) dimensions[d] = (int64_t)block[2 + d];
  double bases[${mostInputs} + 1];
  void *made, *data;
  const void *given;
  Status status = OUTPUT(context, 0, dimensions, (size_t)rank, &made);
  if (status || (status = TENSOR_DATA(made, &data))) return status;
  bases[0] = (double)(intptr_t)data;
  for (int64_t i = 0; i < inputs; i++) {
    if ((status = INPUT(context, (size_t)i, &given)) || (status = TENSOR_DATA(given, &data))) return status;
    bases[1 + i] = (double)(intptr_t)data;
  }
  const double *call = block + 3 + rank;
  for (int64_t calls = (int64_t)block[2 + rank]; calls > 0; calls--) {
    double arguments[${mostArguments}];
    const int64_t count = (int64_t)call[3];
    const double *from = call + 4, *values = from + count;
    for (int64_t k = 0; k < count; k++) arguments[k] = from[k] < 0 ? values[k] : bases[(int64_t)from[k]] + values[k];
    const int phases = (int)call[1], members = (int)call[2];
    Job job = { kernels[(int64_t)call[0]], arguments, 1, 0, 0 };
    if (members == 1) job.wrong = job.kernel(arguments) != OK;
    else
      for (job.phase = 1, job.size = members; job.phase <= phases; job.phase++)
        if ((status = PARALLEL_FOR(context, run_member, (size_t)members, (size_t)members, &job))) return status;
    if (job.wrong) return CREATE_STATUS(1, "a compiled kernel does not take its arguments");
    call = values + count;
  }
  return NULL;
}

typedef struct Operator Operator;
struct Operator {
  uint32_t version;
  void *(*create)(const Operator *, const void *, const void *);
  const char *(*name)(const Operator *);
  const char *(*provider)(const Operator *);
  int (*input_type)(const Operator *, size_t);
  size_t (*inputs)(const Operator *);
  int (*output_type)(const Operator *, size_t);
  size_t (*outputs)(const Operator *);
  void (*compute_unchecked)(void *, void *);
  void (*destroy)(void *);
  int (*input_kind)(const Operator *, size_t);
  int (*output_kind)(const Operator *, size_t);
  int (*input_memory)(const Operator *, size_t);
  int (*least_inputs)(const Operator *);
  int (*inputs_alike)(const Operator *);
  int (*least_outputs)(const Operator *);
  int (*outputs_alike)(const Operator *);
  Status (*create_checked)(const Operator *, const void *, const void *, void **);
  Status (*compute)(void *, void *);
  Status (*infer_shapes)(const Operator *, void *);
  int (*first_version)(const Operator *);
  int (*last_version)(const Operator *);
  size_t (*may_share)(int **, int **);
  void (*release_may_share)(int *, int *);
  size_t (*shares)(int **, int **);
  void (*release_shares)(int *, int *);
};

static Status create(const Operator *own, const void *api, const void *info, void **cell) {
  (void)own;
  runtime = api;
  int64_t address = 0;
  Status status = INTEGER_ATTRIBUTE(info, "cell", &address);
  *cell = (void *)(intptr_t)address;
  return status;
}

static const char *no_provider(const Operator *own) { (void)own; return NULL; }
static void destroy(void *cell) { (void)cell; }
static size_t one(const Operator *own) { (void)own; return 1; }
static int one_at_least(const Operator *own) { (void)own; return 1; }
static int not_alike(const Operator *own) { (void)own; return 0; }
static int any_type(const Operator *own, size_t index) { (void)own, (void)index; return 0; }
static int many(const Operator *own, size_t index) { (void)own, (void)index; return 2; }
static int required(const Operator *own, size_t index) { (void)own, (void)index; return 0; }

#define OPERATOR(label, number) \\
  static const char *name_of_##label(const Operator *own) { (void)own; return #label; } \\
  static int type_of_##label(const Operator *own, size_t index) { (void)own, (void)index; return number; } \\
  static const Operator label = { \\
    .version = ${tableVersion}, .name = name_of_##label, .provider = no_provider, .input_type = any_type, .inputs = one, .output_type = type_of_##label, \\
    .outputs = one, .destroy = destroy, .input_kind = many, .output_kind = required, .input_memory = required, .least_inputs = one_at_least, \\
    .inputs_alike = not_alike, .least_outputs = one_at_least, .outputs_alike = not_alike, .create_checked = create, .compute = compute, \\
    .first_version = one_at_least, .last_version = one_at_least, \\
  };
${operators.map(([, [name, number]]) => `OPERATOR(${name}, ${number})`).join('\n')}

/* out: the address of each operator. */
KERNEL list_operators(const double *a) {
  double *out = (double *)(intptr_t)a[0];
${operators.map(([, [name]], place) => `  out[${place}] = (double)(intptr_t)&${name};`).join('\n')}
  return OK;
}
`
