/**
 * Kernels in C as operators of ONNX Runtime (struct OrtCustomOp of its onnxruntime_c_api.h, as of version
 * 18). A node has the address of a cell as its attribute, the cell that of a block of numbers, which says
 * what the node is to do with a batch (nodes.ts writes it).
 */

import { dataTypes, type OnnxDType } from '../../../onnx/protobuf.ts'
import { functionNames } from '../../compiled/source/index.ts'
import { tableVersion } from '../functions.ts'

export const domain = 'distill'

interface Operator {
  /** Types of the results. */
  readonly results: readonly OnnxDType[]
  /**
   * Whether its result is where its first input is: always, or where nobody else reads that and the shapes
   * are known to be one.
   */
  readonly over?: 'always' | 'perhaps'
}

export const operators = {
  KernelOfFloats: { results: ['f32'] },
  KernelOfBytes: { results: ['u8'] },
  KernelOfBooleans: { results: ['bool'] },
  KernelOfBytesAndFloats: { results: ['u8', 'f32'] },
  KernelOverFloats: { results: ['f32'], over: 'always' },
  KernelPerhapsOverFloats: { results: ['f32'], over: 'perhaps' },
} as const satisfies { readonly [name: string]: Operator }

export type OperatorName = keyof typeof operators

/**
 * A shape that follows the first input's: all of it, or all but its last dimension, or another one in its
 * place, which follows.
 */
export const [likeInput, likeRows, likeProduct] = [-1, -2, -3] as const
/**
 * Where an argument is from that is no operand: it is a number; it is the last dimension of the first input;
 * it is how many there are of that.
 */
export const [aNumber, lastOfInput, rowsOfInput] = [-1, -2, -3] as const

/** Inputs that a node may have, and arguments of a kernel. */
export const mostInputs = 8
export const mostArguments = 64
const mostDimensions = 16

const listed = Object.entries<Operator>(operators)

function definition([name, { results, over }]: readonly [string, Operator]): string {
  const [first = 'f32', second = first] = results
  const places = { always: 'shares', perhaps: 'may_share' }
  const sharing = over && `.${places[over]} = first_over_first, .release_${places[over]} = release_places`
  const type = `index == 0 ? ${dataTypes[first]} : ${dataTypes[second]}`
  return `OPERATOR(${name}, ${type}, ${results.length === 1 ? 'one' : 'two'}, ${sharing ?? ''})`
}

