/** The numbered stream through faults, received in a page. `FAULTS_SEED=N` tries other places. */

import { after, before, test } from 'node:test'

import { startServer } from '../page/harness/serve.mjs'
import { SHORT, runFaults } from './run.mjs'

const seed = Number(process.env.FAULTS_SEED ?? 2)
let server

before(async () => {
  server = await startServer()
})

after(() => server.stop())

test(
  `each event comes once and in order through 50 random faults, seed ${seed}`,
  { timeout: 90_000 },
  async ({ signal }) => {
    await runFaults({ client: 'chromium', server, seed, ...SHORT, signal })
  },
)
