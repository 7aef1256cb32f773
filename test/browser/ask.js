/**
 * What a pipeline of transformers.js answers, in a form that `distill predict --json` can be compared with.
 * Text that runs as it is in Node and in a page: `given` has the library's module, the task, the folder's name
 * and the lines.
 */
const { pipeline } = given.library
const tasks = {
  classes: 'text-classification',
  pairs: 'text-classification',
  tags: 'token-classification',
  questions: 'question-answering',
  masked: 'fill-mask',
  states: 'feature-extraction',
}
const pipe = await pipeline(tasks[given.task], given.folder, { dtype: given.dtype, device: given.device })
const answers = []
for (const line of given.lines) {
  const [first, second] = line.split('\t')
  switch (given.task) {
    case 'pairs': {
      // The pipeline has no argument for a second text: its parts are asked.
      const inputs = pipe.tokenizer([first], { text_pair: [second], padding: true, truncation: true })
      const { logits } = await pipe.model(inputs)
      answers.push([...logits.data])
      break
    }
    case 'classes': {
      const all = await pipe(line, { top_k: null })
      answers.push(Object.fromEntries(all.map(({ label, score }) => [label, score])))
      break
    }
    case 'tags': {
      const all = await pipe(line, { ignore_labels: [] })
      answers.push(all.map(({ word, entity, score }) => ({ word, entity, score })))
      break
    }
    case 'questions': {
      const { answer, score } = await pipe(first, second)
      answers.push({ answer, score })
      break
    }
    case 'masked': {
      const all = await pipe(line)
      answers.push(all.map(({ token_str, score }) => ({ piece: token_str, score })))
      break
    }
    case 'states': {
      const { data, dims } = await pipe(line)
      answers.push({ dims: [...dims], data: [...data] })
      break
    }
  }
}
await pipe.dispose()
return answers
