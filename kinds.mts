import { checkFile } from './src/check/check.ts'
import { compileStage, stageSizes } from './src/lower/stage.ts'
import { planStep, buffersAt } from './src/plan/plan.ts'
import { printType } from './src/graph/type.ts'
import { capabilitiesOf } from './src/backends/index.ts'
const capabilities = await capabilitiesOf('wasm')
for (const spec of ['demo','tinybert-4','distilbert','albert-base-e128-all']) {
  const program = checkFile(`specs/${spec}.distill`, {}).program!
  for (const stage of program.stages) {
    const sizes = stageSizes(program, stage)
    const { step } = compileStage(program, stage, { capabilities, hoist: true })
    const p = planStep(step, sizes)
    const at = p.lifetimes.nodes[p.peakAt]
    console.log(spec, stage.name, (p.peak/2**20).toFixed(1), p.peakAt, `${at.op} ${printType(at.type)} (${at.inputs.map(i=>i.op+' '+printType(i.type)).join('; ')})`)
    // ops with an equal-typed dying input that is not written over
    const counts = new Map<string, number>()
    for (const [i, n] of p.lifetimes.nodes.entries()) {
      if (p.over[i] !== undefined || p.bufferOf.get(n) === undefined || p.buffers[p.bufferOf.get(n)!].nodes[0] !== n) continue
      for (const [k, input] of n.inputs.entries()) {
        const b = p.bufferOf.get(input); if (b === undefined) continue
        if (p.buffers[b].last === i && p.buffers[b].bytes === p.buffers[p.bufferOf.get(n)!].bytes) counts.set(`${n.op} over ${k} ${printType(n.type)} from ${input.op}`, (counts.get(`${n.op} over ${k} ${printType(n.type)} from ${input.op}`) ?? 0) + 1)
      }
    }
    for (const [k, c] of [...counts].sort((a,b)=>b[1]-a[1]).slice(0,12)) console.log('      ', c, k)
  }
}
