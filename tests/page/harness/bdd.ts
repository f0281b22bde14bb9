/**
 * `describe` and `it` for the bodies in tests/page: mocha's own, but `it` hands each body a Trial and lets several
 * bodies run at once. Mocha awaits the results in order, so its titles, grep and reporters stay as they are.
 */
import 'mocha/mocha.js'
import { config, native, type Scope } from './config'
import { pause, Trial } from './trial'

declare const mocha: BrowserMocha & { timeout(ms: number): void }

type Body = (trial: Trial) => void | Promise<void>

interface Outcome {
  failed: boolean
  error?: unknown
}

interface Planned {
  test: Mocha.Test
  body: Body
  alone: boolean
  settle: (outcome: Outcome) => void
  milliseconds: number
  /** What it failed with beside others, where it passed alone. */
  unsteady?: unknown
}

// A body has its own clock below: mocha's would also count the time that it waits for its turn.
mocha.setup({ ui: 'bdd', timeout: 0, reporter: class {} as never })

const planned: Planned[] = []

function plan(title: string, body: Body, alone: boolean): void {
  let settle!: Planned['settle']
  const result = new Promise<void>((resolve, reject) => {
    settle = ({ failed, error }) => (failed ? reject(error) : resolve())
  })
  // Mocha looks at it when its turn comes; until then a rejection is no news.
  result.catch(() => {})
  const test = globalThis.it(title, () => result)
  planned.push({ test, body, alone, settle, milliseconds: 0 })
}

/** Runs beside other tests. */
export const it = Object.assign((title: string, body: Body): void => plan(title, body, false), {
  /** Runs with no other test beside it: for what measures time or looks at the whole scope. */
  alone: (title: string, body: Body): void => plan(title, body, true),
})

const everywhere = globalThis.describe

export const describe = Object.assign((title: string, body: () => void): void => void everywhere(title, body), {
  /** Only in the scopes named, for instance those that have a document. */
  in: (scopes: Scope[], title: string, body: () => void): void => {
    if (scopes.includes(config.scope)) everywhere(title, body)
  },
  /** What the standard's class does not have. */
  beyondNative: (title: string, body: () => void): void => {
    if (!native) everywhere(title, body)
  },
})

/** Runs a body; gives how it went once the server has let go of its connections. */
async function perform(entry: Planned): Promise<{ outcome: Promise<Outcome> }> {
  const trial = new Trial(entry.test.fullTitle())
  const started = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${config.timeout} ms`)), config.timeout)
  })
  let failure: { error: unknown } | undefined
  try {
    await Promise.race([(async () => entry.body(trial))(), late])
  } catch (error) {
    const seen = trial.seen()
    if (error instanceof Error && seen) {
      // What the test left open may be in its way.
      const log = await Promise.race([trial.log().catch(String), pause(1000)])
      error.message += `\n  events so far: ${seen}\n  the server's log: [${log}]`
    }
    failure = { error }
  } finally {
    clearTimeout(timer)
  }
  entry.milliseconds = performance.now() - started
  trial.end()
  // A connection that outlives its source would in the end leave none for others. The next test need not wait for it.
  const outcome = trial.released().then(
    () => ({ failed: failure !== undefined, error: failure?.error }),
    (error: unknown) => ({ failed: true, error: failure?.error ?? error }),
  )
  return { outcome }
}

/** Passes on how each body went; gives those that failed, with what. */
async function performQueue(queue: Planned[]): Promise<[Planned, unknown][]> {
  const failed: [Planned, unknown][] = []
  const settled: Promise<void>[] = []
  for (let entry = queue.shift(); entry; entry = queue.shift()) {
    const current = entry
    const { outcome } = await perform(current)
    settled.push(
      outcome.then((result) => {
        if (result.failed) failed.push([current, result.error])
        else current.settle(result)
      }),
    )
  }
  await Promise.all(settled)
  return failed
}

/** Starts the bodies that the pattern names; mocha's own run then collects their results. */
export async function performAll(pattern: RegExp): Promise<void> {
  const chosen = planned.filter((entry) => pattern.test(entry.test.fullTitle()))
  const beside = chosen.filter((entry) => !entry.alone)
  const failed = await Promise.all(Array.from({ length: config.concurrency }, () => performQueue(beside)))
  failed.push(await performQueue(chosen.filter((entry) => entry.alone)))
  // What a busy machine was too slow for passes when nothing else runs, and is told of all the same.
  for (const [entry, error] of failed.flat()) {
    const outcome = await (await perform(entry)).outcome
    if (!outcome.failed) entry.unsteady = error
    entry.settle(outcome)
  }
}

/** What a test failed with at first, where it passed when it ran again alone. */
export function unsteadiness(test: Mocha.Test): unknown {
  return planned.find((entry) => entry.test === test)?.unsteady
}

export function durationOf(test: Mocha.Test): number {
  return planned.find((entry) => entry.test === test)?.milliseconds ?? 0
}