export const operatorSource = `
typedef int32_t (*Kernel)(const double *);
static const Kernel kernels[] = { ${functionNames.join(', ')} };

/* The runtime's functions, by their places in its table. */
static const void *const *runtime;
typedef void *Status;
#define CREATE_STATUS ((Status (*)(int, const char *))runtime[0])
#define TENSOR_DATA ((Status (*)(const void *, void **))runtime[51])
#define RANK ((Status (*)(const void *, size_t *))runtime[61])
#define DIMENSIONS_OF ((Status (*)(const void *, int64_t *, size_t))runtime[62])
#define TENSOR_TYPE ((Status (*)(const void *, void **))runtime[65])
#define INTEGER_ATTRIBUTE ((Status (*)(const void *, const char *, int64_t *))runtime[86])
#define INPUT ((Status (*)(const void *, size_t, const void **))runtime[90])
#define OUTPUT ((Status (*)(void *, size_t, const int64_t *, size_t, void **))runtime[91])
#define RELEASE_TYPE ((void (*)(void *))runtime[99])
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

typedef struct { size_t rank; int64_t dimensions[${mostDimensions}]; } Dimensions;

static Status read_dimensions(const void *value, Dimensions *out) {
  void *type;
  Status status = TENSOR_TYPE(value, &type);
  if (status) return status;
  status = RANK(type, &out->rank);
  if (!status && out->rank <= ${mostDimensions}) status = DIMENSIONS_OF(type, out->dimensions, out->rank);
  RELEASE_TYPE(type);
  return status;
}

/*
 * The block: inputs, results, of each result its rank and dimensions, or ${likeInput} (like the first input) or ${likeRows} (without its last dimension) or ${likeProduct} (with the one that follows in its place); calls, of each call kernel, phases, members,
 * number of arguments, where each is from (an operand, results first; ${aNumber}: a number; ${lastOfInput}: the last dimension of the first input; ${rowsOfInput}: how many there are of it), and each: a number,
 * or bytes after where the operand begins.
 */
static Status compute(void *cell, void *context) {
  const double *block = (const double *)(intptr_t)*(const double *)cell, *next = block + 2;
  const int64_t inputs = (int64_t)block[0], results = (int64_t)block[1];
  double operands[${mostInputs} + 2];
  Dimensions first = { 0, {0} };
  int64_t last = 1, rows = 1;
  void *made, *data;
  const void *given;
  Status status;
  for (int64_t i = 0; i < inputs; i++) {
    if ((status = INPUT(context, (size_t)i, &given)) || (status = TENSOR_DATA(given, &data))) return status;
    operands[results + i] = (double)(intptr_t)data;
    if (i > 0 || *next >= 0) continue;
    if ((status = read_dimensions(given, &first))) return status;
    for (size_t d = 0; d + 1 < first.rank; d++) rows *= first.dimensions[d];
    if (first.rank > 0) last = first.dimensions[first.rank - 1];
  }
  for (int64_t i = 0; i < results; i++) {
    Dimensions own = first;
    const int64_t rank = (int64_t)*next++;
    if (rank == ${likeRows}) own.rank--;
    if (rank == ${likeProduct}) own.dimensions[own.rank - 1] = (int64_t)*next++;
    if (rank >= 0) own.rank = (size_t)rank;
    for (int64_t d = 0; d < rank; d++) own.dimensions[d] = (int64_t)*next++;
    if ((status = OUTPUT(context, (size_t)i, own.dimensions, own.rank, &made)) || (status = TENSOR_DATA(made, &data))) return status;
    operands[i] = (double)(intptr_t)data;
  }
  const double *call = next + 1;
  for (int64_t calls = (int64_t)*next; calls > 0; calls--) {
    double arguments[${mostArguments}];
    const int phases = (int)call[1], members = (int)call[2];
    const int64_t count = (int64_t)call[3];
    const double *from = call + 4, *values = from + count;
    for (int64_t k = 0; k < count; k++) {
      const int64_t source = (int64_t)from[k];
      arguments[k] = source >= 0 ? operands[source] + values[k] : source == ${lastOfInput} ? (double)last : source == ${rowsOfInput} ? (double)rows : values[k];
    }
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

static int first_places[2] = { 0, 0 };
static size_t first_over_first(int **inputs, int **outputs) { *inputs = first_places; *outputs = first_places + 1; return 1; }
static void release_places(int *inputs, int *outputs) { (void)inputs, (void)outputs; }
static const char *no_provider(const Operator *own) { (void)own; return NULL; }
static void destroy(void *cell) { (void)cell; }
static size_t one(const Operator *own) { (void)own; return 1; }
static size_t two(const Operator *own) { (void)own; return 2; }
static int one_at_least(const Operator *own) { (void)own; return 1; }
static int not_alike(const Operator *own) { (void)own; return 0; }
static int any_type(const Operator *own, size_t index) { (void)own, (void)index; return 0; }
static int many(const Operator *own, size_t index) { (void)own, (void)index; return 2; }
static int required(const Operator *own, size_t index) { (void)own, (void)index; return 0; }

#define OPERATOR(label, type, count, ...) \\
  static const char *name_of_##label(const Operator *own) { (void)own; return #label; } \\
  static int type_of_##label(const Operator *own, size_t index) { (void)own, (void)index; return type; } \\
  static const Operator label = { \\
    .version = ${tableVersion}, .name = name_of_##label, .provider = no_provider, .input_type = any_type, .inputs = one, .output_type = type_of_##label, \\
    .outputs = count, .destroy = destroy, .input_kind = many, .output_kind = required, .input_memory = required, .least_inputs = one_at_least, \\
    .inputs_alike = not_alike, .least_outputs = one_at_least, .outputs_alike = not_alike, .create_checked = create, .compute = compute, \\
    .first_version = one_at_least, .last_version = one_at_least, __VA_ARGS__ \\
  };
${listed.map(definition).join('\n')}

/* out: the address of each operator. */
KERNEL list_operators(const double *a) {
  double *out = (double *)(intptr_t)a[0];
${listed.map(([name], place) => `  out[${place}] = (double)(intptr_t)&${name};`).join('\n')}
  return OK;
}
`
