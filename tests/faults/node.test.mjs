/** The numbered stream through faults, received in Node. `FAULTS_SEED=N` tries other places. */

import { after, before, test } from 'node:test'

import { startServer } from '../page/harness/serve.mjs'
import { everyFault } from './plan.mjs'
import { SHORT, runFaults, runPlan } from './run.mjs'

const seed = Number(process.env.FAULTS_SEED ?? 1)
let server

before(async () => {
  server = await startServer()
})

after(() => server.stop())

test(
  'each event comes once and in order through every fault at every place',
  { timeout: 60_000 },
  async ({ signal }) => {
    const plan = everyFault()
    await runPlan({ client: 'node', server, plan, events: 2000, seed, signal })
  },
)

test(
  `each event comes once and in order through 50 random faults, seed ${seed}`,
  { timeout: 60_000 },
  async ({ signal }) => {
    await runFaults({ client: 'node', server, seed, ...SHORT, signal })
  },
)
