/**
 * Programs that work along one axis: a workgroup takes a line (a position of all other axes), its invocations
 * take turns along it and add up what they found in shared memory. Elements may be far apart: strides are
 * numbers of the dispatch, as in other programs.
 */
import type { Axis } from '../../graph/graph.ts'
import type { Held } from '../../run/device.ts'
import { deviceDType, type Operand, type Site } from '../../run/site.ts'
import { at, product, stridesAlong } from '../tfjs/layout.ts'
import { isSame, type WebGpuDevice } from './device.ts'
import { nestCode } from './nest.ts'
import { functionsFor } from './wgsl.ts'

/** From so many elements on a line is worth a large workgroup. */
const longLine = 1024

/** What the text of a program is written with. */
export interface RowText {
  /** The element of an operand, or of the result, at place `k` of the line. */
  at(name: string): string
  /** A loop along the line, with `k` as the place. */
  each(body: string): string
  /** Puts a value at place `k`, or, where the result has no such axis, at the line's only place. */
  store(value: string): string
}

export interface RowProgram {
  readonly axis: Axis
  /**
   * By their name in the text. The lines are those of the result, or of the first operand if the result lacks
   * the axis.
   */
  readonly operands: { readonly [name: string]: Operand | undefined }
  readonly result: Operand
  /** Names of numbers in `uniforms`. */
  readonly floats?: readonly string[]
  readonly body: (text: RowText) => string
}

/** Runs the program on the operands by name. `over`: the operand in whose memory the result goes. */
export type RowRun = (
  inputs: { readonly [name: string]: Held | undefined },
  floats?: readonly number[],
  over?: Held,
) => Held

/**
 * `sum_of` adds up what each invocation brings, `best_of` takes the best of it; all of them get it, and all
 * must call it at once. Each call has an array of its own and one barrier, after which every invocation goes
 * through the array: a tree would take as long, with a barrier at each of its levels.
 */
function sharing(
  code: string,
  size: number,
  type: Extreme['type'],
): { readonly code: string; readonly functions: string } {
  const functions: string[] = []
  const numbered = code.replaceAll(/\b(sum_of|best_of)\(/g, (_, name: string) => {
    const k = functions.length
    const [kind, fold] =
      name === 'sum_of' ? ['f32', `value + brought${k}[i]`] : [type, `better(value, brought${k}[i])`]
    functions.push(`
var<workgroup> brought${k} : array<${kind}, ${size}>;
fn ${name}${k}(own : ${kind}) -> ${kind} {
  brought${k}[localIndex] = own;
  workgroupBarrier();
  var value = brought${k}[0];
  for (var i = 1; i < ${size}; i++) { value = ${fold}; }
  return value;
}`)
    return `${name}${k}(`
  })
  return { code: numbered, functions: functions.join('') }
}

const greater = 'fn better(a : f32, b : f32) -> f32 { return max(a, b); }'

export interface Extreme {
  readonly type: 'f32' | 'i32'
  /** A function `better` of two values. */
  readonly code: string
}

/**
 * `key` distinguishes the text from that of other programs with equal operands. `extreme`: the result of
 * `best_of`, by default the greatest float.
 */
export function rowProgram(
  device: WebGpuDevice,
  site: Site,
  key: string,
  { axis, operands, result, floats = [], body }: RowProgram,
  extreme: Extreme = { type: 'f32', code: greater },
): RowRun {
  const given = Object.entries(operands).filter((entry): entry is [string, Operand] => entry[1] !== undefined)
  const main = given[0]?.[1] ?? result
  const outer = result.axes.filter((one) => one !== axis)
  const shape = outer.map((one) => at(result.shape, result.axes.indexOf(one)))
  const n = at(main.shape, main.axes.indexOf(axis))
  const all = [...given.map(([, operand]) => operand), result]
  const lines = nestCode({ shape, strides: all.map((operand) => stridesAlong(operand, outer)) }, 'line')
  const steps = all.map((operand) => at(stridesAlong(operand, [axis]), 0))
  const count = product(shape)
  const group = n >= longLine ? 128 : 64
  const isWhole = result.axes.includes(axis)
  const dtype = deviceDType(result.dtype)
  const types = all.map((operand) => operand.dtype).join()
  const names = given.map(([name]) => name)
  const integers = [count, n, ...steps, ...lines.values]
  return (inputs, numbers = [], over) => {
    const held = names.map((name) => {
      const input = inputs[name]
      if (input === undefined) throw new Error(`${site.op}: operand ${name} is missing`)
      return input
    })
    // An operand that is written over is read from the result, as no buffer may be bound in both ways.
    const mine = held.map((input) => over !== undefined && isSame(input, over))
    const text = `${site.op} ${key} ${names} ${types} ${lines.key} ${isWhole} ${group} ${mine.map(Number).join('')}`
    const program = device.program(text, () => {
      const place = (k: number): string => `line_${k} + k * uniforms.step${k}`
      const { code, functions } = sharing(
        body({
          at: (name) => {
            const k = names.indexOf(name)
            return `${mine[k] ? 'result' : name}[${place(k)}]`
          },
          each: (inner) => `for (var k = lane; k < uniforms.length; k += ${group}) { ${inner} }`,
          store: (value) =>
            isWhole
              ? `if (live) { result[${place(names.length)}] = ${value}; }`
              : `if (live && lane == 0) { result[line_${names.length}] = ${value}; }`,
        }),
        group,
        extreme.type,
      )
      return {
        operands: names.filter((_, k) => !mine[k]),
        integers: ['lines', 'length', ...all.map((_, k) => `step${k}`), ...lines.names],
        floats,
        workgroup: group,
        code: `${functionsFor(extreme.code + code)}
${extreme.code}
${functions}
fn main(index : i32) {
  let lane = index % ${group};
  let live = index / ${group} < uniforms.lines;
  // Workgroups beyond the last line go along with it: a barrier is for all.
  ${lines.code(`min(index / ${group}, uniforms.lines - 1)`)}
  ${code}
}`,
      }
    })
    return device.dispatch(
      program,
      held.filter((_, k) => !mine[k]),
      over === undefined ? { shape: [...result.shape], dtype } : { ...over, shape: [...result.shape] },
      count,
      { integers, floats: numbers },
    )
  }
}
