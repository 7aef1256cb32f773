/** The published schema is that of the code. After a change: npx vitest run test/report/schema.test.ts --update */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { reportSchema } from '../../src/report/schema.ts'

it('docs/report.schema.json describes what `distill report --json` prints', async () => {
  const schema = {
    title: 'The data of a report of Distill: `distill report RUN --json`',
    ...z.toJSONSchema(reportSchema),
  }
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../docs/report.schema.json')
})
